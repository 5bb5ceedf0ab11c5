"""The process that takes reports in over HTTP."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import uvicorn
from fastapi import FastAPI
from sqlalchemy import Engine

from services.intake.bootstrap.parts import kafka_client, key_engine, key_store, status_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.http.acceptance import Acceptance
from services.intake.http.app import Edge, create_app
from services.intake.http.authentication import Authentication
from services.intake.http.client_certificates import ClientCertificates
from services.intake.http.connection import LONGEST_HEAD, StrictHttp
from services.intake.http.enquiries import Enquiries
from services.intake.http.gate import Gate
from services.intake.http.health import Readiness
from services.intake.http.limits import Limits
from services.intake.http.rate import TokenBuckets
from services.intake.http.raw_log import KafkaRawLog, Patience, RawLogUnavailableError
from services.intake.packs.files import read_tables
from services.intake.settings import HttpSettings, IntakeSettings
from shared.clock import Clock, SystemClock, monotonic
from shared.contracts.topics import RAW, REJECTED
from shared.health import serve_health
from shared.kafka.admin import check_topics
from shared.observability import Metrics, configure_logging, event_log
from shared.site.site import Site

_STOP_SECONDS: Final = 10


def run_http(settings: IntakeSettings) -> None:
    """Serve HTTP until SIGTERM or SIGINT; requests that were begun are answered first.

    Starts without Kafka, and answers 503 until it is there.

    Raises:
        BrokerUnknownError: no broker is named and none runs here.
        KeyStoreError: the key store cannot be opened.
        TopicsError: Kafka answers, and its topics are not those of this installation.
    """
    configure_logging("intake-http")
    client = kafka_client(settings, "intake-http")
    log = KafkaRawLog(
        client,
        settings.partitions,
        Patience(settings.http.connect_seconds, settings.http.delivery_seconds),
    )
    with suppress(RawLogUnavailableError):
        log.probe()
        check_topics(client, settings.partitions, [RAW, REJECTED])
    engine = key_engine(settings)
    try:
        _serve(_edge(settings, engine, log), settings.http)
    finally:
        log.close()
        engine.dispose()


def _edge(settings: IntakeSettings, engine: Engine, log: KafkaRawLog) -> Edge:
    clock = SystemClock()
    site = Site(settings.config_folder)
    keys, statuses, metrics = key_store(engine, clock), status_store(engine), Metrics()
    tenants = SiteTenants(site, clock, Tables.parse(read_tables()))
    http = settings.http
    checks = {
        "month_key": lambda: tenants.check_month_key(clock.now()),
        "key_store": keys.probe,
        "kafka": log.probe,
    }
    gate = Gate(
        Authentication(site.credentials, clock, _certificates(http, clock)),
        TokenBuckets(http.requests_per_second, http.burst, monotonic),
        Limits(request_bytes=http.request_bytes, body_seconds=http.body_seconds),
        Acceptance(tenants, keys, statuses, log, clock, settings.partitions, metrics),
    )
    return Edge(
        gate=gate,
        enquiries=Enquiries(statuses, clock),
        readiness=Readiness(checks, monotonic),
        metrics=metrics,
        clock=clock,
        version=_version(),
        is_documented=http.documentation,
    )


def _certificates(http: HttpSettings, clock: Clock) -> ClientCertificates:
    authorities = http.client_ca_file.read_bytes() if http.client_ca_file else b""
    return ClientCertificates(http.proxy_addresses, authorities, clock)


def _version() -> str:
    try:
        return version("peerline")
    except PackageNotFoundError:
        return "unreleased"


def server_config(app: FastAPI, http: HttpSettings) -> uvicorn.Config:
    """Return how the edge is served: strictly, without believing a header, for so many at once."""
    return uvicorn.Config(
        app,
        host=http.host,
        port=http.port,
        http=StrictHttp,
        ws="none",
        h11_max_incomplete_event_size=LONGEST_HEAD,
        limit_concurrency=http.connections,
        log_config=None,
        access_log=False,
        server_header=False,
        # A header must not change whose connection this is: see client_certificates.
        proxy_headers=False,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def _serve(edge: Edge, http: HttpSettings) -> None:
    config = server_config(create_app(edge), http)
    event_log("intake-http").info("http_listens", state=f"{config.host}:{config.port}")
    # uvicorn raises the signal again once it has shut down; a wanted end has exit code 0.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: None)
    with edge_health(edge, http.health_port):
        uvicorn.Server(config).run()


@contextmanager
def edge_health(edge: Edge, port: int | None) -> Iterator[int | None]:
    """Serve the edge's health and counters on loopback within the block; gives the port.

    0 picks a free one, None serves nothing: then they are on the edge's own port only.
    """
    if port is None:
        yield None
        return
    checks = {
        "/healthz": lambda: True,
        "/startupz": lambda: True,
        "/readyz": lambda: not edge.readiness(),
    }
    server = serve_health(port, checks, edge.metrics.text)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()

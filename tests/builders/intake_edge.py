"""Builds an intake edge with fakes behind it, and reads what went into them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
from fastapi import FastAPI

from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.http.acceptance import Acceptance
from services.intake.http.app import Edge, create_app
from services.intake.http.authentication import Authentication
from services.intake.http.client_certificates import ClientCertificates
from services.intake.http.enquiries import Enquiries
from services.intake.http.gate import Gate
from services.intake.http.health import Readiness
from services.intake.http.limits import Limits
from services.intake.http.rate import TokenBuckets
from services.intake.http.raw_log import RawLog, RawLogUnavailableError, RecordTooLargeError
from services.intake.normaliser import Normaliser
from services.intake.packs.files import read_tables
from shared.clock import FixedClock, monotonic
from shared.kafka.partitions import partition_of
from shared.kafka.records import Incoming, Outgoing
from shared.kafka.settlement import Result as Settled
from shared.observability import Metrics
from shared.site.site import Site
from tests.builders.keystore import MemoryKeyStore
from tests.builders.site import NOW, a_site, a_token
from tests.builders.statuses import MemoryStatusStore

PARTITIONS = 6
ARRIVED_MS = round(NOW.timestamp() * 1000) + 1234


class MemoryRawLog:
    """A `RawLog` in a list; `is_down` makes it refuse as a dead broker would.

    A record with a value of more than `most_bytes` is refused with all that come with it.
    """

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.is_down = False
        self.most_bytes = 2**31

    def append(self, records: Sequence[Outgoing]) -> None:
        self.probe()
        if any(len(record.value or b"") > self.most_bytes for record in records):
            raise RecordTooLargeError
        self.records += records

    def probe(self) -> None:
        if self.is_down:
            raise RawLogUnavailableError("KafkaTimeoutError")

    def of(self, topic: str) -> list[Outgoing]:
        """Return the records of one topic."""
        return [record for record in self.records if record.topic == topic]


class AppClient:
    """Asks an application directly, without a socket."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    def request(self, method: str, path: str, **given: Any) -> httpx.Response:
        return asyncio.run(self._request(method, path, **given))

    def get(self, path: str) -> httpx.Response:
        return self.request("GET", path)

    async def _request(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
            return await client.request(method, path, **given)


@dataclass
class IntakeStage:
    """An edge, a normaliser and everything behind them; `token` is northwick's."""

    site: Site
    token: str
    keys: MemoryKeyStore
    statuses: MemoryStatusStore
    log: MemoryRawLog
    metrics: Metrics
    clock: FixedClock
    tenants: SiteTenants
    acceptance: Acceptance
    client: AppClient = field(repr=False)

    @property
    def headers(self) -> dict[str, str]:
        """Return the header that authenticates."""
        return {"authorization": f"Bearer {self.token}"}

    def post(self, document: Any, path: str = "/v1/incidents", **headers: str) -> httpx.Response:
        """Send a JSON document, or bytes as they are; `content_type="…"` names a header."""
        return self.send("POST", document, path, **headers)

    def ask(self, path: str) -> httpx.Response:
        """Ask for what only a token may see."""
        return self.client.request("GET", path, headers=self.headers)

    def send(self, method: str, document: Any, path: str, **headers: str) -> httpx.Response:
        """Send by any method."""
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        given = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.request(method, path, content=body, headers=self.headers | given)

    def normalise(self, *records: Incoming) -> Sequence[Settled]:
        """Run the normaliser on `records`, or on everything the edge wrote to the raw topic."""
        taken = records or tuple(
            arrived(record, offset) for offset, record in enumerate(self.log.of("incident.raw.v1"))
        )
        normaliser = Normaliser(
            self.tenants, self.keys, self.statuses, self.clock, PARTITIONS, self.metrics
        )
        return normaliser(taken)

    def outputs(self, topic: str) -> list[dict[str, Any]]:
        """Return the documents that the normaliser writes to one topic."""
        return [
            orjson.loads(record.value or b"null")
            for records, _ in self.normalise()
            for record in records
            if record.topic == topic
        ]


def arrived(record: Outgoing, offset: int = 0) -> Incoming:
    """Return what a consumer reads of a record that was produced."""
    return Incoming(
        record.topic,
        record.partition,
        offset,
        ARRIVED_MS,
        record.key,
        record.value,
        record.headers,
    )


def an_intake(
    folder: Path,
    *,
    rate: float = 1000.0,
    burst: int = 1000,
    raw_log: RawLog | None = None,
    certificates: ClientCertificates | None = None,
    limits: Limits = Limits(),  # noqa: B008 - it cannot be changed
) -> IntakeStage:
    """Give an intake on a whole site; the key store is in memory, and Kafka unless `raw_log`."""
    site = a_site(folder, "northwick", "southmoor")
    token = a_token(site)
    clock, keys, log = FixedClock(NOW), MemoryKeyStore(), MemoryRawLog()
    statuses, metrics = MemoryStatusStore(), Metrics()
    tenants = SiteTenants(site, clock, Tables.parse(read_tables()))
    acceptance = Acceptance(tenants, keys, statuses, raw_log or log, clock, PARTITIONS, metrics)
    gate = Gate(
        Authentication(site.credentials, clock, certificates),
        TokenBuckets(rate, burst, monotonic),
        limits,
        acceptance,
    )
    checks = {
        "month_key": lambda: tenants.check_month_key(clock.now()),
        "key_store": keys.probe,
        "kafka": (raw_log or log).probe,
    }
    enquiries = Enquiries(statuses, clock)
    edge = Edge(gate, enquiries, Readiness(checks, monotonic), metrics, clock, "0")
    client = AppClient(create_app(edge))
    return IntakeStage(
        site, token, keys, statuses, log, metrics, clock, tenants, acceptance, client
    )


def tenant_partition(tenant: str = "northwick") -> int:
    """Return the partition of a tenant in these tests."""
    return partition_of(tenant, PARTITIONS)

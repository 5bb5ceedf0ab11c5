"""A whole Peerline with many sources: one per format, each with a token and a topic of its own.

There are two tenants. Of the one that is live the notifier writes to people; were everything the
live one's, most of the time would go into mails that all look alike.
"""

import http.client
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from services.demo.stage import TENANT, Stage
from services.intake.cli import group
from services.tenants.cli import tenant
from shared.clock import monotonic
from shared.contracts.topics import SOURCE_PREFIX
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.ports import free_port
from shared.site.files import replace_private
from shared.site.site import Site
from shared.site.source_topics import source_bindings
from tests.builders.canaries.answers import Answer
from tests.builders.canaries.search import Piece
from tests.builders.site import a_token

SENDERS = 4  # the edge waits for Kafka and for the disk: several at once keep it busy
SHADOW = "lakeside"
_LIVE = frozenset({"native", "rows-datixweb"})
_IDLE_SECONDS = 2.0
_SETTINGS = {
    "INTAKE_HTTP__REQUESTS_PER_SECOND": "100000",
    "INTAKE_HTTP__BURST": "1000000",
    "INTAKE_IMPORTER__REREAD_SECONDS": "0.5",
}
_HEALTH = {
    "intake-normalise": "INTAKE_NORMALISER__HEALTH_PORT",
    "intake-import": "INTAKE_IMPORTER__HEALTH_PORT",
    "notifier": "NOTIFIER_HEALTH_PORT",
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a publisher sends: bytes, what stands beside them, and from which of its systems."""

    system: str
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str | bytes], ...] = ()
    path: str = "/v1/incidents"
    label: str = ""


@dataclass(slots=True)
class CanarySite:
    """A running product; `sources` are the settings of each source system."""

    stage: Stage
    sources: Mapping[str, Mapping[str, Any]]
    health: Mapping[str, int]
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    _connections: threading.local = field(default_factory=threading.local)

    @property
    def kafka(self) -> KafkaClient:
        """A client of the broker."""
        return self.stage.kafka

    @property
    def site(self) -> Site:
        """The site's configuration folder."""
        return Site(self.stage.home / "config")

    def configure(self) -> None:
        """Make the second tenant, bind every source, make its token, create its topic."""
        created = CliRunner(env=dict(self.stage.environment())).invoke(tenant, ["create", SHADOW])
        assert created.exit_code == 0, created.output
        for name in (TENANT, SHADOW):
            self._bind(name)
        create_topics(self.kafka, self.stage.partitions, extra=source_bindings(self.site).topics)
        now = datetime.now(UTC)
        self.tokens = {
            name: a_token(self.site, tenant_of(name), name, now=now) for name in self.sources
        }

    def _bind(self, tenant_name: str) -> None:
        path = self.site.tenant_folder(tenant_name) / "tenant.yaml"
        document = yaml.safe_load(path.read_text())
        document["sources"] = {
            name: {**settings, "topic": name}
            for name, settings in self.sources.items()
            if tenant_of(name) == tenant_name
        }
        document["privacy"] = {"privileged": "process", "restricted": "team_only"}
        replace_private(path, yaml.safe_dump(document, sort_keys=False))

    def post(self, parcel: Parcel) -> Answer:
        """Send one request as its source system; the connection is kept."""
        token = ("authorization", f"Bearer {self.tokens[parcel.system]}")
        return self.ask("POST", parcel.path, parcel.body, (token, *parcel.headers))

    def get(self, system: str, path: str) -> Answer:
        """Ask as a source system."""
        return self.ask("GET", path, headers=[("authorization", f"Bearer {self.tokens[system]}")])

    def post_all(self, parcels: Sequence[Parcel]) -> list[Answer]:
        """Send all, some at once, and return the answers in the same order."""
        with ThreadPoolExecutor(SENDERS) as pool:
            return list(pool.map(self.post, parcels))

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Sequence[tuple[str, str | bytes]] = (),
    ) -> Answer:
        """Send any request to the edge; a header may stand twice."""
        connection = self._connection()
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (*headers, ("content-length", str(len(body)))):
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, tuple(response.getheaders()), response.read())

    def _connection(self) -> http.client.HTTPConnection:
        """Return this thread's connection; the edge closes one that was idle for five seconds."""
        own, now = self._connections, monotonic()
        if now - getattr(own, "used_at", 0.0) > _IDLE_SECONDS:
            own.edge = http.client.HTTPConnection("127.0.0.1", self.stage.places.intake)
        own.used_at = now
        connection: http.client.HTTPConnection = own.edge
        return connection

    def publish(self, parcels: Sequence[Parcel]) -> list[tuple[str, int]]:
        """Write all to their systems' own topics and return where each lies: topic and offset."""
        producer = self.kafka.producer()
        sent = [
            producer.send(
                topic_of(parcel.system),
                value=parcel.body,
                headers=[(name, _utf8(value)) for name, value in parcel.headers],
                partition=0,
            )
            for parcel in parcels
        ]
        producer.flush()
        places = [
            (topic_of(p.system), one.get(30).offset) for p, one in zip(parcels, sent, strict=True)
        ]
        producer.close()
        return places

    def metric_pages(self) -> Iterator[Piece]:
        """Yield the metrics and the health of every process that serves them."""
        places = self.stage.places
        ports = {"intake-http": places.intake, "triage": places.triage_health, **self.health}
        for name, port in ports.items():
            for path in ("/metrics", "/readyz", "/healthz"):
                yield Piece(f"{name} {path}", _get(port, path))

    def command(self, *arguments: str) -> Piece:
        """Run `peerline intake …` in this process and return all that it says."""
        runner = CliRunner(env=dict(self.stage.environment()))
        done = runner.invoke(group, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return Piece(f"peerline intake {' '.join(arguments)}", done.output.encode())


def _utf8(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")


def tenant_of(system: str) -> str:
    """Return whose a source system is: two of them are a live tenant's, people are written to."""
    return TENANT if system in _LIVE else SHADOW


def topic_of(system: str) -> str:
    """Return the topic of a source system."""
    return f"{SOURCE_PREFIX}{system}.v1"


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return repr(response.getheaders()).encode() + b"\n" + response.read()
    finally:
        connection.close()


@contextmanager
def canary_site(
    home: Path, bootstrap: str, sources: Mapping[str, Mapping[str, Any]]
) -> Iterator[CanarySite]:
    """Run the whole product with these sources, and stop it at the end."""
    health = {name: free_port(0) for name in _HEALTH}
    ports = {_HEALTH[name]: str(port) for name, port in health.items()}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_SETTINGS, **ports}.items():
            patch.setenv(name, value)
        with Stage(home, bootstrap) as stage:
            site = CanarySite(stage, sources, health)
            site.configure()
            yield site

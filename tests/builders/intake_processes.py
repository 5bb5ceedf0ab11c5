"""Intake as it is operated: processes of `peerline`, a site's folder, a real Kafka."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

import httpx
import orjson
from click.testing import CliRunner

from services.intake.cli import group
from shared.clock import monotonic
from shared.identity import new_token
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.ports import free_port
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming
from tests.builders.site import a_site, a_token

PATIENCE_SECONDS = 120.0
ROOT = Path(__file__).parents[2]


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until `holds`, or fail: processes start slowly on a busy machine."""
    until = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < until, "did not happen in time"
        sleep(0.1)


class IntakeProcesses:
    """The processes of one home folder; `log` is what all of them have written."""

    def __init__(self, home: Path, kafka: KafkaClient, **settings: str) -> None:
        now = datetime.now(UTC)
        # Raw records that another test's site left behind must be nobody's here.
        self.tenant = tenant = f"northwick-{new_token()[:8].lower().strip('-_')}"
        self.kafka = kafka
        self.site = a_site(home / "config", tenant, now=now)
        self.token = a_token(self.site, tenant, now=now)
        self.port = free_port(0)
        self._log_file = home / "intake.log"
        self._environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "PEERLINE_HOME": str(home),
            "INTAKE_HTTP__PORT": str(self.port),
            "INTAKE_HTTP__DELIVERY_SECONDS": "2",
            "INTAKE_HTTP__CONNECT_SECONDS": "1",
            **settings,
        }
        self._environment.pop("PEERLINE_CONFIG", None)
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def log(self) -> str:
        """Return what the processes wrote."""
        return self._log_file.read_text()

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start `http`, `import` or `normalise`; the edge is waited for until it listens."""
        with self._log_file.open("ab") as log:
            command = [sys.executable, "-m", "services.cli", "intake", name]
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self._running[name] = process
        if name == "http":
            eventually(self._listens)
        return process

    def kill(self, name: str) -> None:
        """End a process with SIGKILL."""
        process = self._running.pop(name)
        process.kill()
        assert process.wait(10) == -signal.SIGKILL

    def stop(self, name: str) -> int:
        """End a process with SIGTERM and return its exit code."""
        process = self._running.pop(name)
        process.terminate()
        return process.wait(20)

    def close(self) -> None:
        """End what still runs."""
        for process in self._running.values():
            process.kill()
            process.wait(10)

    def post(self, document: Any, **headers: str) -> httpx.Response:
        """Send a report as the tenant."""
        given = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        return httpx.post(
            f"http://127.0.0.1:{self.port}/v1/incidents",
            content=document if isinstance(document, bytes) else orjson.dumps(document),
            headers=given | headers,
            timeout=30,
        )

    def command(self, *arguments: str) -> str:
        """Run `peerline intake …` in this process and return what it prints; it must succeed."""
        runner = CliRunner(env=self._environment | {"PEERLINE_CONFIG": None})
        done = runner.invoke(group, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    def ask(self, path: str) -> dict[str, Any]:
        """Ask the edge with the tenant's token."""
        answer = httpx.get(
            f"http://127.0.0.1:{self.port}{path}",
            headers={"authorization": f"Bearer {self.token}"},
            timeout=30,
        )
        document: dict[str, Any] = answer.json()
        return document

    def get(self, path: str) -> httpx.Response:
        """Ask the edge."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=30)

    def records(self, topic: str) -> list[Incoming]:
        """Return the committed records of a topic."""
        return list(read_range(self.kafka, topic))

    def raw_record(self, raw_ref: str) -> Incoming:
        """Return the raw record at `topic/partition/offset`."""
        topic, partition, offset = raw_ref.split("/")
        place = (int(partition), int(offset))
        return next(r for r in self.records(topic) if (r.partition, r.offset) == place)

    def documents(self, topic: str) -> list[dict[str, Any]]:
        """Return the committed records of a topic as JSON."""
        return [orjson.loads(record.value or b"null") for record in self.records(topic)]

    def reported(self) -> Counter[str]:
        """Return how often each event id stands on the reported topic."""
        return Counter(document["event_id"] for document in self.documents("incident.reported.v1"))

    def _listens(self) -> bool:
        with suppress(httpx.TransportError):
            return self.get("/healthz").status_code == 200
        return False

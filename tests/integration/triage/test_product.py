"""`peerline triage run` as a whole: real rules, real decider, real command, a kill."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.triage.rule_admin import Order, activate_shipped
from shared.contracts.topics import DECISION, DEFAULT_PARTITIONS, REPORTED, STATE, TRIAGE_REJECTED
from shared.contracts.words import RulesMode
from shared.kafka.client import KafkaClient
from shared.kafka.partitions import partition_of
from shared.kafka.reader import read_range
from tests.builders.site import a_site
from tests.builders.triage_edges import a_reported, a_reported_record
from tests.builders.triage_stage import eventually

TENANT = "northwick"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Installation:
    """A broker with rules for every tenant, and the command that runs triage on it."""

    kafka: KafkaClient
    home: Path
    port: int
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        """Start `peerline triage run`."""
        environment = {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "PEERLINE_HOME": str(self.home),
            "PEERLINE_CONFIG": str(self.home / "config"),
        }
        command = [sys.executable, "-m", "services.cli", "triage", "run"]
        with (self.home / f"triage-{len(self.running)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--health-port", str(self.port)],
                env=environment,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def is_ready(self) -> bool:
        """Ask /readyz, as the supervisor does."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()

    def report(self, *names: str) -> None:
        """Write one report per record id, as intake does."""
        producer = self.kafka.producer()
        for name in names:
            report = a_reported(name, TENANT)
            record = a_reported_record(report, partition=partition_of(TENANT, DEFAULT_PARTITIONS))
            producer.send(
                REPORTED.name,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition,
            )
        producer.close()

    def has_decided_to(self, offset: int) -> bool:
        """Return whether the worker says that its partitions together are decided so far."""
        progress = self.home / "data" / "triage-0" / "progress.json"
        told = json.loads(progress.read_text()) if progress.exists() else {}
        decided_to: dict[str, int] = told.get("decided_to", {})
        return sum(decided_to.values()) == offset

    def decided(self) -> list[str]:
        """Return the incident keys of all committed decisions, in order."""
        found = read_range(self.kafka, DECISION.name)
        return [json.loads(record.value or b"{}")["incident_key"] for record in found]


@pytest.fixture
def installation(
    lonely_kafka: KafkaClient, tmp_path: Path, free_port: int
) -> Iterator[Installation]:
    """Return an installation with the shipped rules active for every tenant, live."""
    site = a_site(tmp_path / "config", TENANT)
    activate_shipped(lonely_kafka, site, Order("*", RulesMode.LIVE, "installation"), NOW)
    installation = Installation(lonely_kafka, tmp_path, free_port)
    yield installation
    for process in installation.running:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_triage_decides_by_the_shipped_rules_and_survives_a_kill(
    installation: Installation,
) -> None:
    """Ready, decides, is killed, restores: each report once, the repeat is told."""
    first = installation.start()
    eventually(installation.is_ready, 60)
    installation.report("r1", "r2")
    eventually(lambda: installation.has_decided_to(2))

    first.send_signal(signal.SIGKILL)
    first.wait()
    installation.report("r1", "r3")
    second = installation.start()
    eventually(lambda: installation.has_decided_to(4), 60)
    second.terminate()

    assert second.wait(20) == 0
    assert sorted(installation.decided()) == [f"{TENANT}|native|r{n}" for n in (1, 2, 3)]
    assert [record.key for record in read_range(installation.kafka, TRIAGE_REJECTED.name)] == [
        f"{TENANT}|native|r1".encode()
    ]
    memos = {record.key for record in read_range(installation.kafka, STATE.name)}
    assert f"{TENANT}|native|r3".encode() in memos

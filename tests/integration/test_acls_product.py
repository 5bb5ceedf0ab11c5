"""The whole product on a Kafka with access control, each process with its own login only."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.demo.posting import post
from services.demo.stage import TENANT
from services.demo.watching import Witness, wait_for
from shared.contracts import access
from shared.contracts.topics import REPORTED, source_topic
from shared.kafka.reader import read_range
from shared.site.site import Site
from tests.builders.guides import DOCS, block_with
from tests.builders.kafka_connect import connect_worker, readme_settings
from tests.builders.sasl_broker import PROTOCOL
from tests.builders.secured import SecuredStage, run_guide, secured_kafka

pytestmark = [pytest.mark.kafka, pytest.mark.connect, pytest.mark.timeout(600)]
EXAMPLE = DOCS / "examples" / "publish_kafka.py"
SOURCE = "riverside-main"
PUBLISHER = access.publisher(SOURCE)
TOPIC = source_topic(SOURCE).name
ORDERING = "    ordering: revision\n"
SECONDS = 90.0
NAMELESS = b'{"kind": "incident", "categories": ["fall"]}'
REPORT = {
    "record_id": "4711",
    "kind": "incident",
    "occurred": {"date": "2026-03-01"},
    "patients": [{"age_years": 4, "harm": "death"}],
    "staff": [{"id": {"system": "login", "value": "a.person"}, "role": "nurse"}],
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredStage]:
    """Peerline as installed on a Kafka of one's own: every service with its login."""
    folder = tmp_path_factory.mktemp("secured")
    site = Site(folder / "home" / "config")
    with (
        secured_kafka(folder / "broker", site) as kafka,
        SecuredStage(folder / "home", kafka.bootstrap, sasl=kafka) as stage,
    ):
        yield stage


def run(stage: SecuredStage, *arguments: str) -> str:
    """Run a command of `peerline` with the logins of the guide; it must succeed."""
    done = stage.peerline(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def decided(stage: SecuredStage, event_id: str) -> bool:
    """Wait until the auditor reads a decision about the report."""
    witness = Witness(stage.kafka)
    return wait_for(lambda: witness.decision(event_id), SECONDS) is not None


def test_a_report_becomes_a_decision_and_a_case(stage: SecuredStage) -> None:
    """From HTTP to the case on outreach.case.v1, read back as the auditor."""
    body = json.dumps(REPORT).encode()
    answer = post(stage.intake_url, stage.token, body, "application/json")

    assert answer.status == 202
    assert answer.event_id is not None
    assert decided(stage, answer.event_id)
    witness = Witness(stage.kafka)
    assert wait_for(lambda: witness.case_events() or None, SECONDS)
    assert "nothing was compared" not in run(stage, "audit", "replay")


def soon() -> str:
    """Return a moment at which new rules may take effect."""
    return (datetime.now(UTC) + timedelta(minutes=20)).isoformat()


@pytest.mark.parametrize(
    "arguments",
    [
        ("intake", "questions", "--tenant", TENANT),
        ("intake", "rejected"),
        ("kafka", "acls", "--check"),
        ("kafka", "topics"),
        ("install",),
        (
            *("rules", "activate", "--tenant", TENANT, "--mode", "live", "--approved-by", "lead"),
            *("--effective-from", soon(), "--without-what-if", "a test"),
        ),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_commands_run_under_the_logins_of_the_guide(
    stage: SecuredStage, arguments: Sequence[str]
) -> None:
    """Intake's as intake, the auditor's as auditor, rules as rules-admin, topics as operator."""
    run(stage, *arguments)


def test_intake_appends_again_as_intake(stage: SecuredStage) -> None:
    """A refused report is listed and redriven, all are remapped, in transactions of its own."""
    refused = post(stage.intake_url, stage.token, NAMELESS, "application/json")
    assert refused.status == 422

    assert wait_for(lambda: "no_record_id" in run(stage, "intake", "rejected") or None, SECONDS)
    run(stage, "intake", "redrive", "--reason", "no_record_id", "--write")
    run(stage, "intake", "remap", "--write")


def test_triage_sees_who_is_in_its_group(stage: SecuredStage) -> None:
    """A rebuild is refused for that reason, not for want of a right."""
    done = stage.peerline("triage", "rebuild", "--check")

    assert done.returncode == 2
    assert "in the group triage" in done.stderr


def test_a_publisher_writes_its_own_topic_and_nothing_else(stage: SecuredStage) -> None:
    """The example of the guide, on a topic that the operator's commands have opened."""
    bind_the_topic(stage)

    sent = publish(stage, TOPIC)
    elsewhere = publish(stage, "incident.raw.v1")

    assert (sent.returncode, sent.stderr) == (0, "")
    assert sent.stdout.strip().isdigit()
    assert elsewhere.returncode != 0
    assert "TopicAuthorizationFailedError" in elsewhere.stderr
    event_id = wait_for(lambda: reported(stage, "42"), SECONDS)
    assert event_id is not None
    assert decided(stage, event_id)


def bind_the_topic(stage: SecuredStage) -> None:
    """Give the source a topic of its own, by the operator's commands of docs/publishers.md."""
    settings = stage.home / "config" / "tenants" / TENANT / "tenant.yaml"
    text = settings.read_text()
    if SOURCE not in text:
        assert text.count(ORDERING) == 1
        settings.write_text(text.replace(ORDERING, f"{ORDERING}    topic: {SOURCE}\n"))
    commands = block_with("publishers.md", "peerline kafka acls --apply")
    run_guide(stage.secured, Site(stage.home / "config"), commands)


def test_a_connect_worker_logs_in_as_the_publisher(stage: SecuredStage, tmp_path: Path) -> None:
    """With the settings of its README; no right beside those of the publisher is needed."""
    bind_the_topic(stage)
    (tmp_path / "kafka-ca.pem").write_bytes(stage.secured.ca_file.read_bytes())
    password = (stage.secured.passwords / PUBLISHER).read_text()
    (tmp_path / "kafka.properties").write_text(f"password={password}")
    (tmp_path / "lines").write_text(json.dumps(REPORT | {"record_id": "4713"}) + "\n")
    config = {
        "connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector",
        "file": str(tmp_path / "lines"),
        "topic": TOPIC,
        "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    }
    settings = readme_settings(tmp_path, login=PUBLISHER)

    with (
        connect_worker(tmp_path / "connect", stage.bootstrap, settings) as worker,
        worker.running({"name": "lines", "config": config}),
    ):
        assert wait_for(lambda: reported(stage, "4713"), SECONDS)


def publish(stage: SecuredStage, topic: str) -> subprocess.CompletedProcess[str]:
    """Run the example as the publisher, with the settings of docs/publishers.md only."""
    environment = {
        "PATH": os.environ["PATH"],
        "PEERLINE_KAFKA": stage.bootstrap,
        "PEERLINE_TOPIC": topic,
        "PEERLINE_KAFKA_PROTOCOL": PROTOCOL,
        "PEERLINE_KAFKA_USER": PUBLISHER,
        "PEERLINE_KAFKA_PASSWORD": (stage.secured.passwords / PUBLISHER).read_text().strip(),
        "PEERLINE_KAFKA_CA": str(stage.secured.ca_file),
    }
    return subprocess.run(
        [sys.executable, EXAMPLE], env=environment, capture_output=True, text=True, check=False
    )


def reported(stage: SecuredStage, record_id: str) -> str | None:
    """Return the event id of a record's canonical report, None while there is none."""
    for record in read_range(stage.kafka, REPORTED.name):
        report = json.loads(record.value or b"{}")
        if report["source"]["record_id"] == record_id:
            return str(report["event_id"])
    return None


def test_no_service_asks_for_what_it_may_not(stage: SecuredStage) -> None:
    """A denied request would be a rule that is missing, or a habit that needs too much."""
    logs = {path.name: path.read_text() for path in (stage.home / "log").iterdir()}

    assert len(logs) == len(stage.children())
    assert [name for name, text in logs.items() if "uthorization" in text] == []

"""`peerline intake questions` on real Kafka: open ones, and what a later revision answers."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.intake.cli import group
from shared.contracts.topics import QUESTION, REPORTED
from shared.identity import derive_id
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import outgoing
from shared.kafka.records import Outgoing
from tests.builders.broker import FreshTopics
from tests.builders.canonical import a_canonical, a_patient, fold
from tests.builders.fold_rules import some_rules
from tests.builders.triage_edges import a_reported_record

# Kafka stamps records with the clock of this machine, and none stands before its report.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def write(kafka: KafkaClient, topic: str, records: Iterable[Outgoing]) -> None:
    """Write records durably."""
    producer = kafka.producer()
    for record in records:
        headers = list(record.headers)
        producer.send(topic, key=record.key, value=record.value, headers=headers, partition=0)
    producer.close()


@pytest.fixture
def tenant(kafka: KafkaClient, fresh_topics: FreshTopics) -> str:
    """Return a tenant with two questions, of which a later revision has answered one."""
    tenant = fresh_topics.prefix
    received: dict[str, Any] = {"tenant": tenant, "received_at": LONG_AGO}
    asked = [a_canonical(name, patients=[a_patient()], **received) for name in ("r1", "[r2]")]
    later = a_canonical("r1", revision=2, patients=[a_patient(harm="none")], **received)
    questions = [question for step in fold(asked, some_rules()) for question in step.questions]
    write(
        kafka,
        QUESTION.name,
        (
            outgoing(
                question,
                key=question.incident_key,
                event_id=derive_id("question", question.incident_key),
                source="urn:test",
                subject=question.incident_key,
                time=question.asked_for,
                partition=0,
            )
            for question in questions
        ),
    )
    write(kafka, REPORTED.name, map(a_reported_record, [*asked, later]))
    write(kafka, QUESTION.name, [Outgoing("", b"k", b"not json", (), 0)])
    return tenant


def listed(kafka: KafkaClient, *arguments: str) -> str:
    """Run the command and return what it prints."""
    environment = {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "COLUMNS": "200"}
    result = CliRunner(env=environment).invoke(
        group, ["questions", *arguments], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout


def test_open_questions_are_listed_and_answered_ones_on_demand(
    kafka: KafkaClient, tenant: str
) -> None:
    """CSV has one line per open question; `--all` adds what was answered, with its state."""
    still_open = listed(kafka, "--tenant", tenant, "--csv").splitlines()
    everything = listed(kafka, "--tenant", tenant, "--csv", "--all").splitlines()

    assert [line.split(",")[2] for line in still_open] == ["record_id", "[r2]"]
    assert sorted(line.rsplit(",", 1)[1] for line in everything[1:]) == ["answered", "open"]


def test_the_table_shows_a_record_id_as_it_is(kafka: KafkaClient, tenant: str) -> None:
    """Brackets are no markup; the place in the report and the sentence are there."""
    table = listed(kafka, "--tenant", tenant)

    assert "[r2]" in table
    assert "/patients/0/harm" in table


def test_a_folder_gets_one_file_per_tenant(kafka: KafkaClient, tenant: str, tmp_path: Path) -> None:
    """Ready to be sent to each hospital group."""
    printed = listed(kafka, "--tenant", tenant, "--folder", str(tmp_path))

    assert printed.strip() == str(tmp_path / f"questions-{tenant}.csv")


def test_nothing_asked_is_said(kafka: KafkaClient) -> None:
    """A tenant without questions gets a sentence, not an empty table."""
    assert listed(kafka, "--tenant", "nobody") == "No question is open.\n"

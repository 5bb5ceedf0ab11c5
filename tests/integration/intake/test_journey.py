"""From a POST to incident.reported.v1 with real processes and a real Kafka."""

import os
from datetime import UTC, datetime

import pytest

from shared.contracts.topics import DEFAULT_PARTITIONS
from shared.kafka.client import KafkaClient
from shared.kafka.partitions import partition_of
from tests.builders.canaries.evidence import in_topics
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.words import NAME, NUMBER
from tests.builders.canaries.words import TELLING as WORDS
from tests.builders.intake_processes import IntakeProcesses, eventually

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
RAW = "incident.raw.v1"
REPORTED = "incident.reported.v1"
REJECTED = "incident.rejected.v1"
REPORT = {
    "record_id": "journey",
    "narrative": f"{NAME} {WORDS}",
    "patients": [{"ids": [{"system": "nhs", "value": NUMBER}]}],
    "staff": [{"id": {"system": "login", "value": NAME}, "involvement": "direct"}],
}


def test_a_posted_report_is_reported_once_and_nothing_of_it_leaks(
    processes: IntakeProcesses,
) -> None:
    """202, then the canonical report with Kafka's own time; canaries in no topic and no log."""
    processes.start("http")
    processes.start("normalise")

    answer = processes.post(REPORT)

    assert answer.status_code == 202
    event_id = answer.json()["event_id"]
    eventually(lambda: processes.reported()[event_id] == 1)
    report = next(d for d in processes.documents(REPORTED) if d["event_id"] == event_id)
    raw = processes.raw_record(report["source"]["raw_ref"])
    appended = datetime.fromtimestamp(raw.timestamp_ms / 1000, UTC)
    assert datetime.fromisoformat(report["received_at"]) == appended
    said = [Piece("log", processes.log.encode()), Piece("answer", answer.content)]
    pieces = [*said, *in_topics(processes.kafka, (RAW, REPORTED, REJECTED))]
    assert list(Search((NAME, NUMBER, WORDS)).leaks(pieces)) == []


def test_poison_on_the_raw_topic_is_rejected_and_the_next_report_goes_on(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """A null, a record without headers, one of an unknown version: each leaves a rejection."""
    processes.start("http")
    partition = partition_of(processes.tenant, DEFAULT_PARTITIONS)
    producer = lonely_kafka.producer()
    key, unknown = processes.tenant.encode(), [("ce_specversion", b"9.9"), ("ce_id", b"1")]
    sent = [
        producer.send(RAW, key=key, value=value, headers=headers, partition=partition).get(30)
        for value, headers in ((None, []), (b"garbage", []), (b"garbage", unknown))
    ]
    poison = [(metadata.partition, metadata.offset) for metadata in sent]
    producer.close()

    event_id = processes.post({"record_id": "after the poison"}).json()["event_id"]
    processes.start("normalise")

    eventually(lambda: processes.reported()[event_id] == 1)
    codes = {(d["partition"], d["offset"]): d["code"] for d in processes.documents(REJECTED)}
    assert [codes.get(place) for place in poison] == [
        "undecodable",
        "cloudevent_invalid",
        "cloudevent_invalid",
    ]


def test_a_killed_normaliser_loses_nothing_and_repeats_nothing(
    processes: IntakeProcesses,
) -> None:
    """A kill counts only when that life had committed reports, and had more to do."""
    processes.start("http")
    sent = [{"record_id": f"kill-{number}"} for number in range(600)]
    answers = processes.post(sent).json()["reports"]
    promised = {entry["event_id"] for entry in answers}

    def done() -> int:
        return sum(event_id in promised for event_id in processes.reported())

    for _ in range(2):
        enough = done() + 20
        processes.start("normalise")
        eventually(lambda: done() >= enough)  # noqa: B023 - called within this turn only
        processes.kill("normalise")
        assert done() < len(sent), "killed too late to prove anything"

    processes.start("normalise")
    eventually(lambda: done() == len(sent))
    reported = processes.reported()
    assert {reported[event_id] for event_id in promised} == {1}
    assert processes.stop("normalise") == os.EX_OK


def test_an_edge_that_is_killed_keeps_every_promise(processes: IntakeProcesses) -> None:
    """What was answered with 202 is reported, though the process died right after."""
    promised = set()
    for life in range(2):
        processes.start("http")
        for number in range(15):
            answer = processes.post({"record_id": f"edge-{life}-{number}"})
            promised.add(answer.json()["event_id"])
        processes.kill("http")

    processes.start("normalise")

    eventually(lambda: promised <= processes.reported().keys())
    assert len(promised) == 30


def test_both_processes_leave_with_zero_on_sigterm(processes: IntakeProcesses) -> None:
    """And write no word that an operator would search for."""
    processes.start("http")
    processes.start("normalise")
    event_id = processes.post({"record_id": "last"}).json()["event_id"]
    eventually(lambda: processes.reported()[event_id] == 1)

    assert (processes.stop("http"), processes.stop("normalise")) == (0, 0)
    for word in ("WARN", "ERROR", "Traceback"):
        assert word not in processes.log

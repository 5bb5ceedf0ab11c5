"""From a publisher's own topic to incident.reported.v1 with real processes and a real Kafka."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.records import Incoming
from shared.site.source_topics import source_bindings
from tests.builders.canaries.evidence import in_topics
from tests.builders.canaries.search import Piece, Search
from tests.builders.canaries.words import NAME as CANARY
from tests.builders.intake_processes import ROOT, IntakeProcesses, eventually
from tests.builders.site import a_tenant_document, a_tenant_file, a_token

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
REPORTED = "incident.reported.v1"
EVENT = {"specversion": "1.0", "id": "e-1", "source": "urn:datix", "type": "org.example.incident"}
BINARY = [(f"ce_{name}", value.encode()) for name, value in EVENT.items()]


def bind(processes: IntakeProcesses, *names: str) -> list[str]:
    """Bind one source topic to each of datix, other, … and create what is missing."""
    systems = ("datix", "other")
    document = a_tenant_document(processes.tenant)
    for system, name in zip(systems, names, strict=False):
        document["sources"].setdefault(system, {})["topic"] = f"{processes.tenant}-{name}"
    a_tenant_file(processes.site, document)
    create_topics(processes.kafka, extra=source_bindings(processes.site).topics)
    return [f"incident.source.{processes.tenant}-{name}.v1" for name in names]


def publish(
    client: KafkaClient, topic: str, *values: Any, headers: list[tuple[str, bytes]] | None = None
) -> None:
    """Write documents to a topic as a publisher does: plainly, acknowledged."""
    producer = client.producer()
    for value in values:
        body = value if isinstance(value, bytes | None) else orjson.dumps(value)
        producer.send(topic, value=body, key=b"any", headers=headers or [])
    producer.flush()
    producer.close()


def report_of(processes: IntakeProcesses, record_id: str) -> dict[str, Any]:
    """Wait for the tenant's report of a record and return it."""

    def found() -> list[dict[str, Any]]:
        return [
            document
            for document in processes.documents(REPORTED)
            if document["tenant"] == processes.tenant
            and document["source"]["record_id"] == record_id
        ]

    eventually(lambda: bool(found()))
    (report,) = found()
    return report


def plain(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report without its seals, its record's name, and when and where Kafka took it."""
    staff = [{**person, "sealed": None} for person in document.get("staff", ())]
    left_out = {"received_at", "event_id", "incident_key", "content_hash", "source"}
    return {name: value for name, value in document.items() if name not in left_out} | {
        "staff": staff,
        "format": document["source"]["format"],
    }


def a_report(record_id: str) -> dict[str, Any]:
    """Return a report with a canary, ordered by its own time."""
    return {
        "record_id": record_id,
        "kind": "incident",
        "updated_at": "2026-03-10T08:00:00Z",
        "narrative": CANARY,
        "staff": [{"id": {"system": "login", "value": CANARY}, "involvement": "direct"}],
    }


def appended_at(records: list[Incoming], number: int) -> datetime:
    """Return when the broker took a record."""
    return datetime.fromtimestamp(records[number].timestamp_ms / 1000, UTC)


def test_what_is_published_on_kafka_is_reported_as_over_http(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """Native JSON and a CloudEvent, written while the importer was down, and the same by HTTP."""
    (topic,) = bind(processes, "datix")
    publish(lonely_kafka, topic, a_report("native"))
    publish(lonely_kafka, topic, None)
    publish(lonely_kafka, topic, a_report("event"), headers=BINARY)
    processes.token = a_token(processes.site, processes.tenant, "datix", now=datetime.now(UTC))
    for name in ("http", "import", "normalise"):
        processes.start(name)
    assert processes.post(a_report("posted")).status_code == 202

    native, event, posted = (report_of(processes, name) for name in ("native", "event", "posted"))

    assert plain(native) == plain(event) == plain(posted)
    source = processes.records(topic)
    assert datetime.fromisoformat(native["received_at"]) == appended_at(source, 0)
    assert datetime.fromisoformat(event["received_at"]) == appended_at(source, 2)
    raw = processes.raw_record(native["source"]["raw_ref"])
    assert raw.timestamp_ms > source[0].timestamp_ms
    pieces = [
        Piece("log", processes.log.encode()),
        *in_topics(processes.kafka, ["incident.raw.v1"]),
    ]
    assert list(Search((CANARY,)).leaks(pieces)) == []


def test_a_killed_importer_loses_nothing_and_repeats_nothing(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """A kill counts only when that life had committed records, and had more to do."""
    (topic,) = bind(processes, "datix")
    count = 600
    publish(lonely_kafka, topic, *({"record_id": f"kill-{n}"} for n in range(count)))

    def raw() -> Counter[str]:
        own = processes.tenant.encode()
        found = (r for r in processes.records("incident.raw.v1") if r.key == own)
        return Counter(dict(record.headers)["ce_id"].decode() for record in found)

    for _ in range(2):
        enough = raw().total() + 10
        processes.start("import")
        eventually(lambda: raw().total() >= enough)  # noqa: B023 - called within this turn only
        processes.kill("import")
        assert raw().total() < count, "killed too late to prove anything"

    processes.start("import")
    eventually(lambda: len(raw()) == count)
    assert set(raw().values()) == {1}
    processes.start("normalise")
    sent = raw().keys()
    eventually(lambda: len(sent & processes.reported().keys()) == count)
    reported = processes.reported()
    assert {reported[event_id] for event_id in sent} == {1}
    assert processes.stop("import") == os.EX_OK


def test_bindings_are_seen_as_they_come_and_go(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """None: it waits and says so. One: it reads. Another instead of it, or both: it reads those."""
    processes.start("import")
    processes.start("normalise")
    eventually(lambda: "no_source_topic_bound" in processes.log)

    (first,) = bind(processes, "datix")
    publish(lonely_kafka, first, {"record_id": "first"})
    report_of(processes, "first")
    _, second = bind(processes, "datix", "more")
    publish(lonely_kafka, second, {"record_id": "second"})
    publish(lonely_kafka, first, {"record_id": "third"})

    assert report_of(processes, "second")["source_system"] == "other"
    assert report_of(processes, "third")["source_system"] == "datix"
    assert processes.stop("import") == os.EX_OK
    for word in ("WARN", "ERROR", "Traceback"):
        assert word not in processes.log


def test_a_binding_that_is_new_at_a_quick_restart_is_read_at_once(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """A static member that comes back within its session is given its old partitions."""
    (first,) = bind(processes, "datix")
    processes.start("normalise")
    processes.start("import")
    publish(lonely_kafka, first, {"record_id": "before"})
    report_of(processes, "before")

    processes.kill("import")
    _, second = bind(processes, "datix", "more")
    publish(lonely_kafka, second, {"record_id": "after"})
    processes.start("import")

    assert report_of(processes, "after")["source_system"] == "other"


def test_the_publisher_of_the_manual_publishes(
    processes: IntakeProcesses, lonely_kafka: KafkaClient
) -> None:
    """The example of docs/sending-reports.md as printed, but for the address and the topic."""
    (topic,) = bind(processes, "datix")
    for name in ("import", "normalise"):
        processes.start(name)
    page = (ROOT / "docs" / "sending-reports.md").read_text()
    program = page.partition("```python\n")[2].partition("```")[0]
    assert "127.0.0.1:9092" in program
    program = program.replace("127.0.0.1:9092", lonely_kafka.bootstrap)
    program = program.replace("incident.source.northwick-datix.v1", topic)

    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert run.stdout == "0\n"
    assert report_of(processes, "42")["patients"][0]["harm"] == "death"

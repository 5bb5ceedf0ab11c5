"""A publisher's own record becomes the same as over HTTP, or a rejection; never nothing."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from services.intake.domain.context import Hints
from services.intake.domain.receive import receive
from services.intake.domain.results import Result
from services.intake.raw.record import read_label
from shared.contracts.topics import RAW
from shared.identity import sha256_hex
from shared.kafka.outcomes import Done, RetryLater
from shared.kafka.records import Outgoing
from tests.builders.intake_edge import IntakeStage, tenant_partition
from tests.builders.intake_import import (
    TOPIC,
    a_source_record,
    bind,
    imported,
    published,
    raw_records,
)
from tests.builders.site import a_token

REPORT = {
    "record_id": "1",
    "kind": "incident",
    "patients": [{"age_years": 4, "harm": "death"}],
    "staff": [{"id": {"system": "login", "value": "a.person"}, "involvement": "direct"}],
}
ANOTHER = {"record_id": "2", "kind": "incident"}
EVENT = {"specversion": "1.0", "id": "e-1", "source": "urn:datix", "type": "org.example.incident"}
BINARY = {f"ce_{name}": value for name, value in EVENT.items()} | {
    "content-type": "application/json"
}
STRUCTURED = "application/cloudevents+json; charset=utf-8"
BATCH = "application/cloudevents-batch+json"
LINES = orjson.dumps(REPORT) + b"\n\n" + orjson.dumps(ANOTHER)
FHIR = {"resourceType": "AdverseEvent", "id": "ae-1", "actuality": "actual"}
PACKED = base64.b64encode(orjson.dumps(REPORT)).decode()

# name → value, headers on Kafka, how many reports it holds
KINDS: dict[str, tuple[Any, dict[str, str], int]] = {
    "native": (REPORT, {}, 1),
    "native with its media type": (REPORT, {"Content-Type": "application/json"}, 1),
    "array": ([REPORT, ANOTHER], {}, 2),
    "array with a repetition": ([REPORT, REPORT, ANOTHER], {}, 2),
    "lines": (LINES, {"content-type": "application/x-ndjson"}, 2),
    "in Connect's envelope": ({"schema": {"type": "struct"}, "payload": REPORT}, {}, 1),
    "lines in Connect's envelope": (
        b"\n".join(orjson.dumps({"schema": None, "payload": each}) for each in (REPORT, ANOTHER)),
        {"content-type": "application/x-ndjson"},
        2,
    ),
    "CloudEvent, binary": (REPORT, BINARY, 1),
    "CloudEvent, binary, in order": (REPORT, BINARY | {"ce_sequence": "7"}, 1),
    "CloudEvent, structured": (EVENT | {"data": REPORT}, {"content-type": STRUCTURED}, 1),
    "CloudEvent, structured, recognised": (EVENT | {"data": REPORT}, {}, 1),
    "CloudEvent, packed": (EVENT | {"data_base64": PACKED}, {"content-type": STRUCTURED}, 1),
    "CloudEvents, batch": (
        [EVENT | {"data": REPORT}, EVENT | {"id": "e-2", "data": ANOTHER}],
        {"content-type": BATCH},
        2,
    ),
    "FHIR": (FHIR, {"content-type": "application/fhir+json"}, 1),
}


@pytest.fixture
def bound(intake: IntakeStage) -> IntakeStage:
    """An intake whose tenant northwick binds a topic to its datix."""
    bind(intake)
    return intake


def bytes_of(record: Outgoing) -> int:
    """Return what Kafka counts of a record, headers too."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + len(record.value or b"") + headers


def without_chance(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report without what differs by design: seals, time of arrival, where it lies."""
    staff = [{**person, "sealed": None} for person in document.get("staff", ())]
    ordering = document["ordering"]
    if ordering["by"] == "arrival":
        ordering = {"by": "arrival"}
    source = {**document["source"], "raw_ref": None}
    changed = {"staff": staff, "source": source, "ordering": ordering, "received_at": None}
    return {**document, **changed}


def reported_over_http(
    intake: IntakeStage, value: Any, headers: dict[str, str]
) -> list[dict[str, Any]]:
    """Post the same bytes with a token for datix alone; return what the normaliser writes."""
    intake.token = a_token(intake.site, "northwick", "datix")
    over_http = {name.lower().replace("ce_", "ce-"): text for name, text in headers.items()}
    assert intake.post(value, **over_http).status_code < 300
    return intake.outputs("incident.reported.v1")


@pytest.mark.parametrize(("value", "headers", "count"), KINDS.values(), ids=KINDS.keys())
def test_kafka_and_http_publish_the_same_report(
    bound: IntakeStage, value: Any, headers: dict[str, str], count: int
) -> None:
    """Whatever the body is: as many raw records, the same ids, the same content."""
    written = published(bound, a_source_record(value, headers))

    assert [topic for topic, _ in written] == ["incident.reported.v1"] * count
    expected = reported_over_http(bound, value, headers)
    assert [without_chance(document) for _, document in written] == [
        without_chance(document) for document in expected
    ]


def test_the_raw_record_is_that_of_http_in_everything_but_its_time(bound: IntakeStage) -> None:
    """Label, ids, hashes, partition; nothing of the body in clear."""
    settled = imported(bound, a_source_record(LINES, {"content-type": "application/x-ndjson"}))
    bound.post(LINES, content_type="application/x-ndjson")

    over_kafka = raw_records(settled)
    over_http = bound.log.of("incident.raw.v1")
    for mine, other in zip(over_kafka, over_http, strict=True):
        assert (mine.key, mine.partition) == (other.key, other.partition)
        ours = replace(read_label(mine), key_id=None, envelope="", received_at=None)  # type: ignore[arg-type]
        theirs = read_label(replace(mine, headers=other.headers))
        assert ours == replace(theirs, key_id=None, envelope="")  # type: ignore[arg-type]
    assert b"a.person" not in b"".join(record.value or b"" for record in over_kafka)


def test_a_report_was_received_when_its_source_topic_took_it(bound: IntakeStage) -> None:
    """Not when the importer, which was down for a day, came to it."""
    ((_, report),) = published(bound, a_source_record(REPORT))

    assert report["received_at"] == "2026-03-09T09:00:01.234000Z"


def test_a_time_that_the_publisher_wrote_is_not_believed(
    bound: IntakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """A topic without LogAppendTime: the raw record's time counts, and the operator hears once."""
    records = [a_source_record(each, is_append_time=False) for each in (REPORT, ANOTHER)]
    documents = [document for _, document in published(bound, *records)]

    assert {each["received_at"] for each in documents} == {"2026-03-10T09:00:01.234000Z"}
    told = [line.getMessage() for line in caplog.records]
    assert told.count("source_topic_without_append_time") == 1


def test_a_tombstone_is_ignored_and_counted(bound: IntakeStage) -> None:
    """There is nothing in it to reject."""
    assert imported(bound, a_source_record(None)) == [((), Done())]
    counted = bound.metrics.value("intake_rejected_total", tenant="northwick", reason="tombstone")
    assert (counted, bound.keys.commits) == (1, 1)


@pytest.mark.parametrize("envelope", [False, True], ids=["plain", "in Connect's envelope"])
@pytest.mark.parametrize("named", ["southmoor", "nobody"])
def test_the_topic_says_whose_a_report_is_and_never_the_report(
    bound: IntakeStage, named: str, *, envelope: bool
) -> None:
    """One that names another tenant is rejected as northwick's; the other one gets nothing."""
    report: dict[str, Any] = REPORT | {"tenant": named}
    body = {"schema": None, "payload": report} if envelope else report
    ((topic, refusal),) = published(bound, a_source_record(body))

    assert topic == "incident.rejected.v1"
    assert (refusal["code"], refusal["tenant"]) == ("tenant_mismatch", "northwick")
    assert refusal["severity"] == "high"


def test_headers_and_key_cannot_choose_a_tenant(bound: IntakeStage) -> None:
    """A publisher may write anything there."""
    forged = {"ce_tenant": "southmoor", "tenant": "southmoor", "ce_source": "urn:peerline:x"}
    record = replace(a_source_record(REPORT, forged | BINARY), key=b"southmoor")

    (raw,) = raw_records(imported(bound, record))
    assert (raw.key, raw.partition) == (b"northwick", tenant_partition("northwick"))
    ((_, report),) = published(bound, record)
    assert (report["tenant"], report["source_system"]) == ("northwick", "datix")


def test_a_report_that_names_another_system_stays_the_bound_ones(bound: IntakeStage) -> None:
    """As with a token that is for one system only."""
    ((_, report),) = published(bound, a_source_record(REPORT | {"source_system": "fhir-hub"}))

    assert report["source_system"] == "datix"
    assert report["incident_key"].startswith("northwick|datix|")


POISON: dict[str, tuple[Any, dict[str, str], str]] = {
    "no JSON": (b"{", {}, "undecodable"),
    "no UTF-8": (b'{"record_id": "\xff"}', {}, "undecodable"),
    "no bytes at all": (b"", {}, "undecodable"),
    "a frame around something else": (b"\x00\x00\x00\x00\x07\x02", {}, "schema_registry_required"),
    "a zero alone": (b"\x00", {}, "schema_registry_required"),
    "XML": (b"<AdverseEvent/>", {}, "unknown_format"),
    "unknown media type": (REPORT, {"content-type": "application/avro"}, "unknown_format"),
    "event without id": (
        REPORT,
        {name: text for name, text in BINARY.items() if name != "ce_id"},
        "cloudevent_invalid",
    ),
    "event of another version": (REPORT, BINARY | {"ce_specversion": "2.0"}, "cloudevent_invalid"),
    "no record_id": ({"kind": "incident"}, {}, "unknown_format"),
    "an empty array": ([], {}, "not_supported"),
    "an empty batch": ([], {"content-type": BATCH}, "not_supported"),
    "deeper than the limit": (b"[" * 2000, {}, "limit"),
}


@pytest.mark.parametrize(("value", "headers", "code"), POISON.values(), ids=POISON.keys())
def test_poison_is_rejected_as_its_tenants_and_its_neighbours_go_on(
    bound: IntakeStage, value: Any, headers: dict[str, str], code: str
) -> None:
    """Good, poison, good: two reports and one rejection, all three settled."""
    records = [
        a_source_record(REPORT),
        a_source_record(value, headers, offset=1),
        a_source_record(ANOTHER, offset=2),
    ]
    settled = imported(bound, *records)

    assert [outcome for _, outcome in settled] == [Done()] * 3
    sizes = [record for written, _ in settled for record in written if "rejected" in record.topic]
    documents = [document for _, document in published(bound, *records)]
    documents += [orjson.loads(record.value or b"") for record in sizes]
    assert [each["code"] for each in documents if "code" in each] == [code]
    assert sum("event_id" in each and "code" not in each for each in documents) == 2


def test_a_body_over_the_limit_leaves_its_size_and_place(bound: IntakeStage) -> None:
    """It is not copied: it lies in the publisher's topic; the same record has the same id."""
    record = a_source_record(REPORT | {"narrative": "x" * 70_000}, offset=41)

    ((written, outcome),) = imported(bound, record)
    ((again, _),) = imported(bound, record)
    (refusal,), (repeated,) = ([orjson.loads(r.value or b"") for r in w] for w in (written, again))
    assert outcome == Done()
    assert (refusal["code"], refusal["stage"]) == ("limit", "importer")
    assert (refusal["input_topic"], refusal["partition"], refusal["offset"]) == (TOPIC, 0, 41)
    assert refusal["size_bytes"] == len(record.value or b"")
    assert refusal["rejected_id"] == repeated["rejected_id"]
    assert written[0].partition == tenant_partition("northwick")


def test_json_in_a_confluent_frame_is_plain_json(bound: IntakeStage) -> None:
    """A zero and four bytes of a schema's id, which nobody needs here."""
    plain = orjson.dumps(REPORT)

    ((_, framed),) = published(bound, a_source_record(b"\x00\x00\x00\x00\x2a" + plain))
    ((_, expected),) = published(bound, a_source_record(plain))
    assert without_chance(framed) == without_chance(expected)
    assert framed["source"]["raw_sha256"] == sha256_hex(plain)


def test_the_keys_of_a_poll_are_stored_in_one_commit(bound: IntakeStage) -> None:
    """Before anything is produced: the loop produces what this returns."""
    settled = imported(bound, *(a_source_record(REPORT, offset=n) for n in range(5)))

    assert bound.keys.commits == 1
    assert {read_label(raw).key_id for raw in raw_records(settled)} == set(bound.keys.keys)


def test_a_key_store_that_is_down_holds_everything(bound: IntakeStage) -> None:
    """Infrastructure failed, not the records."""
    bound.keys.is_down = True

    later = ((), RetryLater("key_store_unavailable"))
    assert imported(bound, a_source_record(REPORT), a_source_record(b"{")) == [later, later]


def test_a_topic_that_nobody_binds_any_more_is_held(bound: IntakeStage) -> None:
    """Its records wait; the ones beside them go on."""
    strange = a_source_record(REPORT, topic="incident.source.gone.v1")
    outcomes = [outcome for _, outcome in imported(bound, strange, a_source_record(REPORT))]

    assert outcomes == [RetryLater("source_topic_not_bound"), Done()]


def test_a_topic_that_two_tenants_bind_is_nobodys(bound: IntakeStage) -> None:
    """Rather late than in another hospital's hands."""
    bind(bound, "southmoor")

    ((records, outcome),) = imported(bound, a_source_record(REPORT))
    assert (records, outcome) == ((), RetryLater("source_topic_not_bound"))


def test_a_missing_tenant_key_holds_the_partition_and_pages(
    bound: IntakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be encrypted is not copied."""
    (bound.site.tenant_folder("northwick") / "keys" / "raw.key").unlink()

    assert imported(bound, a_source_record(REPORT)) == [((), RetryLater("KeyMissingError"))]
    assert [line.levelname for line in caplog.records] == ["CRITICAL"]


@pytest.mark.parametrize(
    ("value", "note"),
    [(REPORT, "é" * 300_000), (REPORT, "\x01" * 530_000), (b"{", "é" * 300_000)],
)
def test_headers_that_no_raw_record_takes_stop_nothing(
    bound: IntakeStage, value: Any, note: str
) -> None:
    """They are kept beside the body, four times as long; what does not fit is told by its size."""
    poison = a_source_record(value, BINARY | {"ce_note": note})
    first, second = imported(bound, poison, a_source_record(ANOTHER, offset=1))

    (told,) = [orjson.loads(record.value or b"") for record in first[0]]
    assert (told["code"], told["stage"], told["size_bytes"]) == (
        "limit" if value == REPORT else "undecodable",
        "importer",
        len(poison.value or b""),
    )
    assert len(raw_records([second])) == 1
    assert all(bytes_of(record) < RAW.max_message_bytes for record in (*first[0], *second[0]))


def test_a_poll_of_small_records_that_become_large_ones_is_taken_in_parts(
    bound: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory would end, and the same records would be read again; order is kept."""
    monkeypatch.setattr("services.intake.importer._MOST_AT_ONCE", 400)
    records = [a_source_record([REPORT, ANOTHER], offset=offset) for offset in range(3)]

    settled = imported(bound, *records)

    assert [len(written) for written, _ in settled] == [2, 2, 0]
    assert [outcome for _, outcome in settled] == [Done(), Done(), RetryLater("poll_too_large")]


def test_a_size_is_noted_when_all_of_its_poll_is_mapped(
    bound: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads refusals page by page would else have passed that moment."""

    def slow(body: bytes, hints: Hints) -> tuple[Result, ...]:
        bound.clock.move(timedelta(minutes=1))
        return receive(body, hints)

    monkeypatch.setattr("services.intake.importer.receive", slow)
    imported(bound, a_source_record(b"[" * 2_000), a_source_record(REPORT, offset=1))

    assert [told.noted_at for told in bound.statuses.refused.values()] == [bound.clock.now()]


def test_a_mapper_that_fails_loses_nothing(
    bound: IntakeStage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The record goes on whole, and once the mapper is mended it is mapped; no text is logged."""

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    with monkeypatch.context() as patched:
        patched.setattr("services.intake.domain.receive.divide", broken)
        raw = raw_records(imported(bound, a_source_record([REPORT, ANOTHER], BINARY)))

    ((written, outcome),) = bound.normalise(*raw)
    assert ([record.topic for record in written], outcome) == (["incident.reported.v1"] * 2, Done())
    assert [line.getMessage() for line in caplog.records] == ["mapper_failed"]


def test_the_publishers_trace_is_continued(bound: IntakeStage) -> None:
    """W3C Trace Context, version 00; anything else is dropped."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    kept, dropped = raw_records(
        imported(
            bound,
            a_source_record(REPORT, {"traceparent": trace}),
            a_source_record(REPORT, {"traceparent": "x"}),
        )
    )
    assert (read_label(kept).traceparent, read_label(dropped).traceparent) == (trace, None)

"""What is accepted is durable first, and maps later to exactly what the answer said."""

import gzip
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
import pytest

from tests.builders.intake_edge import IntakeStage, tenant_partition

RAW = "incident.raw.v1"
REPORTED = "incident.reported.v1"
REPORT = {"record_id": "2026-1", "kind": "incident", "occurred": {"date": "2026-03-09"}}
EVENT_HEADERS = {
    "ce_id": "e-1",
    "ce_source": "urn:ward:7",
    "ce_type": "org.example.report",
    "ce_specversion": "1.0",
}
EVENT = {"id": "e-1", "source": "urn:ward:7", "type": "org.example.report", "specversion": "1.0"}
ADVERSE_EVENT = {
    "resourceType": "AdverseEvent",
    "id": "ae-1",
    "actuality": "actual",
    "subject": {"reference": "Patient/p1"},
    "event": {"text": "narrative"},
}


def bundle(kind: str, *resources: Mapping[str, Any]) -> dict[str, Any]:
    """Return a FHIR Bundle of resources."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [{"resource": resource} for resource in resources],
    }


def test_a_report_is_answered_with_its_event_id(intake: IntakeStage) -> None:
    """202, the id and what could not be read; one encrypted record on the tenant's partition."""
    answer = intake.post(REPORT)

    assert answer.status_code == 202
    assert UUID(answer.json()["event_id"]).version == 5
    assert answer.json()["incident_key"] == "northwick|datix|2026-1"
    assert "harm_missing" in answer.json()["quality"]["flags"]
    (record,) = intake.log.of(RAW)
    assert record.partition == tenant_partition()


def test_the_normaliser_publishes_what_the_answer_promised(intake: IntakeStage) -> None:
    """Same event id, same key, received when Kafka took it, with a way back to the raw record."""
    answer = intake.post(REPORT).json()

    (report,) = intake.outputs(REPORTED)
    assert report["event_id"] == answer["event_id"]
    assert report["incident_key"] == answer["incident_key"]
    assert report["received_at"] == "2026-03-10T09:00:01.234000Z"
    assert report["source"]["raw_ref"] == f"{RAW}/{tenant_partition()}/0"


def test_the_reported_record_is_a_cloudevent_on_the_tenants_partition(intake: IntakeStage) -> None:
    """Attributes of contracts.md section 2; the publisher's trace goes on."""
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    event_id = intake.post(REPORT, traceparent=trace).json()["event_id"]

    ((record,), _), *_ = intake.normalise()
    headers = {name: value.decode() for name, value in record.headers}
    assert headers["ce_id"] == event_id
    assert headers["ce_type"] == REPORTED
    assert headers["ce_source"] == "urn:peerline:intake:northwick"
    assert headers["ce_subject"] == "northwick|datix|2026-1"
    assert headers["ce_traceparent"] == trace
    assert (record.key, record.partition) == (b"northwick|datix|2026-1", tenant_partition())


def test_a_repeated_report_gets_the_same_event_id(intake: IntakeStage) -> None:
    """A publisher may send again whatever it is not sure of."""
    first, second = intake.post(REPORT), intake.post(REPORT)

    assert second.status_code == 202
    assert first.json() == second.json()
    assert len(intake.log.of(RAW)) == 2


def test_an_array_is_answered_report_by_report_in_one_commit(intake: IntakeStage) -> None:
    """One key and one record per report, all keys in one transaction before the first record."""
    answer = intake.post([REPORT | {"record_id": str(n)} for n in range(5)])

    assert answer.status_code == 202
    assert [entry["index"] for entry in answer.json()["reports"]] == [0, 1, 2, 3, 4]
    assert len(intake.log.of(RAW)) == len(intake.keys.keys) == 5
    assert intake.keys.commits == 1


def test_ndjson_is_answered_line_by_line(intake: IntakeStage) -> None:
    """Even a single line is answered as a list: the shape does not depend on the count."""
    answer = intake.post(orjson.dumps(REPORT) + b"\n\n", content_type="application/x-ndjson")

    assert answer.status_code == 202
    assert len(answer.json()["reports"]) == 1


def test_equal_reports_in_one_request_are_stored_once(intake: IntakeStage) -> None:
    """The rest is answered as a repetition of the first."""
    answer = intake.post([REPORT, REPORT, REPORT]).json()["reports"]

    assert [entry.get("repeats") for entry in answer] == [None, 0, 0]
    assert len({entry["event_id"] for entry in answer}) == 1
    assert len(intake.log.of(RAW)) == 1


def test_one_bad_report_does_not_stop_its_neighbours(intake: IntakeStage) -> None:
    """200 with an answer each; the bad one is durable and rejected by the normaliser."""
    answer = intake.post([REPORT, {"record_id": "", "kind": "incident"}])

    assert answer.status_code == 200
    assert [entry["status"] for entry in answer.json()["reports"]] == [202, 422]
    assert len(intake.outputs(REPORTED)) == 1
    assert [r["code"] for r in intake.outputs("incident.rejected.v1")] == ["no_record_id"]


def test_an_empty_array_is_answered_with_an_empty_list(intake: IntakeStage) -> None:
    """Nothing was sent, so nothing is kept."""
    answer = intake.post([])

    assert (answer.status_code, answer.json()) == (200, {"reports": []})
    assert intake.log.records == []


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (REPORT, EVENT_HEADERS),
        (EVENT | {"data": REPORT}, {"content_type": "application/cloudevents+json"}),
        ([EVENT | {"data": REPORT}], {"content_type": "application/cloudevents-batch+json"}),
        (EVENT | {"data": REPORT}, {}),
    ],
)
def test_cloudevents_in_every_mode_are_the_same_report(
    intake: IntakeStage, body: Any, headers: dict[str, str]
) -> None:
    """Binary, structured, batched, recognised: one event id, over HTTP and through the topic."""
    plain = intake.post(REPORT).json()
    answer = intake.post(body, **headers).json()

    entry = answer["reports"][0] if "reports" in answer else answer
    assert entry["event_id"] == plain["event_id"]
    first, second = intake.outputs(REPORTED)
    assert first["content_hash"] == second["content_hash"]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/incidents", {}),
        ("POST", "/v1/incidents", {"content_type": "application/fhir+json; fhirVersion=4.0"}),
        ("POST", "/v1/fhir/AdverseEvent", {"content_type": "application/fhir+json"}),
        ("PUT", "/v1/fhir/AdverseEvent/ae-1", {"content_type": "application/fhir+json"}),
    ],
)
def test_an_adverse_event_is_the_same_record_by_every_route(
    intake: IntakeStage, method: str, path: str, headers: dict[str, str]
) -> None:
    """Known by its resourceType or its media type; its id travels as a pseudonym."""
    answer = intake.send(method, ADVERSE_EVENT, path, **headers)

    assert answer.status_code == 202
    (report,) = intake.outputs(REPORTED)
    assert report["incident_key"].startswith("northwick|datix|r_")
    assert report["incident_key"] in answer.text


def test_a_deletion_retracts_the_record_of_its_id(intake: IntakeStage) -> None:
    """It needs no body; the answer is an outcome like any other."""
    intake.send(
        "PUT", ADVERSE_EVENT, "/v1/fhir/AdverseEvent/ae-1", content_type="application/fhir+json"
    )
    answer = intake.send("DELETE", b"", "/v1/fhir/AdverseEvent/ae-1")

    sent, taken_back = intake.outputs(REPORTED)
    assert (answer.status_code, answer.json()["resourceType"]) == (202, "OperationOutcome")
    assert (sent["status"], taken_back["status"]) == ("reported", "retracted")
    assert taken_back["incident_key"] == sent["incident_key"]


def test_a_deletion_warns_where_the_id_alone_may_name_another_record(intake: IntakeStage) -> None:
    """A source that goes by identifiers too finds the reason in the answer, and the setting."""
    answer = intake.send("DELETE", b"", "/v1/fhir/AdverseEvent/ae-1")

    assert "record_id_fallback" in answer.text


@pytest.mark.parametrize("fhir_id", ["a%20b", "%00", "x" * 200])
def test_a_deletion_of_what_is_no_id_is_refused(intake: IntakeStage, fhir_id: str) -> None:
    """It is kept like every refusal, and nothing of the id is repeated."""
    answer = intake.send("DELETE", b"", f"/v1/fhir/AdverseEvent/{fhir_id}")

    assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")
    assert fhir_id not in answer.text
    assert len(intake.outputs("incident.rejected.v1")) == 1


def test_fhir_is_answered_in_fhir(intake: IntakeStage) -> None:
    """An OperationOutcome: accepted, and a note for each thing that could not be read."""
    answer = intake.post(ADVERSE_EVENT, "/v1/fhir/AdverseEvent")

    assert answer.headers["content-type"] == "application/fhir+json"
    assert answer.json()["resourceType"] == "OperationOutcome"
    severities = [issue["severity"] for issue in answer.json()["issue"]]
    assert severities[0] == "information"
    assert set(severities[1:]) == {"warning"}


def test_a_batch_bundle_is_answered_entry_by_entry(intake: IntakeStage) -> None:
    """Some accepted, some not: 200 and a response Bundle."""
    sent = bundle("batch", ADVERSE_EVENT, {"resourceType": "AdverseEvent"})

    answer = intake.post(sent, "/v1/fhir", content_type="application/fhir+json")

    assert answer.status_code == 200
    assert answer.json()["type"] == "batch-response"
    assert [e["response"]["status"] for e in answer.json()["entry"]] == ["202", "422"]
    assert len(intake.outputs(REPORTED)) == 1


def test_a_failed_transaction_publishes_nothing(intake: IntakeStage) -> None:
    """422; both entries are durable, both are rejected, although one alone would be mapped."""
    sent = bundle("transaction", ADVERSE_EVENT, {"resourceType": "AdverseEvent"})

    answer = intake.post(sent, "/v1/fhir", content_type="application/fhir+json")

    assert answer.status_code == 422
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert len(intake.log.of(RAW)) == 2
    assert intake.outputs(REPORTED) == []
    assert len(intake.outputs("incident.rejected.v1")) == 2


def test_gzip_is_unpacked_and_the_plain_bytes_are_kept(intake: IntakeStage) -> None:
    """Compressed or not, it is the same report."""
    plain = intake.post(REPORT).json()
    packed = gzip.compress(orjson.dumps(REPORT))

    assert intake.post(packed, content_encoding="gzip").json() == plain


def test_a_dry_run_shows_the_canonical_report_and_stores_nothing(intake: IntakeStage) -> None:
    """Pseudonyms as they will be; no sealed identifier, no narrative, no record, no key."""
    person = {"id": {"system": "login", "value": "jdoe"}, "involvement": "direct"}
    sent = REPORT | {"staff": [person], "narrative": "canary"}

    answer = intake.post(sent, "/v1/incidents:validate")

    (entry,) = answer.json()["reports"]
    assert answer.json()["stored"] is False
    assert entry["report"]["staff"][0]["person_ref"].startswith("p_")
    assert "canary" not in answer.text
    assert "sealed" not in answer.text
    assert (intake.log.records, intake.keys.keys) == ([], {})


def test_staff_identifiers_are_sealed_for_the_notifier_alone(intake: IntakeStage) -> None:
    """What triage gets opens only with the month's private key."""
    from shared.site.sealing import open_sealed

    person = {"id": {"system": "login", "value": "jdoe"}, "involvement": "direct"}
    intake.post(REPORT | {"staff": [person]})

    (report,) = intake.outputs(REPORTED)
    opened = open_sealed(report["staff"][0]["sealed"], intake.site.seal_secret)
    assert json.loads(opened) == {"system": "login", "value": "jdoe"}


def test_nothing_in_the_language_of_fhir_is_refused(intake: IntakeStage) -> None:
    """An OperationOutcome without an issue would be none."""
    answer = intake.post([], "/v1/fhir", content_type="application/fhir+json")

    assert (answer.status_code, len(answer.json()["issue"])) == (422, 1)

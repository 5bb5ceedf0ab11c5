"""The table of formats.md section 11, row by row, over HTTP and over Kafka: refused, told, kept."""

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from shared.kafka.outcomes import Done
from shared.kafka.records import Outgoing
from shared.kafka.rejection_bound import RejectionBound, TooManyMapperErrorsError
from tests.builders.bad_payloads import BAD_PAYLOADS, BadPayload
from tests.builders.intake_edge import IntakeStage, an_intake
from tests.builders.intake_import import a_source_record, bind, imported, published, raw_records
from tests.builders.site import a_tenant_document, a_tenant_file

RAW, REPORTED, REJECTED = "incident.raw.v1", "incident.reported.v1", "incident.rejected.v1"
OVER_KAFKA = [row for row in BAD_PAYLOADS if not row.is_http_only]
EVENT = {"resourceType": "AdverseEvent", "actuality": "actual"}


@pytest.fixture
def strict(tmp_path: Path) -> IntakeStage:
    """An intake whose tenant refuses restricted reports and binds a topic to its datix."""
    stage = an_intake(tmp_path)
    a_tenant_file(stage.site, a_tenant_document(privacy={"restricted": "refuse"}))
    document = a_tenant_document(privacy={"restricted": "refuse"})
    document["sources"]["datix"]["topic"] = "northwick-datix"
    a_tenant_file(stage.site, document)
    return stage


def post(intake: IntakeStage, row: BadPayload, path: str = "/v1/incidents") -> httpx.Response:
    """Send a row over HTTP."""
    headers = intake.headers | {"content-type": "application/json"} | row.headers
    return intake.client.request("POST", path, content=row.sent, headers=headers)


def code_of(answer: httpx.Response) -> str:
    """Return the code of a refusal, as problem details or as an OperationOutcome."""
    told = answer.json()
    if told.get("resourceType") == "OperationOutcome":
        return str(told["issue"][0]["details"]["coding"][0]["code"])
    return str(told["code"])


def over_kafka(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a row as Kafka's binding spells them."""
    return {name.replace("ce-", "ce_"): text for name, text in headers.items()}


def refused(intake: IntakeStage, code: str) -> float:
    """Return how often the tenant's reports were counted as refused for a reason."""
    return intake.metrics.value("intake_rejected_total", tenant="northwick", reason=code)


def rejections(written: Sequence[Outgoing]) -> list[dict[str, Any]]:
    """Return the rejection records among what was written."""
    return [orjson.loads(r.value or b"") for r in written if r.topic == REJECTED]


@pytest.mark.parametrize("row", BAD_PAYLOADS, ids=lambda row: row.name)
def test_over_http_a_refusal_is_durable_told_and_counted(
    strict: IntakeStage, row: BadPayload, caplog: pytest.LogCaptureFixture
) -> None:
    """Status and code; the raw record before the answer; one rejection, one count, no value."""
    answer = post(strict, row)
    assert len(strict.log.of(RAW)) == 1
    (told,) = strict.outputs(REJECTED)

    assert (answer.status_code, code_of(answer)) == (row.status, row.code)
    assert (told["code"], told["tenant"], told["severity"]) == (row.code, "northwick", row.severity)
    assert told["raw_sha256"] in answer.text
    assert refused(strict, row.code) == 1
    assert "canary" not in answer.text + repr(told) + caplog.text


@pytest.mark.parametrize("row", OVER_KAFKA, ids=lambda row: row.name)
def test_over_kafka_the_same_is_rejected_and_reading_goes_on(
    strict: IntakeStage, row: BadPayload, caplog: pytest.LogCaptureFixture
) -> None:
    """The same code and severity, with the place of the encrypted original."""
    settled = imported(strict, a_source_record(row.sent, over_kafka(row.headers)))
    ((written, _),) = strict.normalise(*raw_records(settled))
    (told,) = rejections(written)

    assert settled[0][1] == Done()
    assert (told["code"], told["tenant"], told["severity"]) == (row.code, "northwick", row.severity)
    assert told["raw_ref"].startswith(f"{RAW}/")
    assert refused(strict, row.code) == 1
    assert "canary" not in repr(told) + caplog.text


OVER_LIMIT: dict[str, bytes] = {
    "report over 1 MiB": b'{"record_id": "1", "narrative": "' + b"x" * 1_048_576 + b'"}',
    "string over 64 KiB": b'{"record_id": "1", "narrative": "' + b"x" * 65_537 + b'"}',
    "deeper than 64": b'{"record_id": "1", "ext": ' + b"[" * 65 + b"]" * 65 + b"}",
    "1 001 reports": orjson.dumps([{"record_id": str(n)} for n in range(1_001)]),
    "201 staff": orjson.dumps({"record_id": "1", "staff": [{"role": "nurse"}] * 201}),
    "101 patients": orjson.dumps({"record_id": "1", "patients": [{"harm": "none"}] * 101}),
    "33 codings": orjson.dumps({"record_id": "1", "codings": [{"code": "1"}] * 33}),
}


@pytest.mark.parametrize("body", OVER_LIMIT.values(), ids=OVER_LIMIT.keys())
def test_over_a_limit_only_the_size_is_kept_on_both_ways(strict: IntakeStage, body: bytes) -> None:
    """413, or a rejection and on; neither a raw record nor a key; counted once each."""
    answer = strict.post(body)
    ((written, outcome),) = imported(strict, a_source_record(body))

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")
    assert (outcome, strict.log.of(RAW), strict.keys.keys) == (Done(), [], {})
    for told in (*rejections(strict.log.records), *rejections(written)):
        assert (told["code"], told["size_bytes"]) == ("limit", len(body))
    assert refused(strict, "limit") == 2


def test_gzip_may_expand_twentyfold_and_no_further(intake: IntakeStage) -> None:
    """A bomb is refused by its ratio although it is far below ten megabytes."""
    dense = orjson.dumps({"record_id": "1", "narrative": "".join(map(str, range(9_000)))})
    bomb = b'{"record_id": "1"' + b" " * 60_000 + b"}"
    answers = [intake.post(gzip.compress(body), content_encoding="gzip") for body in (dense, bomb)]

    assert len(bomb) > 20 * len(gzip.compress(bomb))
    assert [answer.status_code for answer in answers] == [202, 413]
    assert refused(intake, "limit") == 1


ODD: dict[str, tuple[dict[str, Any], str]] = {
    "unmapped value": ({"record_id": "1", "kind": "no such kind"}, "value_unmapped"),
    "harm missing": ({"record_id": "1", "kind": "incident"}, "harm_missing"),
    "date ahead": ({"record_id": "1", "occurred": {"date": "2026-03-20"}}, "future_date"),
    "date before 1990": ({"record_id": "1", "occurred": {"date": "1989-12-31"}}, "date_too_old"),
    "no date": ({"record_id": "1", "occurred": {"date": "soon"}}, "date_invalid"),
    "unknown field": ({"record_id": "1", "kind": "incident", "new": 1}, "field_unknown"),
    "FHIR without actuality": (
        {"resourceType": "AdverseEvent", "id": "1", "event": {"text": "x"}},
        "actuality_missing",
    ),
    "FHIR without subject": (EVENT | {"id": "1"}, "subject_missing"),
}


@pytest.mark.parametrize(("document", "flag"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_accepted_with_a_flag(
    strict: IntakeStage, document: dict[str, Any], flag: str
) -> None:
    """Degraded, never refused: the same flag in the answer, in the report and over Kafka."""
    answer = strict.post(document)
    (report,) = strict.outputs(REPORTED)
    ((_, other),) = published(strict, a_source_record(document))

    assert answer.status_code == 202
    for quality in (answer.json()["quality"], report["quality"], other["quality"]):
        assert flag in quality["flags"]


def bundle(kind: str) -> dict[str, Any]:
    """Return a Bundle of a good event and of one that has no id."""
    entries = [{"resource": EVENT | {"id": "good"}}, {"resource": EVENT}]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def test_a_batch_is_answered_entry_by_entry(strict: IntakeStage) -> None:
    """One good, one bad: 200, each with its own status; the good one is published."""
    answer = strict.post(bundle("batch"), "/v1/fhir", content_type="application/fhir+json")
    statuses = [entry["response"]["status"] for entry in answer.json()["entry"]]

    assert (answer.status_code, statuses) == (200, ["202", "422"])
    assert len(strict.outputs(REPORTED)) == len(strict.outputs(REJECTED)) == 1
    over = published(strict, a_source_record(bundle("batch")))
    assert [topic for topic, _ in over] == [REPORTED, REJECTED]


def test_of_a_transaction_with_a_bad_entry_nothing_is_published(strict: IntakeStage) -> None:
    """All or nothing, on both ways; each entry is durable and has its rejection."""
    answer = strict.post(bundle("transaction"), "/v1/fhir", content_type="application/fhir+json")

    assert answer.status_code == 422
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert strict.outputs(REPORTED) == []
    assert [told["code"] for told in strict.outputs(REJECTED)] == ["no_record_id"] * 2
    over = published(strict, a_source_record(bundle("transaction")))
    assert [topic for topic, _ in over] == [REJECTED] * 2


def test_a_good_transaction_is_published_whole(strict: IntakeStage) -> None:
    """202, a transaction-response, every entry a report."""
    good = bundle("transaction")
    good["entry"][1] = {"resource": EVENT | {"id": "other"}}
    answer = strict.post(good, "/v1/fhir", content_type="application/fhir+json")

    assert (answer.status_code, answer.json()["type"]) == (202, "transaction-response")
    assert len(strict.outputs(REPORTED)) == 2


def test_a_null_value_is_ignored_and_counted(intake: IntakeStage) -> None:
    """A tombstone in a publisher's topic: nothing to reject, nothing to keep."""
    bind(intake)

    assert imported(intake, a_source_record(None)) == [((), Done())]
    assert (refused(intake, "tombstone"), intake.keys.keys) == (1, {})


def test_a_mapper_that_fails_too_often_stops_the_process(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 of a thousand are rejected, the 51st stops: the mapping is wrong, not the data."""

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    intake.post([{"record_id": str(number)} for number in range(51)])
    monkeypatch.setattr("services.intake.domain.receive.regularise", broken)
    codes = [outcome.code for _, outcome in intake.normalise()]  # type: ignore[union-attr]
    bound = RejectionBound()

    assert refused(intake, "mapper_error") == 51
    bound.note(999, codes[:50])
    with pytest.raises(TooManyMapperErrorsError):
        bound.note(1, codes[50:])

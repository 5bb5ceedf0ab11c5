"""What a bad payload gets (formats.md section 11): its status, its code, what is kept of it."""

import gzip
from typing import Any

import httpx
import orjson
import pytest

from services.intake.domain.regularise import regularise
from services.intake.domain.results import Draft
from services.intake.domain.translation import Piece, Translation
from shared.contracts.topics import TOPICS
from tests.builders.bad_payloads import BAD_PAYLOADS, STUDY, BadPayload
from tests.builders.intake_edge import IntakeStage, an_intake

RAW = "incident.raw.v1"
RAW_RECORD_BYTES = TOPICS[RAW].max_message_bytes
REJECTED = "incident.rejected.v1"
FHIR = {"content_type": "application/fhir+json"}


@pytest.fixture
def strict_intake(tmp_path: Any) -> IntakeStage:
    """An intake whose tenant refuses restricted reports."""
    from tests.builders.site import a_tenant_document, a_tenant_file

    stage = an_intake(tmp_path)
    a_tenant_file(stage.site, a_tenant_document(privacy={"restricted": "refuse"}))
    return stage


def failing_if_bad(translation: Translation, piece: Piece, *rest: Any) -> Draft:
    """Map as ever, but fail on what has the word bad in it, with its own words."""
    if b"bad" in piece.body:
        raise RuntimeError(piece.body)
    return regularise(translation, piece, *rest)


def post(intake: IntakeStage, row: BadPayload, path: str) -> httpx.Response:
    """Send a row of the table."""
    headers = intake.headers | {"content-type": "application/json"} | row.headers
    return intake.client.request("POST", path, content=row.sent, headers=headers)


@pytest.mark.parametrize("row", BAD_PAYLOADS, ids=lambda row: row.name)
def test_a_refusal_says_what_happened_and_what_to_do(
    strict_intake: IntakeStage, row: BadPayload
) -> None:
    """In the language of the request: problem details, or FHIR's OperationOutcome."""
    answer = post(strict_intake, row, "/v1/incidents")

    told = answer.json()
    if row.headers.get("content-type") == "application/fhir+json":
        assert told["resourceType"] == "OperationOutcome"
    else:
        assert answer.headers["content-type"] == "application/problem+json"
        assert {"type", "title", "status", "detail", "code", "doc"} <= told.keys()


@pytest.mark.parametrize("row", BAD_PAYLOADS, ids=lambda row: row.name)
def test_fhir_senders_get_an_operation_outcome(strict_intake: IntakeStage, row: BadPayload) -> None:
    """The same refusals on a FHIR address, as FHIR tells them."""
    answer = post(strict_intake, row, "/v1/fhir/AdverseEvent")

    (issue,) = answer.json()["issue"]
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.status_code == row.status
    assert issue["severity"] == "error"
    assert issue["details"]["coding"][0]["code"] == row.code


def test_refused_on_purpose_is_of_low_severity(strict_intake: IntakeStage) -> None:
    """Nobody is woken for research; another tenant's report is another matter."""
    strict_intake.post(STUDY)
    strict_intake.post({"record_id": "1", "tenant": "southmoor"})

    assert [r["severity"] for r in strict_intake.outputs(REJECTED)] == ["low", "high"]


def test_a_body_over_the_limit_leaves_its_size_and_nothing_else(intake: IntakeStage) -> None:
    """413 before parsing; the rejection is written by the edge, because there is no raw record."""
    answer = intake.post(b"[" * 10_485_761)

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")
    assert answer.headers["connection"] == "close"
    assert intake.log.of(RAW) == []
    (record,) = intake.log.of(REJECTED)
    rejected = orjson.loads(record.value or b"")
    assert (rejected["code"], rejected["size_bytes"]) == ("limit", 10_485_761)
    assert (rejected["stage"], rejected["tenant"]) == ("http", "northwick")


def test_long_headers_beside_a_long_body_make_no_record_that_kafka_refuses(
    intake: IntakeStage,
) -> None:
    """Such a record would fail every request of its round; its size is noted instead."""
    event = {"ce_id": "1", "ce_source": "s", "ce_type": "t", "ce_specversion": "1.0"}
    body = b"x" * (RAW_RECORD_BYTES - 64 * 1024 - 10)

    answer = intake.post(body, **event, ce_note="x" * 60_000)

    assert (answer.status_code, answer.json()["code"]) == (400, "undecodable")
    assert intake.log.of(RAW) == []
    assert len(intake.log.of(REJECTED)) == 1


def test_a_report_whose_headers_are_not_kept_is_not_accepted(intake: IntakeStage) -> None:
    """No 202 without a raw record; a server that reads longer heads than ours may bring some."""
    event = {"ce_id": "1", "ce_source": "s", "ce_type": "t", "ce_specversion": "1.0"}

    answer = intake.post(b'{"record_id": "1"}' + b" " * 10**6, **event, ce_note="x" * 800_000)

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")
    assert intake.log.of(RAW) == []
    assert [each.code for each in intake.statuses.refused.values()] == ["limit"]
    assert intake.statuses.statuses == {}


def test_a_gzip_bomb_is_over_the_limit(intake: IntakeStage) -> None:
    """Ten megabytes of blanks are refused without being parsed."""
    answer = intake.post(gzip.compress(b" " * 10_000_000), content_encoding="gzip")

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")


@pytest.mark.parametrize(
    "body",
    [b"[" * 200 + b"]" * 200, b'{"record_id": "1", "narrative": "' + b"x" * 2_000_000 + b'"}'],
    ids=["depth bomb", "two megabytes"],
)
def test_a_report_that_is_too_deep_or_too_long_is_over_the_limit(
    intake: IntakeStage, body: bytes
) -> None:
    """The limits of one report; its size is noted with its hash."""
    answer = intake.post(body)

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")
    assert intake.log.of(RAW) == []
    rejected = orjson.loads(intake.log.of(REJECTED)[0].value or b"")
    assert rejected["size_bytes"] == len(body)
    assert rejected["raw_sha256"] == answer.json()["sha256"]


def test_too_many_reports_are_over_the_limit(intake: IntakeStage) -> None:
    """A thousand a request."""
    answer = intake.post([{"record_id": str(n)} for n in range(1_001)])

    assert (answer.status_code, answer.json()["code"]) == (413, "limit")


def test_an_id_in_the_url_that_is_not_the_resources_is_refused(intake: IntakeStage) -> None:
    """Durable, and rejected by the normaliser although the resource alone would be mapped."""
    sent = {"resourceType": "AdverseEvent", "id": "b"}

    answer = intake.send("PUT", sent, "/v1/fhir/AdverseEvent/a", **FHIR)

    assert answer.status_code == 422
    assert [r["code"] for r in intake.outputs(REJECTED)] == ["no_record_id"]


def test_a_format_that_the_token_is_not_for_is_refused(intake: IntakeStage) -> None:
    """A credential may be bound to formats."""
    from shared.site.credentials import read_credentials, write_credentials

    file = intake.site.credentials_file
    known = read_credentials(file)
    write_credentials(file, [c.model_copy(update={"formats": ("fhir",)}) for c in known])

    answer = intake.post({"record_id": "1"})

    assert (answer.status_code, answer.json()["code"]) == (422, "not_supported")
    assert [r["code"] for r in intake.outputs(REJECTED)] == ["not_supported"]


def test_a_mapper_that_fails_on_one_report_holds_no_other_back(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its siblings are published; it is kept by itself, and refused by itself."""
    monkeypatch.setattr("services.intake.domain.receive.regularise", failing_if_bad)

    answer = intake.post([{"record_id": name} for name in ("1", "bad", "3")])

    assert [each.get("code") for each in answer.json()["reports"]] == [None, "mapper_error", None]
    assert len(intake.log.of(RAW)) == 3
    assert len(intake.outputs("incident.reported.v1")) == 2
    assert [r["code"] for r in intake.outputs(REJECTED)] == ["mapper_error"]


def test_what_fails_whole_and_is_too_large_to_keep_is_not_said_to_be_kept(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503: the sender sends it again, which he is told not to do with what is durable."""
    monkeypatch.setattr("services.intake.domain.receive.divide", lambda *_: 1 / 0)

    answer = intake.post(b"x" * RAW_RECORD_BYTES)

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert intake.log.of(RAW) == intake.log.of(REJECTED) == []


def test_a_trial_on_which_the_mapper_fails_promises_nothing(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is stored, so nothing is said to be durable."""
    monkeypatch.setattr("services.intake.domain.receive.regularise", failing_if_bad)

    (told,) = intake.post({"record_id": "bad"}, "/v1/incidents:validate").json()["reports"]

    assert told["code"] == "mapper_error"
    assert "durable" not in told["detail"]


def test_a_mapper_that_fails_does_not_lose_the_report(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, durable already; the normaliser maps it as soon as the mapper works again."""
    with monkeypatch.context() as patched:
        patched.setattr("services.intake.domain.receive.regularise", failing_if_bad)
        answer = intake.post({"record_id": "1", "narrative": "bad canary"})

    assert (answer.status_code, answer.json()["code"]) == (500, "mapper_error")
    assert "already durable" in answer.json()["detail"]
    assert "canary" not in answer.text
    assert len(intake.outputs("incident.reported.v1")) == 1

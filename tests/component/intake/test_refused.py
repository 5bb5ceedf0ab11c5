"""What a bad payload gets (formats.md section 11): its status, its code, what is kept of it."""

import gzip
from typing import Any

import orjson
import pytest

from tests.builders.intake_edge import IntakeStage, an_intake

RAW = "incident.raw.v1"
REJECTED = "incident.rejected.v1"
FHIR = {"content_type": "application/fhir+json"}
XML = b"<?xml version='1.0'?><ichicsr lang='en'><canary/></ichicsr>"
STUDY = {"resourceType": "AdverseEvent", "id": "1", "study": [{"reference": "ResearchStudy/1"}]}

ROWS: list[tuple[str, Any, dict[str, str], int, str]] = [
    ("not JSON", b'{"record_id": "canary"', {}, 400, "undecodable"),
    ("empty", b"", {}, 400, "undecodable"),
    ("bad UTF-8", b'{"record_id": "canary\xff"}', {}, 400, "undecodable"),
    ("bad gzip", b"canary", {"content_encoding": "gzip"}, 400, "undecodable"),
    ("unknown encoding", b"canary", {"content_encoding": "br"}, 415, "unknown_format"),
    ("unknown type", b"canary", {"content_type": "image/png"}, 415, "unknown_format"),
    ("unknown shape", {"canary": 1}, {}, 415, "unknown_format"),
    ("drug-safety XML", XML, {"content_type": "application/xml"}, 415, "not_an_incident"),
    ("event without id", {}, {"ce_specversion": "1.0"}, 400, "cloudevent_invalid"),
    ("no record id", {"record_id": " ", "kind": "incident"}, {}, 422, "no_record_id"),
    ("other resource", {"resourceType": "Patient", "id": "canary"}, {}, 422, "not_supported"),
    ("research", STUDY, {}, 422, "not_an_incident"),
    ("another tenant", {"record_id": "1", "tenant": "southmoor"}, {}, 403, "tenant_mismatch"),
    (
        "policy",
        {"record_id": "1", "confidentiality": {"restricted": True}},
        {},
        422,
        "refused_by_policy",
    ),
]


@pytest.fixture
def strict_intake(tmp_path: Any) -> IntakeStage:
    """An intake whose tenant refuses restricted reports."""
    from tests.builders.site import a_tenant_document, a_tenant_file

    stage = an_intake(tmp_path)
    a_tenant_file(stage.site, a_tenant_document(privacy={"restricted": "refuse"}))
    return stage


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_a_refused_body_is_durable_before_the_sender_is_told(
    strict_intake: IntakeStage, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    """The status and code of the table; the record is on the raw topic, then on the rejections."""
    answer = strict_intake.post(body, **headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(strict_intake.log.of(RAW)) == 1
    (rejected,) = strict_intake.outputs(REJECTED)
    assert (rejected["code"], rejected["tenant"]) == (code, "northwick")
    assert rejected["raw_sha256"] == answer.json()["sha256"]


@pytest.mark.parametrize(
    ("body", "headers"), [(r[1], r[2]) for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_no_value_of_the_payload_is_in_an_answer(
    strict_intake: IntakeStage, body: Any, headers: dict[str, str]
) -> None:
    """What happened, why it matters, what to do; never what was sent."""
    answer = strict_intake.post(body, **headers)

    assert "canary" not in answer.text
    assert {"type", "title", "status", "detail", "code", "doc"} <= answer.json().keys()


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS]
)
def test_fhir_senders_get_an_operation_outcome(
    strict_intake: IntakeStage, body: Any, headers: dict[str, str], status: int, code: str
) -> None:
    """The same refusals on a FHIR address, as FHIR tells them."""
    answer = strict_intake.post(body, "/v1/fhir/AdverseEvent", **headers)

    (issue,) = answer.json()["issue"]
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert answer.status_code == status
    assert issue["severity"] == "error"
    assert issue["details"]["coding"][0]["code"] == code


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


def test_a_mapper_that_fails_does_not_lose_the_report(
    intake: IntakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500, durable already; the normaliser maps it as soon as the mapper works again."""
    from services.intake.http import acceptance

    def broken(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(acceptance, "receive", broken)
    answer = intake.post({"record_id": "1"})

    assert (answer.status_code, answer.json()["code"]) == (500, "mapper_error")
    assert "canary" not in answer.text
    assert len(intake.outputs("incident.reported.v1")) == 1

"""What the API says of itself: complete, true, and readable without the internet."""

import re

import jsonschema
import pytest

from services.intake.http.problems import ADVICE
from services.intake.http.schemas import (
    AcceptedReport,
    Preview,
    ProblemDocument,
    ReportAnswers,
)
from shared.contracts.words import RejectionCode
from tests.builders.intake_edge import IntakeStage

REPORT = {"record_id": "1", "kind": "no such kind"}
TRIAGE_ONLY = {RejectionCode.DUPLICATE, RejectionCode.DECIDE_ERROR, RejectionCode.TOO_LARGE}


def test_the_openapi_document_is_of_version_31_and_names_every_address(
    intake: IntakeStage,
) -> None:
    """All routes of issue 3, each with its bodies and the token."""
    document = intake.client.get("/openapi.json").json()

    assert document["openapi"].startswith("3.1")
    assert {
        "/v1/incidents",
        "/v1/incidents:validate",
        "/v1/fhir",
        "/v1/fhir/AdverseEvent",
        "/v1/fhir/AdverseEvent/{fhir_id}",
    } <= document["paths"].keys()
    assert document["paths"]["/v1/incidents"]["post"]["security"][0] == {"token": []}


def test_every_reference_in_the_document_resolves(intake: IntakeStage) -> None:
    """No schema is missing, and each is a valid JSON Schema."""
    answer = intake.client.get("/openapi.json")
    schemas = answer.json()["components"]["schemas"]

    named = set(re.findall(r'"#/components/schemas/([^"]+)"', answer.text))
    assert named <= schemas.keys()
    for schema in schemas.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_real_answers_are_as_published(intake: IntakeStage) -> None:
    """The models of OpenAPI are those of the answers."""
    AcceptedReport.model_validate_json(intake.post(REPORT).content)
    ReportAnswers.model_validate_json(intake.post([REPORT, REPORT, {}]).content)
    Preview.model_validate_json(intake.post([REPORT, {}], "/v1/incidents:validate").content)
    ProblemDocument.model_validate_json(intake.post(b"{").content)


def test_the_page_explains_every_refusal_and_loads_nothing(intake: IntakeStage) -> None:
    """No script, no font, no picture from elsewhere; an anchor for each `doc` link."""
    answer = intake.client.get("/docs")

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<link|<img|src=|@import|url\(", answer.text)
    for code in ADVICE:
        assert f'id="{code}"' in answer.text
    assert "A FHIR R4 AdverseEvent." in answer.text
    assert "&quot;record_id&quot;: &quot;2026-0417&quot;" in answer.text


def test_every_code_of_intake_has_advice() -> None:
    """A refusal never ends in an answer without words."""
    codes = {code.value for code in RejectionCode if code not in TRIAGE_ONLY}

    assert codes <= ADVICE.keys()
    assert all(len(advice.detail) > 60 and 400 <= advice.status < 600 for advice in ADVICE.values())


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/nowhere", 404, "not_found"), ("GET", "/v1/incidents", 405, "method_not_allowed")],
)
def test_a_wrong_address_is_answered_with_advice(
    intake: IntakeStage, method: str, path: str, status: int, code: str
) -> None:
    """Problem details, like every other refusal."""
    answer = intake.client.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_answers_are_counted_and_not_cached(intake: IntakeStage) -> None:
    """A counter per tenant and status; no answer stays in a cache."""
    answer = intake.post(REPORT)

    assert answer.headers["cache-control"] == "no-store"
    counted = 'intake_answers_total{state="202",tenant="northwick"} 1'
    assert counted in intake.client.get("/metrics").text

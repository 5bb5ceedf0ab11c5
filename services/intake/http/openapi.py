"""The OpenAPI 3.1 document: what FastAPI cannot see of routes that read their own bodies."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.intake.http.problems import FHIR_TYPE, PROBLEM_TYPE
from services.intake.http.schemas import AcceptedReport, Preview, ProblemDocument, ReportAnswers
from shared.contracts import IncidentReport

_REFERENCE: Final = "#/components/schemas/{model}"
TITLE: Final = "Peerline intake"
DESCRIPTION: Final = (
    "Takes incident reports in. A report is answered with 202 only once it is durable; until then "
    "count it as not sent and send it again: the same report always gets the same event_id. "
    "Whatever cannot be read in an accepted report becomes unknown and is named under quality."
)
_REPORT: Final = {"$ref": _REFERENCE.format(model="IncidentReport")}
_RESOURCE: Final = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {"resourceType": {"type": "string"}},
}
_EVENT: Final = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1},
        "type": {"type": "string", "minLength": 1},
        "data": {},
    },
}
REPORT_BODY: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "pack",
            "in": "query",
            "required": False,
            "description": "How rows are mapped; needed for text/csv unless the source has a pack.",
            "schema": {"type": "string", "maxLength": 64},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [_REPORT, {"type": "array", "items": _REPORT}]}
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": {"type": "array", "items": _EVENT}},
            FHIR_TYPE: {"schema": _RESOURCE},
        },
    },
}
FHIR_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {FHIR_TYPE: {"schema": _RESOURCE}}}
}


def _problem(told: str) -> dict[str, Any]:
    reference = {"$ref": _REFERENCE.format(model="ProblemDocument")}
    return {"description": told, "content": {PROBLEM_TYPE: {"schema": reference}}}


_REFUSALS: Final[Mapping[int, str]] = {
    400: "Not JSON, not UTF-8, bad gzip, or a CloudEvent that breaks version 1.0.",
    401: "No valid token.",
    403: "The report is for another tenant or source system than the token.",
    408: "The body did not arrive in time.",
    413: "A limit is passed; only the size is noted.",
    415: "No format that is known.",
    422: "No record id, no incident, or refused by the tenant's policy.",
    429: "Too many requests; Retry-After says when to come again.",
    500: "A fault of Peerline; the report is durable.",
    503: "Nothing was accepted; Retry-After says when to send it again.",
}
REPORT_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": AcceptedReport | ReportAnswers, "description": "Durable."},
    200: {"model": ReportAnswers, "description": "Some of several reports are durable."},
    **{status: _problem(told) for status, told in _REFUSALS.items()},
}
PREVIEW_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": Preview, "description": "What would become of each report."},
    **{status: _problem(_REFUSALS[status]) for status in (401, 403, 408, 413, 429, 503)},
}


def _outcome(told: str) -> dict[str, Any]:
    return {"description": told, "content": {FHIR_TYPE: {"schema": _RESOURCE}}}


FHIR_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: _outcome("Durable: OperationOutcome, or a response Bundle."),
    200: _outcome("A response Bundle: some of its entries are durable."),
    **{status: _outcome(told) for status, told in _REFUSALS.items()},
}


def publish(app: FastAPI, version: str) -> None:
    """Make `app.openapi` return the whole document, built once."""
    kept: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not kept:
            kept.update(_document(app, version))
        return kept

    app.openapi = document  # type: ignore[method-assign] # FastAPI's own way to extend it


def _document(app: FastAPI, version: str) -> dict[str, Any]:
    document = get_openapi(title=TITLE, version=version, description=DESCRIPTION, routes=app.routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for model in (IncidentReport, ProblemDocument):
        schema = model.model_json_schema(ref_template=_REFERENCE)
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith("/v1/"):
                operation["security"] = [{"token": []}]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document

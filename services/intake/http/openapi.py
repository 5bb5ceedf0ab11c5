"""The OpenAPI 3.1 document: what FastAPI cannot see of routes that read their own bodies."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from services.intake.http.enquiries import DEFAULT_PAGE, FEWEST, MOST
from services.intake.http.examples import BUNDLES, EVENTS, REPORTS, shown
from services.intake.http.problems import FHIR_TYPE, PROBLEM_TYPE
from services.intake.http.schemas import (
    AcceptedReport,
    Preview,
    ProblemDocument,
    RejectionPage,
    ReportAnswers,
    ReportStatus,
)
from shared.contracts import IncidentReport

_REFERENCE: Final = "#/components/schemas/{model}"
METRICS_TYPE: Final = "text/plain"
TITLE: Final = "Peerline intake"
DESCRIPTION: Final = (
    "Takes incident reports in. A report is answered with 202 only once it is durable; until then "
    "count it as not sent and send it again: the same report always gets the same event_id. "
    "Whatever cannot be read in an accepted report becomes unknown and is named under quality."
)
_GENERATED_422: Final = "HTTPValidationError"
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
_BODIES: Final[Mapping[str, dict[str, Any]]] = {
    "application/json": {"anyOf": [_REPORT, {"type": "array", "items": _REPORT}]},
    "application/x-ndjson": {"type": "string"},
    "text/csv": {"type": "string"},
    "application/cloudevents+json": _EVENT,
    "application/cloudevents-batch+json": {"type": "array", "items": _EVENT},
    FHIR_TYPE: _RESOURCE,
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
            media_type: {"schema": schema, "examples": shown(REPORTS[media_type])}
            for media_type, schema in _BODIES.items()
        },
    },
}


def _fhir_body(examples: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    content = {FHIR_TYPE: {"schema": _RESOURCE, "examples": shown(examples)}}
    return {"requestBody": {"required": True, "content": content}}


EVENT_BODY: Final = _fhir_body(EVENTS)
BUNDLE_BODY: Final = _fhir_body(BUNDLES)


def _schema(model: str) -> dict[str, Any]:
    return {"schema": {"$ref": _REFERENCE.format(model=model)}}


def _problem(told: str) -> dict[str, Any]:
    return {"description": told, "content": {PROBLEM_TYPE: _schema("ProblemDocument")}}


def _refusal(told: str) -> dict[str, Any]:
    # Of the whole request; report by report; and as whoever sends FHIR is answered.
    content = {
        PROBLEM_TYPE: _schema("ProblemDocument"),
        "application/json": _schema("ReportAnswers"),
        FHIR_TYPE: {"schema": _RESOURCE},
    }
    return {"description": told, "content": content}


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
    202: {
        "model": AcceptedReport | ReportAnswers,
        "description": "Durable.",
        "content": {FHIR_TYPE: {"schema": _RESOURCE}},
    },
    200: {
        "model": ReportAnswers,
        "description": "Some of several reports are durable.",
        "content": {FHIR_TYPE: {"schema": _RESOURCE}},
    },
    **{status: _refusal(told) for status, told in _REFUSALS.items()},
}
METRICS_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "Counters.", "content": {METRICS_TYPE: {"schema": {"type": "string"}}}},
}
PREVIEW_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": Preview, "description": "What would become of each report."},
    **{status: _refusal(_REFUSALS[status]) for status in (401, 403, 408, 413, 429, 503)},
}


_ASKED: Final[dict[int | str, dict[str, Any]]] = {
    401: _problem(_REFUSALS[401]),
    429: _problem(_REFUSALS[429]),
    503: _problem("Statuses cannot be read now; Retry-After says when to ask again."),
}
STATUS_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": ReportStatus, "description": "Where the report is."},
    404: _problem("This token has no report with that event id."),
    **_ASKED,
}
REJECTION_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": RejectionPage, "description": "One page; ask again with since = next."},
    400: _problem("since or limit cannot be read."),
    **_ASKED,
}
_SINCE: Final = (
    "A moment with its zone, or the `next` of an earlier page, which misses none. Default: all."
)
REJECTION_QUERY: Final[dict[str, Any]] = {
    "parameters": [
        {
            "name": "since",
            "in": "query",
            "description": _SINCE,
            "schema": {
                "anyOf": [
                    {"type": "string", "format": "date-time"},
                    {"type": "string", "pattern": "^[0-9T:.-]+Z~[0-9a-f-]{36}$"},
                ]
            },
        },
        {
            "name": "limit",
            "in": "query",
            "description": "How many at most.",
            "schema": {
                "type": "integer",
                "minimum": FEWEST,
                "maximum": MOST,
                "default": DEFAULT_PAGE,
            },
        },
    ]
}


def _outcome(told: str) -> dict[str, Any]:
    return {"description": told, "content": {FHIR_TYPE: {"schema": _RESOURCE}}}


EVENT_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    202: _outcome("Durable."),
    **{status: _outcome(told) for status, told in _REFUSALS.items()},
}
BUNDLE_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    **EVENT_RESPONSES,
    202: _outcome("Durable: OperationOutcome, or a response Bundle."),
    200: _outcome("A response Bundle: some of its entries are durable."),
}
DELETE_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    status: EVENT_RESPONSES[status] for status in (202, 401, 403, 408, 413, 422, 429, 500, 503)
}
READY_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    503: {"description": "Something is missing; `failed` says what."},
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
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "certificate": {"type": "mutualTLS"},
    }
    for path, methods in document["paths"].items():
        for operation in methods.values():
            if path.startswith("/v1/"):
                operation["security"] = [{"token": []}, {"certificate": []}]
            if _GENERATED_422 in str(operation["responses"].get("422")):
                del operation["responses"]["422"]  # FastAPI's own; no parameter here is refused so
    for unused in (_GENERATED_422, "ValidationError"):
        schemas.pop(unused, None)
    return document

"""Requests to start from, shown in OpenAPI; each is taken as it stands, which a test sends."""

import json
from typing import Any, Final

_REPORT: Final[dict[str, Any]] = {
    "record_id": "2026-0417",
    "kind": "incident",
    "occurred": {"at": "2026-03-01T22:10:00Z"},
    "location": {"unit_id": "picu", "place_type": "inpatient"},
    "categories": ["medication"],
    "patients": [{"age_years": 4, "harm": "death", "died": True}],
    "staff": [
        {
            "id": {"system": "login", "value": "a.person"},
            "role": "nurse",
            "involvement": "direct",
        }
    ],
}
_NEAR_MISS: Final = {"record_id": "2026-0418", "kind": "near_miss"}
_EVENT: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "9a1c",
    "source": "/risk/northwick",
    "type": "example.incident.updated",
    "time": "2026-03-02T08:00:00Z",
    "sequence": "1",
    "data": _REPORT,
}
_ROWS: Final = "record_id,kind,occurred_date,unit_id\n2026-0419,incident,2026-03-01,picu\n"
_ADVERSE_EVENT: Final[dict[str, Any]] = {
    "resourceType": "AdverseEvent",
    "id": "ae-1",
    "actuality": "actual",
    "category": [{"coding": [{"code": "medication-mishap"}]}],
    "subject": {"reference": "Patient/p1"},
    "date": "2026-03-01T22:10:00Z",
    "contributor": [{"identifier": {"system": "login", "value": "a.person"}}],
}
_BUNDLE: Final[dict[str, Any]] = {
    "resourceType": "Bundle",
    "type": "batch",
    "entry": [{"resource": _ADVERSE_EVENT}],
}


def _lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


# Media type → name → (what it shows, the body).
REPORTS: Final[dict[str, dict[str, tuple[str, Any]]]] = {
    "application/json": {
        "one": ("One report: a death, a nurse is named.", _REPORT),
        "several": ("Several reports; each gets an answer.", [_REPORT, _NEAR_MISS]),
    },
    "application/x-ndjson": {"lines": ("A report per line.", _lines(_REPORT, _NEAR_MISS))},
    "text/csv": {"rows": ("With ?pack=generic, whose columns are named as our fields.", _ROWS)},
    "application/cloudevents+json": {"event": ("A report in a CloudEvent.", _EVENT)},
    "application/cloudevents-batch+json": {"batch": ("CloudEvents together.", [_EVENT])},
    "application/fhir+json": {"event": ("A FHIR R4 AdverseEvent.", _ADVERSE_EVENT)},
}
EVENTS: Final = {"event": ("A FHIR R4 AdverseEvent.", _ADVERSE_EVENT)}
BUNDLES: Final = {"batch": ("Each entry is taken by itself.", _BUNDLE)}


def shown(examples: dict[str, tuple[str, Any]]) -> dict[str, Any]:
    """Return examples as OpenAPI writes them."""
    return {name: {"summary": told, "value": body} for name, (told, body) in examples.items()}

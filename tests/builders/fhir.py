"""Builders of FHIR resources, one AdverseEvent per release, with every field that we read."""

from typing import Any


def a_concept(code: str | None, system: str = "urn:codes", **fields: Any) -> dict[str, Any]:
    """Return a CodeableConcept with one coding."""
    coding = {"system": system} | ({} if code is None else {"code": code})
    return {"coding": [coding]} | fields


def an_r4_event(**overrides: Any) -> dict[str, Any]:
    """Return an R4 AdverseEvent: a mild rash after a medication; None removes a field."""
    return _without_none(
        {
            "resourceType": "AdverseEvent",
            "id": "ae-1",
            "identifier": {"system": "urn:risk", "value": "49476534"},
            "actuality": "actual",
            "category": [a_concept("product-use-error")],
            "event": a_concept("304386008", "http://snomed.info/sct", text="a rash on the arm"),
            "subject": {"reference": "Patient/p1"},
            "date": "2026-03-01T12:34:56Z",
            "detected": "2026-03-01T13:00:00Z",
            "recordedDate": "2026-03-01T14:00:00Z",
            "location": {"reference": "Location/ward-7"},
            "severity": a_concept("mild"),
            "outcome": a_concept("resolved"),
            "recorder": {"reference": "Practitioner/r1"},
            "contributor": [{"reference": "Practitioner/c1"}],
            "suspectEntity": [{"instance": {"reference": "Medication/m1"}}],
        }
        | overrides
    )


def an_r5_event(**overrides: Any) -> dict[str, Any]:
    """Return an R5 AdverseEvent: a death, a witness named; None removes a field."""
    return _without_none(
        {
            "resourceType": "AdverseEvent",
            "id": "ae-5",
            "identifier": [{"system": "urn:risk", "value": "5"}],
            "status": "in-progress",
            "actuality": "actual",
            "category": [a_concept("medication-mishap")],
            "code": a_concept("304386008", "http://snomed.info/sct"),
            "subject": {"reference": "Patient/p1"},
            "occurrenceDateTime": "2026-03-01T12:34:56Z",
            "recordedDate": "2026-03-01T14:00:00Z",
            "outcome": [a_concept("C48275")],
            "recorder": {"reference": "Practitioner/r1"},
            "participant": [
                {"function": a_concept("WIT"), "actor": {"reference": "Practitioner/w1"}}
            ],
            "suspectEntity": [{"instanceReference": {"reference": "Device/d1"}}],
            "note": [{"text": "the pump ran empty"}],
        }
        | overrides
    )


def an_stu3_event(**overrides: Any) -> dict[str, Any]:
    """Return an STU3 AdverseEvent: the same rash as `an_r4_event`; None removes a field."""
    return _without_none(
        {
            "resourceType": "AdverseEvent",
            "id": "ae-1",
            "identifier": {"system": "urn:risk", "value": "49476534"},
            "category": "AE",
            "type": a_concept("304386008", "http://snomed.info/sct"),
            "subject": {"reference": "Patient/p1"},
            "date": "2026-03-01T12:34:56Z",
            "seriousness": a_concept("Mild"),
            "recorder": {"reference": "Practitioner/r1"},
            "eventParticipant": {"reference": "Practitioner/c1"},
            "description": "a rash on the arm",
            "suspectEntity": [{"instance": {"reference": "Medication/m1"}}],
        }
        | overrides
    )


def a_bundle(*resources: dict[str, Any], kind: str = "collection") -> dict[str, Any]:
    """Return a Bundle of the resources, with a full URL for each that has an id."""
    return {
        "resourceType": "Bundle",
        "type": kind,
        "entry": [_entry(resource) for resource in resources],
    }


def _entry(resource: dict[str, Any]) -> dict[str, Any]:
    address = f"https://fhir.example/{resource.get('resourceType')}/{resource.get('id')}"
    return {"fullUrl": address, "resource": resource}


def _without_none(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}

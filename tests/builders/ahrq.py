"""Builders of forms of AHRQ's Common Formats 1.2, filled in as FHIR QuestionnaireResponse."""

from typing import Any

MEDICATION, EVENT, PATIENT = "74080-3", "74495-3", "74502-6"


def a_choice(code: str | None = None, display: str | None = None) -> dict[str, Any]:
    """Return a chosen answer."""
    coding = {"system": "http://loinc.org", "code": code, "display": display}
    return {"valueCoding": {name: value for name, value in coding.items() if value is not None}}


YES, NO = a_choice("LA33-6", "Yes"), a_choice("LA32-8", "No")


def a_form(form: str = EVENT, *, event_id: str | None = "456", **overrides: Any) -> dict[str, Any]:
    """Return an event form: a fall with severe harm, by a nurse; None removes a field.

    `answers` are by the code of their question; those given replace the usual ones.
    """
    usual = {
        "74081-1": [] if event_id is None else [{"valueString": event_id}],
        "30947-6": [{"valueDate": "2026-03-01"}],
        "74079-5": [a_choice(display="Incident: a patient safety event that reached the patient")],
        "74552-1": [a_choice(display="Fall")],
        "74554-7": [{"valueString": "found beside the bed"}],
        "74560-4": [a_choice("LA20748-2", "Severe harm")],
    }
    answers = usual | overrides.pop("answers", {})
    items = [{"linkId": f"{form}/{code}", "answer": given} for code, given in answers.items()]
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "qr-1",
        "status": "completed",
        "authored": "2026-03-01T23:00:00Z",
        "subject": {"reference": "Patient/123", "display": "Jane Smith"},
        "source": {"reference": "Practitioner/n1"},
        "item": [{"linkId": f"head/{form}", "item": items}],
    } | overrides
    return {name: value for name, value in response.items() if value is not None}

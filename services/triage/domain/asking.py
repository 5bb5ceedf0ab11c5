"""Questions to a report's publisher: which field to fill in, and what the answer could change."""

from collections.abc import Iterator
from typing import Final

from services.triage.domain.judging import Findings
from shared.contracts import IncidentReported, TriageQuestion

_POINTERS: Final = {
    "incident.place_type": "/location/place_type",
    "incident.occurred_at": "/occurred",
    "proceedings.types": "/proceedings",
    "proceedings.names_staff": "/proceedings",
    "proceedings.names_this_person": "/proceedings",
    "team.headcount": "/team_headcount",
    "team.units": "/staff",
    "team.named": "/staff",
}
_OF_REPORTER: Final = frozenset({"role", "involvement"})


def ask(report: IncidentReported, findings: Findings) -> tuple[TriageQuestion, ...]:
    """Return one question per field of the report, sorted by its JSON Pointer."""
    texts: dict[str, str] = {}
    changes: dict[str, set[str]] = {}
    for verdict in findings.verdicts:
        for question in verdict.finding.questions:
            pointer = pointer_of(question.field, report, verdict.subject)
            texts.setdefault(pointer, question.text)
            changes.setdefault(pointer, set()).update(question.would_change)
    return tuple(
        TriageQuestion(
            tenant=report.tenant,
            incident_key=report.incident_key,
            event_id=report.event_id,
            field=pointer,
            text=texts[pointer],
            would_change=tuple(sorted(changes[pointer])),
            asked_for=report.received_at,
        )
        for pointer in sorted(texts)
    )


def pointer_of(fact: str, report: IncidentReported, subject: str | None) -> str:
    """Return the place in the report that would state a fact, for one person or (None) anybody."""
    if fact in _POINTERS:
        return _POINTERS[fact]
    room, _, field = fact.partition(".")
    if room == "incident":
        return f"/{field}"
    if room == "patient":
        return f"/patients/{next(_unstated(report, field), 0)}/{field}"
    if room == "staff":
        return _staff_pointer(field, report, subject)
    return f"/{room}/{field}"


def _unstated(report: IncidentReported, field: str) -> Iterator[int]:
    for index, patient in enumerate(report.patients or ()):
        if getattr(patient, field) is None:
            yield index


def _staff_pointer(field: str, report: IncidentReported, subject: str | None) -> str:
    if subject is None:
        return "/staff"
    for index, member in enumerate(report.staff or ()):
        if member.person_ref == subject:
            return f"/staff/{index}/{field}"
    reporter = report.reporter
    if reporter and reporter.person_ref == subject and field in _OF_REPORTER:
        return f"/reporter/{field}"
    return "/staff"

"""Who was involved in a FHIR event: reporter, participants, a member of staff as the subject."""

from collections.abc import Iterator
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, objects
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_people import STAFF_TYPES, TEAM_TYPES, staff_entry
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from shared.contracts.words import Involvement, ReporterType, TeamHintReason

_REPORTER_TYPES: Final = {
    "Patient": ReporterType.PATIENT.value,
    "RelatedPerson": ReporterType.RELATIVE.value,
    **dict.fromkeys(STAFF_TYPES, ReporterType.STAFF.value),
}


def involved(event: Event, notes: Notes) -> tuple[dict[str, Any], TeamHintReason | None]:
    """Return staff and reporter, and the reason for a team hint where a team is referenced."""
    staff: list[dict[str, Any]] = []
    is_team = False
    for target, involvement in _actors(event, notes):
        if target.type in STAFF_TYPES:
            staff.append(staff_entry(target, event.resources, notes) | involvement)
        is_team = is_team or target.type in TEAM_TYPES
    people = {
        "staff": staff or None,
        "reporter": reporter_of(event.fields.get("recorder"), event.resources, notes),
    }
    return people, TeamHintReason.TEAM_REFERENCE if is_team else None


def _actors(event: Event, notes: Notes) -> Iterator[tuple[Target, dict[str, str]]]:
    subject, resources = event.subject, event.resources
    if subject is not None and subject.type in STAFF_TYPES:
        yield subject, {"involvement": Involvement.INJURED.value}
    for item in objects(event.fields.get(event.release.people)):
        target = resources.resolve(item)
        if target is not None:
            yield target, {}
        elif (target := resources.resolve(item.get("actor"))) is not None:
            yield target, _involvement(item.get("function"), notes)


def _involvement(function: object, notes: Notes) -> dict[str, str]:
    table = notes.context.tables.fhir["involvement"]
    known: set[str] = set()
    for code in codes(function):
        if code in table:
            known.add(table[code])
        else:
            notes.unmapped("/staff/*/involvement", code)
    word = min(known - {"unknown"}, default=None)
    return {} if word is None else {"involvement": word}


def reporter_of(actors: object, resources: Resources, notes: Notes) -> dict[str, Any] | None:
    """Return the reporter that the first reference which says anything leads to."""
    for item in objects(actors):
        target = resources.resolve(item)
        if target is not None:
            return _reporter(target, resources, notes)
    return None


def _reporter(target: Target, resources: Resources, notes: Notes) -> dict[str, Any]:
    kind = _REPORTER_TYPES.get(target.type or "")
    if kind == ReporterType.STAFF.value:
        return staff_entry(target, resources, notes) | {"type": kind}
    # Patients and relatives are no colleagues: nothing that identifies them goes on.
    return {"type": kind or ReporterType.OTHER.value}

"""Who was involved in a FHIR event: reporter, participants, a member of staff as the subject."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, identifiers, objects
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_harm import is_fatal
from services.intake.domain.fhir_identity import note_modifiers
from services.intake.domain.fhir_people import STAFF_TYPES, TEAM_TYPES, staff_entry
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from shared.contracts.words import Involvement, QualityFlag, ReporterType, TeamHintReason

_REPORTER_TYPES: Final = {
    "Patient": ReporterType.PATIENT.value,
    "RelatedPerson": ReporterType.RELATIVE.value,
}
# R4, STU3, R5: a field of one release may stand in an event of another. In the first two nobody but
# staff (or a device) may stand, so that a name alone says enough.
_PEOPLE: Final = (("contributor", True), ("eventParticipant", True), ("participant", False))


def involved(event: Event, notes: Notes) -> tuple[dict[str, Any], TeamHintReason | None]:
    """Return staff and reporter, and the reason for a team hint where a team is referenced."""
    staff: list[dict[str, Any]] = []
    is_team = False
    for target, involvement, are_all_staff in _actors(event, notes):
        if _is_staff(target, notes, are_all_staff=are_all_staff):
            staff.append(staff_entry(target, event.resources, notes) | involvement)
        is_team = is_team or target.type in TEAM_TYPES
    staff = _without_the_dead(staff, event, notes)
    people = {
        "staff": staff or None,
        "reporter": reporter_of(event.fields.get("recorder"), event.resources, notes),
    }
    return people, TeamHintReason.TEAM_REFERENCE if is_team else None


def _is_staff(target: Target, notes: Notes, *, are_all_staff: bool) -> bool:
    """Tell whether an actor is staff, by its type or else by what the element may hold."""
    if target.type is not None:
        return target.type in STAFF_TYPES
    systems = (system for system, _ in identifiers(target.identifier))
    if are_all_staff or any(system in notes.context.staff_systems for system in systems):
        return True
    # A patient's relative or a team may stand here too: nobody is contacted on a guess.
    notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
    return False


def _without_the_dead(
    staff: list[dict[str, Any]], event: Event, notes: Notes
) -> list[dict[str, Any]]:
    """Return whom one may still write to: not the colleague whom the event killed."""
    subject = event.subject
    if subject is None or subject.type not in STAFF_TYPES or not is_fatal(event, notes):
        return staff
    dead = _identity(staff_entry(subject, event.resources, notes))
    return [each for each in staff if _identity(each) != dead]


def _identity(entry: Mapping[str, Any]) -> object:
    return entry.get("id", entry.get("name"))


def _actors(event: Event, notes: Notes) -> Iterator[tuple[Target, dict[str, str], bool]]:
    """Yield who took part, how, and whether the element can hold nobody else than staff."""
    subject, resources = event.subject, event.resources
    if subject is not None and subject.type in STAFF_TYPES:
        yield subject, {"involvement": Involvement.INJURED.value}, True
    for name, are_all_staff in _PEOPLE:
        for item in objects(event.fields.get(name)):
            note_modifiers(item, notes)
            target = resources.resolve(item)
            if target is not None:
                yield target, {}, are_all_staff
            elif (target := resources.resolve(item.get("actor"))) is not None:
                yield target, _involvement(item.get("function"), notes), are_all_staff


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


def _reporter(target: Target, resources: Resources, notes: Notes) -> dict[str, Any] | None:
    if _is_staff(target, notes, are_all_staff=False):
        return staff_entry(target, resources, notes) | {"type": ReporterType.STAFF.value}
    if target.type is None:
        return None
    # Patients and relatives are no colleagues: nothing that identifies them goes on.
    return {"type": _REPORTER_TYPES.get(target.type, ReporterType.OTHER.value)}

"""Who was involved in a FHIR event: reporter, participants, a member of staff as the subject."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, identifiers, objects
from services.intake.domain.fhir_harm import is_fatal
from services.intake.domain.fhir_people import STAFF_TYPES, TEAM_TYPES, staff_entry
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.fhir_release import Release
from services.intake.domain.notes import Notes
from services.intake.domain.readers import listed
from shared.contracts.words import Involvement, QualityFlag, ReporterType, TeamHintReason

_REPORTER_TYPES: Final = {
    "Patient": ReporterType.PATIENT.value,
    "RelatedPerson": ReporterType.RELATIVE.value,
}


def involved(
    event: Mapping[str, Any], release: Release, resources: Resources, notes: Notes
) -> tuple[dict[str, Any], TeamHintReason | None]:
    """Return staff and reporter, and the reason for a team hint where a team is referenced."""
    staff: list[dict[str, Any]] = []
    is_team = False
    for target, involvement in _actors(event, release, resources, notes):
        if _is_staff(target, notes, are_all_staff=release.are_people_staff):
            staff.append(staff_entry(target, resources, notes) | involvement)
        is_team = is_team or target.type in TEAM_TYPES
    staff = _without_the_dead(staff, event, resources, notes)
    people = {
        "staff": staff or None,
        "reporter": reporter_of(event.get("recorder"), resources, notes),
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
    staff: list[dict[str, Any]], event: Mapping[str, Any], resources: Resources, notes: Notes
) -> list[dict[str, Any]]:
    """Return whom one may still write to: not the colleague whom the event killed."""
    subject = resources.resolve(event.get("subject"))
    if subject is None or subject.type not in STAFF_TYPES or not is_fatal(event, notes):
        return staff
    dead = _identity(staff_entry(subject, resources, notes))
    return [each for each in staff if _identity(each) != dead]


def _identity(entry: Mapping[str, Any]) -> object:
    return entry.get("id", entry.get("name"))


def _actors(
    event: Mapping[str, Any], release: Release, resources: Resources, notes: Notes
) -> Iterator[tuple[Target, dict[str, str]]]:
    subject = resources.resolve(event.get("subject"))
    if subject is not None and subject.type in STAFF_TYPES:
        yield subject, {"involvement": Involvement.INJURED.value}
    for item in listed(event.get(release.people)):
        target = resources.resolve(item)
        if target is not None:
            yield target, {}
        elif isinstance(item, dict) and (target := resources.resolve(item.get("actor"))):
            yield target, _involvement(item.get("function"), notes)


def _involvement(function: object, notes: Notes) -> dict[str, str]:
    table = notes.context.tables.fhir["involvement"]
    known = {table[code] for code in codes(function) if code in table}
    for code in codes(function):
        if code not in table:
            notes.unmapped("/staff/*/involvement", code)
    word = next(iter(sorted(known - {"unknown"})), None)
    return {} if word is None else {"involvement": word}


def reporter_of(actors: object, resources: Resources, notes: Notes) -> dict[str, Any] | None:
    """Return the reporter that the first reference which says anything leads to."""
    found = (resources.resolve(item) for item in objects(actors))
    target = next((each for each in found if each is not None), None)
    if target is None:
        return None
    if _is_staff(target, notes, are_all_staff=False):
        return staff_entry(target, resources, notes) | {"type": ReporterType.STAFF.value}
    if target.type is None:
        return None
    # Patients and relatives are no colleagues: nothing that identifies them goes on.
    return {"type": _REPORTER_TYPES.get(target.type, ReporterType.OTHER.value)}

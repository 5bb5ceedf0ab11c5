"""People in FHIR: who an actor is, by the identifier that names the same person elsewhere too.

Order (formats.md section 9): login, employee number, registration, e-mail, the resource's own id,
the name last. What was somebody's once comes after what is, or is left out (judgement).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import identifiers, objects, words_of
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, identifying, listed
from shared.contracts.words import QualityFlag

LITERAL_SYSTEM: Final = "fhir"
EMAIL_SYSTEM: Final = "email"
STAFF_TYPES: Final = frozenset({"Practitioner", "PractitionerRole"})
_PERSON_TYPES: Final = frozenset({None, "Practitioner"})
TEAM_TYPES: Final = frozenset({"CareTeam", "Organization"})
_LOGIN, _EMPLOYEE, _REGISTRATION, _OTHER = range(4)
_RANK_OF_SYSTEM: Final = {"login": _LOGIN, "employee": _EMPLOYEE}
# HL7 table 0203, identifier types.
_RANK_OF_TYPE: Final = {
    "EI": _EMPLOYEE,
    "EN": _EMPLOYEE,
    "LN": _REGISTRATION,
    "MD": _REGISTRATION,
    "NPI": _REGISTRATION,
    "PRN": _REGISTRATION,
    "RN": _REGISTRATION,
}
# Uses of an identifier, a name, a contact (FHIR) that are not, or not openly, the person's own.
_FORMER: Final = frozenset({"anonymous", "maiden", "old"})
_WORK, _UNSAID, _HOME = range(3)
_USES: Final = {"work": _WORK, "home": _HOME}


def staff_entry(target: Target, resources: Resources, notes: Notes) -> dict[str, Any]:
    """Return id or name, and the role where a resource says it, of a Practitioner or its role."""
    if target.resource is None and target.identifier is None and target.literal is not None:
        return {"id": {"system": LITERAL_SYSTEM, "value": target.literal}}  # nothing else is known
    chain, roles = _practitioner(target, resources, notes)
    entry: dict[str, Any] = {}
    identifier = _best_identifier(chain, resources.day, notes)
    if identifier is not None:
        entry["id"] = {"system": identifier[0], "value": identifier[1]}
    elif (name := _name(target, chain, resources.day)) is not None:
        entry["name"] = name
    if "id" not in entry and (target.is_lost or not entry):
        notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
    role = next((word for concept in roles if (word := _role(concept, notes))), None)
    return entry if role is None else entry | {"role": role}


def patient_ids(target: Target) -> list[dict[str, str]]:
    """Return every identifier of a patient, its literal id included; for pseudonyms only."""
    found = _of_resource(target.resource)
    if target.identifier is not None:
        found += identifiers(target.identifier)
    ids = [{"system": system or LITERAL_SYSTEM, "value": value} for system, value in found]
    if target.literal is not None:
        ids.append({"system": LITERAL_SYSTEM, "value": target.literal})
    return ids


def _practitioner(
    target: Target, resources: Resources, notes: Notes
) -> tuple[list[Target], list[object]]:
    chain, roles = [target], []
    if target.type == "PractitionerRole" and target.resource is not None:
        roles.append(target.resource.get("code"))
        person = resources.around(target).resolve(target.resource.get("practitioner"))
        if person is not None:
            # Whoever else may stand here, by mistake, is no colleague: a patient's number is not
            # that of a member of staff.
            is_staff = person.type in _PERSON_TYPES
            if person.is_lost or not is_staff:
                notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
            chain = [person, target] if is_staff else chain
    return chain, roles


def _role(concept: object, notes: Notes) -> str | None:
    words = (notes.context.tables.word("role", text) for text in words_of(concept))
    return next((word for word in words if word is not None), None)


def _best_identifier(chain: list[Target], day: str | None, notes: Notes) -> tuple[str, str] | None:
    for each in chain:
        ranked = min(_ranked(each, day, notes), key=_rank, default=None)
        if ranked is not None:
            return ranked[1], ranked[2]
    for each in chain:
        email = _email(each.resource, day)
        if email is not None:
            return EMAIL_SYSTEM, email
    literal = next((each.literal for each in chain if each.literal is not None), None)
    return None if literal is None else (LITERAL_SYSTEM, literal)


def _rank(found: tuple[tuple[bool, int], str, str]) -> tuple[bool, int]:
    return found[0]


def _ranked(
    target: Target, day: str | None, notes: Notes
) -> Iterator[tuple[tuple[bool, int], str, str]]:
    resource = target.resource or {}
    for element in (*_current(resource.get("identifier")), *_current(target.identifier)):
        system, value = clean(element.get("system")), identifying(element.get("value"))
        if value is not None:
            name = notes.context.staff_systems.get(system or "", system or LITERAL_SYSTEM)
            types = (_RANK_OF_TYPE.get(text, _OTHER) for text in words_of(element.get("type")))
            rank = min((_RANK_OF_SYSTEM.get(name, _OTHER), *types))
            yield (_is_over(element, day), rank), name, value


def _email(resource: Mapping[str, Any] | None, day: str | None) -> str | None:
    found = [
        ((_is_over(contact, day), _USES.get(str(contact.get("use")), _UNSAID)), value.lower())
        for contact in _current((resource or {}).get("telecom"))
        if contact.get("system") == EMAIL_SYSTEM and (value := identifying(contact.get("value")))
    ]
    return min(found, key=lambda each: each[0])[1] if found else None


def _name(target: Target, chain: list[Target], day: str | None) -> str | None:
    for each in (target, *chain):
        if each.display is not None:
            return each.display
    for each in chain:
        names = _current((each.resource or {}).get("name"))
        for name in sorted(names, key=lambda name: _is_over(name, day)):
            if (written := _written(name)) is not None:
                return written
    return None


def _written(name: Mapping[str, Any]) -> str | None:
    """Return a HumanName as its sender wrote it, else given names and family name."""
    parts = (*listed(name.get("given")), *listed(name.get("family")))
    return clean(name.get("text")) or " ".join(filter(None, map(clean, parts))) or None


def _current(elements: object) -> list[dict[str, Any]]:
    return [each for each in objects(elements) if each.get("use") not in _FORMER]


def _is_over(element: Mapping[str, Any], day: str | None) -> bool:
    """Tell whether its period ended before `day`; without a day, whether it has an end at all."""
    period = element.get("period")
    end = clean(period.get("end")) if isinstance(period, dict) else None
    if end is None or day is None:
        return end is not None
    end = end[: len(day)]
    return end < day[: len(end)]  # an end of 2026 lasts until its last day


def _of_resource(resource: Mapping[str, Any] | None) -> list[tuple[str | None, str]]:
    return [] if resource is None else identifiers(resource.get("identifier"))

"""People in FHIR: who an actor is, by the identifier that names the same person elsewhere too.

Order (formats.md section 9): login, employee number, registration, e-mail, the resource's own id,
the display name last.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import identifiers, objects, words_of
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
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


def staff_entry(target: Target, resources: Resources, notes: Notes) -> dict[str, Any]:
    """Return id or name, and the role where a resource says it, of a Practitioner or its role."""
    if target.resource is None and target.identifier is None and target.literal is not None:
        return {"id": {"system": LITERAL_SYSTEM, "value": target.literal}}  # nothing else is known
    chain, roles = _practitioner(target, resources, notes)
    entry: dict[str, Any] = {}
    identifier = _best_identifier(target, chain, notes)
    if identifier is not None:
        entry["id"] = {"system": identifier[0], "value": identifier[1]}
    elif target.display is not None:
        entry["name"] = target.display
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


def _best_identifier(target: Target, chain: list[Target], notes: Notes) -> tuple[str, str] | None:
    for each in chain:
        ranked = min(_ranked(each, notes), key=_rank, default=None)
        if ranked is not None:
            return ranked[1], ranked[2]
    for each in chain:
        email = _email(each.resource)
        if email is not None:
            return EMAIL_SYSTEM, email
    literal = next((each.literal for each in chain if each.literal is not None), None)
    if literal is not None:
        return LITERAL_SYSTEM, literal
    if target.is_lost:
        notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
    return None


def _rank(found: tuple[int, str, str]) -> int:
    return found[0]


def _ranked(target: Target, notes: Notes) -> Iterator[tuple[int, str, str]]:
    resource = target.resource or {}
    for element in (*objects(resource.get("identifier")), *objects(target.identifier)):
        system, value = clean(element.get("system")), clean(element.get("value"))
        if value is not None:
            name = notes.context.staff_systems.get(system or "", system or LITERAL_SYSTEM)
            types = (_RANK_OF_TYPE.get(text, _OTHER) for text in words_of(element.get("type")))
            yield min((_RANK_OF_SYSTEM.get(name, _OTHER), *types)), name, value


def _email(resource: Mapping[str, Any] | None) -> str | None:
    for contact in objects((resource or {}).get("telecom")):
        if contact.get("system") == EMAIL_SYSTEM and (value := clean(contact.get("value"))):
            return value.lower()
    return None


def _of_resource(resource: Mapping[str, Any] | None) -> list[tuple[str | None, str]]:
    return [] if resource is None else identifiers(resource.get("identifier"))

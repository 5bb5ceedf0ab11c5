"""What a FHIR event says happened: kind, categories, codings, patients, harm, place."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, codings, objects, words_of
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_harm import harm_of, is_fatal
from services.intake.domain.fhir_people import STAFF_TYPES, patient_ids
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, listed
from shared.contracts.words import Category, Kind, QualityFlag

_SUSPECT: Final = "suspect"  # the category is that of the suspected product
_SUSPECT_TYPES: Final = {
    "Device": Category.DEVICE.value,
    "Immunization": Category.MEDICATION.value,
    "Medication": Category.MEDICATION.value,
    "MedicationAdministration": Category.MEDICATION.value,
    "MedicationRequest": Category.MEDICATION.value,
    "MedicationStatement": Category.MEDICATION.value,
}
# HL7 v3 RoleCode, which Location.type is bound to: since R4, in STU3, as an OID.
_ROLE_CODES: Final = ("/v3-RoleCode", "/v3/RoleCode", ":2.16.840.1.113883.5.111")
_STU3_KINDS: Final = {"AE": Kind.INCIDENT.value, "PAE": Kind.NEAR_MISS.value}
_ACTUALITIES: Final = {"actual": Kind.INCIDENT.value, "potential": Kind.NEAR_MISS.value}


def clinical_facts(event: Event, notes: Notes) -> dict[str, Any]:
    """Return kind, categories, codings, patients, circumstances and location."""
    subject, fields = event.subject, event.fields
    kind = _kind(fields, notes)
    categories = _categories(event, notes)
    if kind == Kind.NEAR_MISS.value and Category.ENVIRONMENT.value in (categories or ()):
        kind = Kind.UNSAFE_CONDITION.value
    harm = harm_of(event, kind, notes)
    facts = {
        "categories": categories,
        "codings": _codings(event, notes),
        "location": _location(fields, event.resources, notes),
    }
    if subject is not None and subject.type in STAFF_TYPES:
        return facts | _staff_event(categories, is_dead=is_fatal(event, notes))
    is_group = subject is not None and subject.type == "Group"
    return facts | {
        "kind": kind,
        "patients": _patients(subject, harm, notes),
        "circumstances": {"multiple_patients": True} if is_group else None,
    }


def _staff_event(categories: list[str] | None, *, is_dead: bool) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": Kind.STAFF_EVENT.value}
    if is_dead:
        facts["categories"] = [*(categories or ()), Category.COLLEAGUE_DEATH.value]
    return facts


def _kind(event: Mapping[str, Any], notes: Notes) -> str | None:
    given = clean(event.get("actuality"))
    if given is None and isinstance(event.get("category"), str):
        kind = _STU3_KINDS.get(event["category"].strip().upper())
    else:
        kind = _ACTUALITIES.get((given or "").casefold())
    if kind is None:
        notes.flag(QualityFlag.ACTUALITY_MISSING)
        if given is not None:
            notes.unmapped("/kind", given)
    return kind


def _categories(event: Event, notes: Notes) -> list[str] | None:
    suspects = _suspects(event.fields, event.resources)
    concepts = objects(event.fields.get("category"))
    found: list[str] = []
    for concept in concepts:
        for word in _category(concept, notes):
            found.extend(suspects or [Category.OTHER.value] if word == _SUSPECT else [word])
    snomed = notes.context.tables.fhir["snomed_category"]
    what = codes(event.what)
    found += [snomed[code] for code in what if code in snomed]
    found += suspects
    if not found and concepts:
        found.append(Category.OTHER.value)
    return list(dict.fromkeys(found)) or None


def _category(concept: Mapping[str, Any], notes: Notes) -> list[str]:
    """Return what a concept says: by its codes whatever their system, else by its words."""
    tables = notes.context.tables
    given = codes(concept)
    uses = (tables.fhir["category"], tables.fhir["snomed_category"])
    said = [use[code] for code in given for use in uses if code in use]
    if said:
        return said
    texts = list(words_of(concept))
    words = (tables.word("category", text) for text in texts)
    first = next((word for word in words if word is not None), None)
    if first is None and texts:
        notes.unmapped("/categories", texts[0])
    return [] if first is None else [first]


def _suspects(event: Mapping[str, Any], resources: Resources) -> list[str]:
    found: list[str] = []
    for suspect in objects(event.get("suspectEntity")):
        for name in ("instance", "instanceReference"):
            target = resources.resolve(suspect.get(name))
            if target is not None and target.type in _SUSPECT_TYPES:
                found.append(_SUSPECT_TYPES[target.type])
    return found


def _codings(event: Event, notes: Notes) -> list[dict[str, Any]] | None:
    roles = (("category", event.fields.get("category")), ("event", event.what))
    found = [
        {"system": coding.get("system"), "code": coding.get("code"), "role": role}
        for role, concepts in roles
        for coding in codings(concepts)
    ]
    # A concept may be translated into any number of systems: that costs no report.
    limit = notes.context.limits.codings
    for each in found[limit:]:
        notes.unmapped("/codings", each["code"])
    return found[:limit] or None


def _patients(
    subject: Target | None, harm: dict[str, Any], notes: Notes
) -> list[dict[str, Any]] | None:
    if subject is None:
        notes.flag(QualityFlag.SUBJECT_MISSING)
        return [harm] if harm else None
    if subject.is_lost:
        notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
    if subject.type == "Group":
        return [harm] if harm else None
    patient: dict[str, Any] = {**harm, "ids": patient_ids(subject) or None}
    if subject.resource is not None:
        patient["birth_date"] = subject.resource.get("birthDate")
    return [patient]


def _location(
    event: Mapping[str, Any], resources: Resources, notes: Notes
) -> dict[str, Any] | None:
    if "location" not in event:
        return None
    target = next(
        (found for item in listed(event["location"]) if (found := resources.resolve(item))), None
    )
    if target is None or target.is_lost:
        notes.flag(QualityFlag.REFERENCE_UNRESOLVED)
    if target is None:
        return None
    resource = target.resource or {}
    place = {
        "unit_id": _unit(target, resource, notes),
        "unit_name": clean(resource.get("name")) or target.display,
        "place_type": _place_type(resource.get("type"), notes),
    }
    return {name: value for name, value in place.items() if value is not None}


def _place_type(types: object, notes: Notes) -> str | None:
    """Return what the type of a Location says: by the codes that FHIR suggests, else by words."""
    if types is None:
        return None
    known, word = notes.context.tables.fhir["place_type"], notes.context.tables.word
    found = [known.get(clean(each.get("code")) or "") for each in codings(types) if _is_role(each)]
    texts = list(words_of(types))
    found += [word("place_type", text) for text in texts]
    said = next(filter(None, found), None)
    if said is None and texts:
        notes.unmapped("/location/place_type", texts[0])
    return said


def _is_role(coding: Mapping[str, Any]) -> bool:
    # Codes of two letters mean something else in every other system.
    system = clean(coding.get("system"))
    return system is None or system.endswith(_ROLE_CODES)


def _unit(target: Target, resource: Mapping[str, Any], notes: Notes) -> str | None:
    named = [clean(item.get("value")) for item in objects(resource.get("identifier"))]
    named += [clean(item.get("value")) for item in objects(target.identifier)]
    literal = target.literal.partition("/")[2] if target.literal else clean(resource.get("id"))
    codes_given = [text for text in (*named, literal) if text is not None]
    units = notes.context.units
    known = (text for text in codes_given if units.find(notes.source_system, text) is not None)
    return next(known, next(iter(codes_given), None))

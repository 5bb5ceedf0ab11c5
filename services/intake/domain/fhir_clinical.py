"""What a FHIR event says happened: kind, categories, codings, patients, harm, place."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, codings, objects, words_of
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_people import STAFF_TYPES, patient_ids
from services.intake.domain.fhir_references import Resources, Target
from services.intake.domain.fhir_release import Release
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, listed
from shared.contracts.words import Category, Harm, Kind, QualityFlag

_SUSPECT: Final = "suspect"  # the category is that of the suspected product
_SUSPECT_TYPES: Final = {
    "Device": Category.DEVICE.value,
    "Immunization": Category.MEDICATION.value,
    "Medication": Category.MEDICATION.value,
    "MedicationAdministration": Category.MEDICATION.value,
    "MedicationRequest": Category.MEDICATION.value,
    "MedicationStatement": Category.MEDICATION.value,
}
_STU3_KINDS: Final = {"AE": Kind.INCIDENT.value, "PAE": Kind.NEAR_MISS.value}
_ACTUALITIES: Final = {"actual": Kind.INCIDENT.value, "potential": Kind.NEAR_MISS.value}
_ACTUALITY_SCALE: Final = "fhir"
_POTENTIAL: Final = "potential"


def clinical_facts(event: Event, notes: Notes) -> dict[str, Any]:
    """Return kind, categories, codings, patients, circumstances and location."""
    subject, fields = event.subject, event.fields
    kind = _kind(fields, notes)
    categories = _categories(event, notes)
    if kind == Kind.NEAR_MISS.value and Category.ENVIRONMENT.value in (categories or ()):
        kind = Kind.UNSAFE_CONDITION.value
    harm = _harm(fields, event.release, kind, notes)
    facts = {
        "categories": categories,
        "codings": _codings(fields, event.release),
        "location": _location(fields, event.resources, notes),
    }
    if subject is not None and subject.type in STAFF_TYPES:
        return facts | {"kind": Kind.STAFF_EVENT.value}
    is_group = subject is not None and subject.type == "Group"
    return facts | {
        "kind": kind,
        "patients": _patients(subject, harm, notes),
        "circumstances": {"multiple_patients": True} if is_group else None,
    }


def _kind(event: Mapping[str, Any], notes: Notes) -> str | None:
    given = clean(event.get("actuality"))
    if given is None and isinstance(event.get("category"), str):
        kind = _STU3_KINDS.get(event["category"].strip().upper())
    else:
        kind = _ACTUALITIES.get(given or "")
    if kind is None:
        notes.flag(QualityFlag.ACTUALITY_MISSING)
    return kind


def _categories(event: Event, notes: Notes) -> list[str] | None:
    suspects = _suspects(event.fields, event.resources)
    table = notes.context.tables.fhir["category"]
    found: list[str] = []
    for code in event.categories:
        word = table.get(code)
        if word == _SUSPECT:
            found.extend(suspects or [Category.OTHER.value])
        elif word is None:
            notes.unmapped("/categories", code)
        else:
            found.append(word)
    snomed = notes.context.tables.fhir["snomed_category"]
    coded = event.categories + codes(event.fields.get(event.release.what))
    found += [snomed[code] for code in coded if code in snomed]
    found += suspects
    if not found and objects(event.fields.get("category")):
        found.append(Category.OTHER.value)
    return list(dict.fromkeys(found)) or None


def _suspects(event: Mapping[str, Any], resources: Resources) -> list[str]:
    found: list[str] = []
    for suspect in objects(event.get("suspectEntity")):
        for name in ("instance", "instanceReference"):
            target = resources.resolve(suspect.get(name))
            if target is not None and target.type in _SUSPECT_TYPES:
                found.append(_SUSPECT_TYPES[target.type])
    return found


def _codings(event: Mapping[str, Any], release: Release) -> list[dict[str, Any]] | None:
    roles = (("category", event.get("category")), ("event", event.get(release.what)))
    return [
        {"system": coding.get("system"), "code": coding.get("code"), "role": role}
        for role, concepts in roles
        for coding in codings(concepts)
    ] or None


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


def _harm(
    event: Mapping[str, Any], release: Release, kind: str | None, notes: Notes
) -> dict[str, Any]:
    outcomes = _outcomes(event, notes)
    duration = next((word for word in ("permanent", "temporary") if word in outcomes), None)
    found: dict[str, Any] = {} if duration is None else {"harm_duration": duration}
    if Harm.DEATH.value in outcomes:
        return found | {"harm": Harm.DEATH.value, "died": True}
    level = next(iter(codes(event.get(release.severity or ""))), None)
    if level is not None:
        return found | {"harm": {"scale": release.harm_scale, "code": level}}
    if kind in {Kind.NEAR_MISS.value, Kind.UNSAFE_CONDITION.value}:
        return found | {"harm": {"scale": _ACTUALITY_SCALE, "code": _POTENTIAL}}
    return found


def _outcomes(event: Mapping[str, Any], notes: Notes) -> set[str]:
    table = notes.context.tables.fhir["outcome"]
    found = set()
    for code in codes(event.get("outcome")):
        if code in table:
            found.add(table[code])
        else:
            notes.unmapped("/patients/*/outcomes", code)
    return found


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
    table = notes.context.tables
    places = (table.word("place_type", text) for text in words_of(resource.get("type")))
    place = {
        "unit_id": _unit(target, resource, notes),
        "unit_name": clean(resource.get("name")) or target.display,
        "place_type": next(filter(None, places), None),
    }
    return {name: value for name, value in place.items() if value is not None}


def _unit(target: Target, resource: Mapping[str, Any], notes: Notes) -> str | None:
    named = [clean(item.get("value")) for item in objects(resource.get("identifier"))]
    named += [clean(item.get("value")) for item in objects(target.identifier)]
    literal = target.literal.partition("/")[2] if target.literal else clean(resource.get("id"))
    codes_given = [text for text in (*named, literal) if text is not None]
    units = notes.context.units
    known = (text for text in codes_given if units.find(notes.source_system, text) is not None)
    return next(known, next(iter(codes_given), None))

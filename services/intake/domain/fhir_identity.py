"""Which record a FHIR event is: its id and identifiers, its version, its other ids."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_bundle import address_of, deleted_id, method_of
from services.intake.domain.fhir_elements import codes, identifiers, objects
from services.intake.domain.identifiers import UNNAMED_SYSTEM
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, listed
from services.intake.domain.record import is_private
from shared.contracts.words import QualityFlag, Status
from shared.identity import record_pseudonym

_BY_IDENTIFIER: Final = "identifier:"
_BY_ID: Final = "id"
_BOTH: Final = "both"
# The last segments of the addresses under which R4 says the status of R5: the cross-version
# extension (hl7.org/fhir/5.0/StructureDefinition) and that of HL7's research backport guide.
_STATUS_MODIFIERS: Final = frozenset({"extension-AdverseEvent.status", "status"})


def identity_of(
    event: Mapping[str, Any],
    entry: Mapping[str, Any],
    notes: Notes,
    number: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return record_id, revision, updated_at and group_ids.

    The record id joins the id and the sorted `system|value` identifiers with `|`, alike for single
    events and Bundle entries: splitting a record is safer than merging two. `number`, the (system,
    value) of a reference number that only one event has, stands in for all of them, unless the
    source's settings say which id counts.
    """
    meta = event.get("meta")
    version = meta if isinstance(meta, dict) else {}
    named = identifiers(event.get("identifier"))
    if len(named) > 1 and len(set(named)) < len(named):
        notes.flag(QualityFlag.DUPLICATE_IDENTIFIER)
    is_numbered = number is not None and notes.settings.record_id == _BOTH
    if number is not None:
        named = [number, *named]
    return {
        "record_id": named[0][1] if is_numbered else _record_id(event, entry, named, notes),
        "revision": clean(version.get("versionId")),
        "updated_at": version.get("lastUpdated"),
        "group_ids": group_ids(named, notes, is_private_by_format=True),
    }


def _record_id(
    event: Mapping[str, Any],
    entry: Mapping[str, Any],
    named: list[tuple[str | None, str]],
    notes: Notes,
) -> str | None:
    own = clean(event.get("id")) or address_of(entry)
    chosen = _chosen(own, named, notes.settings.record_id)
    if chosen is not None:
        return chosen
    if notes.settings.record_id != _BOTH or deleted_id(entry) is not None:
        # The id that the setting asks for is missing; a deletion names no identifiers at all.
        notes.flag(QualityFlag.RECORD_ID_FALLBACK)
    joined = sorted({f"{system or ''}|{value}" for system, value in named})
    return "|".join([*([own] if own else ()), *joined]) or _full_url(entry, notes)


def _chosen(own: str | None, named: list[tuple[str | None, str]], rule: str) -> str | None:
    if rule == _BY_ID:
        return own
    if rule.startswith(_BY_IDENTIFIER):
        wanted = rule.removeprefix(_BY_IDENTIFIER)
        return min((value for system, value in named if system == wanted), default=None)
    return None


def _full_url(entry: Mapping[str, Any], notes: Notes) -> str | None:
    address = clean(entry.get("fullUrl"))
    if address is not None:
        notes.flag(QualityFlag.RECORD_ID_FALLBACK)
    return address


def group_ids(
    named: list[tuple[str | None, str]], notes: Notes, *, is_private_by_format: bool
) -> list[dict[str, str]] | None:
    """Return the ids of an event that other reports of it may share; None where it has none."""
    found = dict.fromkeys((system or UNNAMED_SYSTEM, value) for system, value in named)
    if not is_private(notes, is_private_by_format=is_private_by_format):
        return [{"system": system, "value": value} for system, value in found] or None
    key = notes.context.pseudonym_key
    return [
        {"system": system, "value": record_pseudonym(key, f"{system}|{value}")}
        for system, value in found
    ] or None


def status_of(event: Mapping[str, Any], entry: Mapping[str, Any], notes: Notes) -> str | None:
    """Return the event's status in our words: a deletion or `entered-in-error` retracts it.

    Before R5 an event has no field for it and says it, if at all, in a modifier extension.
    """
    if method_of(entry) == "DELETE":
        return Status.RETRACTED.value
    table = notes.context.tables.fhir["release_status"]
    told: list[str] = []
    for given in (event.get("status"), *_said_by_modifiers(event)):
        status = None if given is None else table.get(clean(given) or "")
        if status is not None:
            told.append(status)
        elif given is not None:
            notes.unmapped("/status", given)
    return Status.RETRACTED.value if Status.RETRACTED in told else next(iter(told), None)


def _said_by_modifiers(event: Mapping[str, Any]) -> Iterator[object]:
    for modifier in objects(event.get("modifierExtension")):
        if _is_status(modifier):
            concept = modifier.get("valueCodeableConcept")
            yield modifier.get("valueCode") or next(iter(codes(concept)), modifier)


def _is_status(modifier: Mapping[str, Any]) -> bool:
    return str(modifier.get("url")).rpartition("/")[2] in _STATUS_MODIFIERS


def note_modifiers(element: Mapping[str, Any], notes: Notes) -> None:
    """Flag an element of which a modifier changes the meaning in a way that we do not know."""
    modifiers = element.get("modifierExtension")
    if modifiers and not all(_is_status(each) for each in objects(modifiers)):
        notes.flag(QualityFlag.FIELD_UNKNOWN)


def profiles_of(resource: Mapping[str, Any]) -> set[str]:
    """Return the canonical addresses of the profiles that a resource says it follows."""
    meta = resource.get("meta")
    profiles = meta.get("profile") if isinstance(meta, dict) else None
    if profiles is None:
        return set()
    return {text for text in listed(profiles) if isinstance(text, str)}

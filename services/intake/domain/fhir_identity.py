"""Which record a FHIR event is: its id and identifiers, its version, its other ids."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.fhir_bundle import address_of, deleted_id
from services.intake.domain.fhir_elements import identifiers
from services.intake.domain.identifiers import UNNAMED_SYSTEM
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.record import is_private
from shared.contracts.words import QualityFlag
from shared.identity import record_pseudonym

_BY_IDENTIFIER: Final = "identifier:"
_BY_ID: Final = "id"
_BOTH: Final = "both"


def identity_of(event: Mapping[str, Any], entry: Mapping[str, Any], notes: Notes) -> dict[str, Any]:
    """Return record_id, revision, updated_at and group_ids.

    The record id joins the id and the sorted `system|value` identifiers with `|`, alike for single
    events and Bundle entries: splitting a record is safer than merging two.
    """
    meta = event.get("meta")
    version = meta if isinstance(meta, dict) else {}
    named = identifiers(event.get("identifier"))
    if len(set(named)) < len(named):
        notes.flag(QualityFlag.DUPLICATE_IDENTIFIER)
    return {
        "record_id": _record_id(event, entry, named, notes),
        "revision": clean(version.get("versionId")),
        "updated_at": version.get("lastUpdated"),
        "group_ids": _group_ids(named, notes),
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


def _group_ids(named: list[tuple[str | None, str]], notes: Notes) -> list[dict[str, str]] | None:
    found = dict.fromkeys((system or UNNAMED_SYSTEM, value) for system, value in named)
    if not is_private(notes, is_private_by_format=True):
        return [{"system": system, "value": value} for system, value in found] or None
    key = notes.context.pseudonym_key
    return [
        {"system": system, "value": record_pseudonym(key, f"{system}|{value}")}
        for system, value in found
    ] or None

"""Where: the tenant's unit table decides what a ward is called; names of units stay behind."""

from typing import Any, Final

from services.intake.domain.notes import Notes
from services.intake.domain.readers import Readers, clean, code, identifying, read_object, word
from shared.contracts.words import QualityFlag

_READERS: Final[Readers] = {
    "organisation": code("/location/organisation"),
    "campus": code("/location/campus"),
    "unit_id": code("/location/unit_id"),
    "unit_name": lambda value, _notes: clean(value),
    "place_type": word("/location/place_type", "place_type"),
    "specialty": code("/location/specialty"),
}


def read_location(value: object, notes: Notes) -> dict[str, Any] | None:
    """Return the place; a unit the table does not know keeps its code and leaves a flag."""
    if value is None:
        return None
    found = read_object(value, _READERS, notes, "/location")
    name = found.pop("unit_name", None)
    if "unit_id" not in found and name is None:
        return found or None
    known = settle_unit(found, notes, name)
    campus = notes.context.units.campus_of.get(known) if known else None
    if campus is not None:
        found.setdefault("campus", campus)
    return found or None


def settle_unit(found: dict[str, Any], notes: Notes, name: str | None = None) -> str | None:
    """Put the tenant's unit_id in the place of what the source calls it, and return it.

    A unit that the table does not know keeps its code and leaves a flag, and None is returned. A
    code such as `N/A` is no unit, unless the table says so: a hospital may well call one NA.
    """
    given = found.get("unit_id")
    units, source = notes.context.units, notes.source_system
    known = units.find(source, given) if given else None
    if known is None and name:
        known = units.find(source, name)
    if known is not None:
        found["unit_id"] = known
        return known
    notes.flag(QualityFlag.UNIT_UNKNOWN)
    if given is not None and identifying(given) is None:
        del found["unit_id"]
    return None

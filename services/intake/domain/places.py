"""Where: the tenant's unit table decides what a ward is called; names of units stay behind."""

from typing import Any, Final

from services.intake.domain.notes import Notes
from services.intake.domain.readers import Readers, clean, code, read_object, word
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
    given = found.get("unit_id")
    if given is None and name is None:
        return found or None
    units, source = notes.context.units, notes.source_system
    known = units.find(source, given) if given else None
    if known is None and name:
        known = units.find(source, name)
    if known is None:
        notes.flag(QualityFlag.UNIT_UNKNOWN)
        return found or None
    found["unit_id"] = known
    campus = units.campus_of.get(known)
    if campus is not None:
        found.setdefault("campus", campus)
    return found

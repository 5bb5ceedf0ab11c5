"""Circumstances, support and markings: facts that are yes, no or unknown."""

from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.notes import Notes
from services.intake.domain.readers import Reader, Readers, mark, read_object, whole_number, yes_no

_PLAIN: Final = (
    "death_expected",
    "preventable",
    "reached_patient",
    "resuscitation",
    "deterioration_missed",
    "never_event",
    "sentinel",
    "intraoperative",
    "maternal",
    "palliative",
    "present_on_arrival",
    "family_present",
)
MARKINGS: Final = ("privileged", "data_sharing_opt_out", "legal_hold", "restricted")
CIRCUMSTANCES: Final = ("error", *_PLAIN, "multiple_patients")
_SUSPECTED: Final = frozenset({"suspected"})
_multiple_yes_no: Final = yes_no("/circumstances/multiple_patients")


def _several(value: object, notes: Notes) -> bool | None:
    count = whole_number(value)
    return _multiple_yes_no(value, notes) if count is None else count > 1


def _table(field: str, names: tuple[str, ...]) -> Mapping[str, Reader]:
    return {name: yes_no(f"{field}/{name}") for name in names}


_READERS: Final[Readers] = {
    **_table("/circumstances", _PLAIN),
    "error": yes_no("/circumstances/error", also_yes=_SUSPECTED),
    "multiple_patients": _several,
}
_SUPPORT: Final = _table("/support", ("local_debrief_done", "support_offered"))
_MARKING: Final[Readers] = {name: mark(f"/confidentiality/{name}") for name in MARKINGS}


def read_circumstances(value: object, notes: Notes) -> dict[str, Any]:
    """Return the circumstances that are known; `suspected` error counts as yes."""
    return {} if value is None else read_object(value, _READERS, notes, "/circumstances")


def read_support(value: object, notes: Notes) -> dict[str, Any] | None:
    """Return what the report says of support given; it withholds nobody."""
    return None if value is None else read_object(value, _SUPPORT, notes, "/support") or None


def read_marking(value: object, notes: Notes) -> dict[str, Any] | None:
    """Return the confidentiality markings that are known; an unreadable one counts as set."""
    if value is None:
        return None
    return read_object(value, _MARKING, notes, "/confidentiality") or None

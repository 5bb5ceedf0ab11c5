"""Tolerant readers: each takes what a publisher wrote and returns our value or None, never raises.

A reader is made for one field (`Reader = field -> value, notes -> value or None`). What it cannot
read becomes unknown and leaves a flag, never a refusal.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from services.intake.domain.notes import Notes
from services.intake.domain.tables import normal
from shared.contracts.words import QualityFlag

Reader: TypeAlias = Callable[[object, Notes], Any]
Readers: TypeAlias = Mapping[str, Reader | None]
"""By the name of a member; None: it is known, and read elsewhere or left behind."""

CODE_LENGTH: Final = 256
CODE_DIGITS: Final = 10
UNKNOWN: Final = frozenset({"unknown", "", "not known", "n/k"})
# What people and databases write where nothing is known (policy; test_placeholders has all of it).
PLACEHOLDERS: Final = UNKNOWN | {
    "anon",
    "anonymous",
    "n.a.",
    "n/a",
    "na",
    "nil",
    "nk",
    "no name",
    "nobody",
    "none",
    "not applicable",
    "not available",
    "not given",
    "not recorded",
    "not stated",
    "null",
    "tba",
    "tbc",
    "unspecified",
}
# 1 and 0 are how databases write a tick box; other numbers mean different things in each system.
_ANSWERS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("yes", "y", "true", "1"), True),
    **dict.fromkeys(("no", "n", "false", "0"), False),
    **dict.fromkeys(UNKNOWN, None),
}


def read_object(node: object, readers: Readers, notes: Notes, field: str) -> dict[str, Any]:
    """Return what `readers` make of the members of `node`; unknown members leave a flag."""
    if not isinstance(node, dict):
        notes.unmapped(field, node)
        return {}
    found = {}
    reader_of = readers.get
    for name, value in node.items():
        read = reader_of(name, _unheard)
        if value is None:
            if read is _unheard:
                _unheard(value, notes)
        elif read is not None:
            result = read(value, notes)
            if result is not None:
                found[name] = result
    return found


def _unheard(_value: object, notes: Notes) -> None:
    notes.flag(QualityFlag.FIELD_UNKNOWN)


def clean(value: object) -> str | None:
    """Return NFC text without control characters or outer blanks; None for blank or no text."""
    if value is None:
        return None
    if isinstance(value, str):
        if not (value.isascii() and value.isprintable()):
            value = _printable(value)
        return value.strip() or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _printable(text: str) -> str:
    if not text.isprintable():
        text = "".join([c if c.isprintable() else " " for c in text])
    return unicodedata.normalize("NFC", text)


def identifying(value: object) -> str | None:
    """Return the clean text of what names one thing; None for a text that only fills a gap.

    Taken for a name, `N/A` would be one person of all who are not known, and one event of theirs.
    """
    text = clean(value)
    if text is None or text.casefold() in PLACEHOLDERS:
        return None
    return text if any(map(str.isalnum, text)) else None


def is_said(value: object) -> bool:
    """Tell whether `clean` would find a text, without copying what may be a long one."""
    if not isinstance(value, str):
        return clean(value) is not None
    return any(c != " " and c.isprintable() for c in value)


def listed(value: object) -> list[object]:
    """Return a list as it is and a single value as a list of one."""
    return value if isinstance(value, list) else [value]


def code(field: str) -> Reader:
    """Make a reader of a code of 1 to 256 characters."""

    def read(value: object, notes: Notes) -> str | None:
        text = clean(value)
        if text is None or len(text) > CODE_LENGTH:
            notes.unmapped(field, value)
            return None
        return text

    return read


def yes_no(field: str, also_yes: frozenset[str] = frozenset()) -> Reader:
    """Make a reader of yes, no or unknown; `also_yes` adds words that count as yes."""
    answers = {**_ANSWERS, **dict.fromkeys(also_yes, True)}

    def read(value: object, notes: Notes) -> bool | None:
        if value is True or value is False:
            return value
        if isinstance(value, str):
            if value in answers:
                return answers[value]
            folded = value.strip().casefold()
            if folded in answers:
                return answers[folded]
        elif isinstance(value, int) and 0 <= value <= 1:
            return value == 1
        notes.unmapped(field, value)
        return None

    return read


def mark(field: str) -> Reader:
    """Make a reader of a wish or a marking that protects: what is given and no `no` is a yes.

    Whoever ticked a box meant it, in whatever letters; the value is noted as unmapped (policy).
    """
    answer = yes_no(field)

    def read(value: object, notes: Notes) -> bool | None:
        said = answer(value, notes)
        is_unsaid = isinstance(value, str) and value.strip().casefold() in UNKNOWN
        return True if said is None and not is_unsaid else said

    return read


def word(field: str, vocabulary: str) -> Reader:
    """Make a reader of one word of `vocabulary`, synonyms included."""

    def read(value: object, notes: Notes) -> str | None:
        if isinstance(value, str):
            table = notes.words[vocabulary]
            found = table.get(value)
            if found is not None:
                return found
            found = table.get(normal(value))
            if found is not None:
                return found
            if value.strip().casefold() in UNKNOWN:
                return None
        notes.unmapped(field, value)
        return None

    return read


def words(field: str, vocabulary: str) -> Reader:
    """Make a reader of a list of words; what no table knows is left out and flagged.

    A list of which nothing could be read is unknown, not empty.
    """
    one = word(field, vocabulary)

    def read(value: object, notes: Notes) -> list[str] | None:
        given = value if isinstance(value, list) else [value]
        found = dict.fromkeys([one(item, notes) for item in given])
        found.pop(None, None)
        return list(found) if found or not given else None

    return read


def integer(field: str, lowest: int, highest: int) -> Reader:
    """Make a reader of a whole number between `lowest` and `highest`."""

    def read(value: object, notes: Notes) -> int | None:
        number = whole_number(value)
        if number is None or not lowest <= number <= highest:
            notes.unmapped(field, value)
            return None
        return number

    return read


def whole_number(value: object) -> int | None:
    """Return an integer, an integral float or a short text of digits as int, else None.

    `12.0` is how spreadsheets write a whole number in a column with gaps.
    """
    if isinstance(value, int):
        return None if isinstance(value, bool) else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, str):
        text = value.strip().removesuffix(".0")
        return int(text) if text.isascii() and text.isdigit() and len(text) < CODE_DIGITS else None
    return None

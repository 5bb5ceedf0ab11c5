"""Guess what the columns of an export mean: by their names, and by what stands in them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.intake.domain.clocks import parted
from services.intake.domain.rows.dates import DateReader, cell_reader, date_reader
from services.intake.domain.tables import normal

DATES: Final = (
    "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%d/%m/%Y",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%y",
    "%d/%m/%y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%b %d %Y",
    "%m/%d/%Y",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M %p",
    "%Y/%m/%d",
)
_AMERICAN: Final = "%m/"
_NEARLY_ALL: Final = 0.9
_HALF: Final = 0.5
_CLOCKS: Final = date_reader(("%H:%M", "%H:%M:%S", "%H.%M"))
_MOMENT: Final = "occurred.at"
_APART: Final = frozenset({"occurred.date", "occurred.time"})
_FAMILY: Final = re.compile(r"\b(sur|fore|last |first )names?\b")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column probably means, and why."""

    column: str
    field: str
    why: str


def guess_columns(columns: Mapping[str, Sequence[str]], headers: Mapping[str, str]) -> list[Guess]:
    """Return at most one guess per column and one column per field, the surest name first.

    `columns` are values by the column's name. Where a column is a moment, no other is its date or
    its time: a report happened once.
    """
    found: list[Guess] = []
    taken: set[str] = set()
    for is_exact in (True, False):
        for column in columns:
            if any(guess.column == column for guess in found):
                continue
            guess = _by_values(_named(column, headers, is_exact=is_exact), columns[column])
            if guess is not None and (guess.field == "drop" or guess.field not in taken):
                taken.add(guess.field)
                found.append(guess)
    if _MOMENT in taken:
        found = [guess for guess in found if guess.field not in _APART]
    order = {column: place for place, column in enumerate(columns)}
    return sorted(found, key=lambda guess: order[guess.column])


def _named(column: str, headers: Mapping[str, str], *, is_exact: bool) -> Guess | None:
    name = normal(column)
    if _FAMILY.search(name):
        return Guess(column, "drop", "the name of a person")
    if is_exact:
        field = headers.get(name)
        return None if field is None else Guess(column, field, "its name says so")
    words = f" {name} "
    near = [known for known in headers if len(known) > 3 and f" {known} " in words]  # noqa: PLR2004 - `id` and `ref` are in too many names
    if not near:
        return None
    best = max(near, key=len)
    return Guess(column, headers[best], f"its name has '{best}' in it")


def _by_values(guess: Guess | None, values: Sequence[str]) -> Guess | None:
    """Return what is only a time of day as that, whatever its name says."""
    if guess is None or guess.field != _MOMENT or not _are_clocks(values):
        return guess
    return Guess(guess.column, "occurred.time", "its name, and its values are times of day")


def _are_clocks(values: Sequence[str]) -> bool:
    clocks = sum(_CLOCKS(value) is not None for value in values)
    return bool(values) and clocks >= _NEARLY_ALL * len(values)


def date_patterns(values: Sequence[str]) -> tuple[list[str], bool]:
    """Return the patterns that read nearly all values, and whether days and months may be swapped.

    Where both the British and the American way fit, the British is taken, and True is told.
    """
    if not values:
        return [], False
    hits, fitting = _fitting(date_reader, values)
    if not fitting and sum(parted(v) is not None for v in values) >= _NEARLY_ALL * len(values):
        # Dates with the midnight of their database, which a pattern of the day alone reads.
        _, fitting = _fitting(cell_reader, values)
    if not fitting:
        # An export of several years may have changed its mind half way.
        some = [pattern for pattern in DATES if hits[pattern] and not pattern.startswith(_AMERICAN)]
        together = date_reader(tuple(some)) if some else None
        read = sum(together(v) is not None for v in values) if together else 0
        return (some, False) if read >= _HALF * len(values) else ([], False)
    british = [pattern for pattern in fitting if not pattern.startswith(_AMERICAN)]
    is_ambiguous = bool(british) and len(british) < len(fitting)
    return (british or fitting)[:2], is_ambiguous


def is_address(values: Sequence[str]) -> bool:
    """Tell whether nearly all values are addresses of e-mail."""
    return bool(values) and sum("@" in v for v in values) >= _NEARLY_ALL * len(values)


def looks_like(values: Sequence[str]) -> str:
    """Return what the values of a column look like, for who has to say what they mean."""
    patterns, _ = date_patterns(values)
    if patterns:
        return f"dates written {patterns[0]}"
    if is_address(values):
        return "addresses of e-mail"
    return "times of day" if _are_clocks(values) else ""


def _fitting(
    reader: Callable[[tuple[str, ...]], DateReader], values: Sequence[str]
) -> tuple[dict[str, int], list[str]]:
    """Return how many values each pattern reads, and which read nearly all."""
    readers = {pattern: reader((pattern,)) for pattern in DATES}
    hits = {
        pattern: sum(read(value) is not None for value in values)
        for pattern, read in readers.items()
    }
    return hits, [pattern for pattern in DATES if hits[pattern] >= _NEARLY_ALL * len(values)]

"""Dates and times by the patterns that a pack names, read without guessing between them."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

DateReader: TypeAlias = Callable[[str], tuple[str, bool] | None]
"""Text to (ISO text, whether it has a time of day), or None for what fits no pattern."""

_DIRECTIVE: Final = re.compile(r"%(.)")
# Directives of strptime that name a part of a date with digits, or the half of the day.
_PARTS: Final = MappingProxyType(
    {
        "Y": r"(?P<Y>\d{4})",
        "y": r"(?P<y>\d{2})",
        "m": r"(?P<m>\d{1,2})",
        "d": r"(?P<d>\d{1,2})",
        "H": r"(?P<H>\d{1,2})",
        "I": r"(?P<I>\d{1,2})",
        "M": r"(?P<M>\d{2})",
        "S": r"(?P<S>\d{2})",
        "f": r"(?P<f>\d{1,6})",
        "b": r"(?P<b>[A-Za-z]{3})",
        "p": r"(?P<p>[AaPp][Mm])",
    }
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun",
                  "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip
_CENTURY_TURNS: Final = 69  # POSIX: 69-99 are 1969-1999
_NOON: Final = 12
_TIMES: Final = frozenset("HI")
_DATE: Final = frozenset("mdb")
_YEAR: Final = frozenset("Yy")
_KEPT: Final = 4096


class PatternError(ValueError):
    """A pattern cannot be read; the text says why."""


class _MisfitError(Exception):
    pass


def date_reader(patterns: tuple[str, ...]) -> DateReader:
    """Make a reader that takes the first pattern that fits.

    A pattern is written as for strptime, of %Y %y %m %d %H %I %M %S %f %b %p; without a date (only
    a time of day) the ISO text is `HH:MM:SS`.

    Raises:
        PatternError: another directive, one twice, or none.
    """
    compiled = tuple(_compile(pattern) for pattern in patterns)

    # Dates repeat from row to row. What is none may be anybody's words: an error is not kept.
    @lru_cache(maxsize=_KEPT)
    def fitted(text: str) -> tuple[str, bool]:
        for expression in compiled:
            found = expression.fullmatch(text)
            if found is not None and (moment := _moment(found.groupdict())) is not None:
                return moment
        raise _MisfitError

    def read(text: str) -> tuple[str, bool] | None:
        try:
            return fitted(text)
        except _MisfitError:
            return None

    return read


def _compile(pattern: str) -> re.Pattern[str]:
    named = _DIRECTIVE.findall(pattern)
    wrong = [name for name in named if name not in _PARTS]
    if wrong or not named:
        known = " ".join(f"%{name}" for name in _PARTS)
        raise PatternError(f"a pattern consists of {known}")
    if len(set(named)) < len(named):
        raise PatternError("a directive stands twice in the pattern")
    if not _DATE.isdisjoint(named) and _YEAR.isdisjoint(named):
        raise PatternError("a date without a year could be any")
    pieces = _DIRECTIVE.split(pattern)
    text = "".join(
        _PARTS[piece] if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)
    )
    return re.compile(rf"\s*{text}\s*", re.ASCII)


def _moment(parts: dict[str, str]) -> tuple[str, bool] | None:
    has_time = not _TIMES.isdisjoint(parts)
    has_date = not _YEAR.isdisjoint(parts)
    try:
        day = _day(parts) if has_date else (2000, 1, 1)
        moment = datetime(*day, _hour(parts), int(parts.get("M") or 0), int(parts.get("S") or 0))  # noqa: DTZ001 - local time, its zone follows
    except ValueError:
        return None
    if not has_date:
        return moment.time().isoformat(), True
    if "d" not in parts:
        return moment.date().isoformat()[:7], False
    return (moment.isoformat(), True) if has_time else (moment.date().isoformat(), False)


def _day(parts: dict[str, str]) -> tuple[int, int, int]:
    year = int(parts["Y"] if "Y" in parts else parts["y"])
    if "Y" not in parts:
        year += 1900 if year >= _CENTURY_TURNS else 2000
    month = _MONTHS.index(parts["b"].lower()) + 1 if "b" in parts else int(parts.get("m") or 1)
    return year, month, int(parts.get("d") or 1)


def _hour(parts: dict[str, str]) -> int:
    if "I" not in parts:
        return int(parts.get("H") or 0)
    hour = int(parts["I"])
    if not 1 <= hour <= _NOON:
        raise ValueError
    return hour % _NOON + (_NOON if parts.get("p", "").lower() == "pm" else 0)

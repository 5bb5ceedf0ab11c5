"""Dates and times by the patterns that a pack names, read without guessing between them."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from services.intake.domain.clocks import parted


class Dated(NamedTuple):
    """What a text says: an ISO text, and whether that has a time of day.

    `is_american` tells that the pattern has the month first and the text could be meant otherwise.
    """

    text: str
    has_time: bool
    is_american: bool = False


DateReader: TypeAlias = Callable[[str], Dated | None]
"""Text to what it says, or None for what fits no pattern."""

_DIRECTIVE: Final = re.compile(r"%(.)")
_BLANKS: Final = re.compile(r"(?:\\ )+")
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
        "f": r"(?P<f>\d{1,9})",
        "b": r"(?P<b>[A-Za-z]{3})",
        "p": r"(?P<p>[AaPp][Mm])",
    }
)
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun",
                  "jul", "aug", "sep", "oct", "nov", "dec")  # fmt: skip
_CENTURY_TURNS: Final = 69  # POSIX: 69-99 are 1969-1999
_NOON: Final = 12
_MONTHS_A_YEAR: Final = 12
_TIMES: Final = frozenset("HI")
_DATE: Final = frozenset("mdb")
_YEAR: Final = frozenset("Yy")
_DAY_LENGTH: Final = len("2026-03-01")
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

    def find(text: str) -> Dated | None:
        for expression in compiled:
            found = expression.fullmatch(text)
            if found is not None and (moment := _moment(found)) is not None:
                return moment
        return None

    return _kept(find)


def cell_reader(patterns: tuple[str, ...]) -> DateReader:
    """Make a reader as `date_reader`, which also takes a time behind a pattern without one.

    A midnight there says nothing: whoever asks for a date gets one with it from a database.

    Raises:
        PatternError: as `date_reader`.
    """
    read = date_reader(patterns)

    def find(text: str) -> Dated | None:
        whole = read(text)
        behind = parted(text) if whole is None else None
        if behind is None:
            return whole
        day = read(behind.day)
        if day is None or day.has_time or len(day.text) < _DAY_LENGTH:
            return None
        if behind.is_midnight:
            return day
        return Dated(behind.behind(day.text), has_time=True, is_american=day.is_american)

    return _kept(find)


def _kept(find: DateReader) -> DateReader:
    # Dates repeat from row to row. What is none may be anybody's words: an error is not kept.
    @lru_cache(maxsize=_KEPT)
    def fitted(text: str) -> Dated:
        found = find(text)
        if found is None:
            raise _MisfitError
        return found

    def read(text: str) -> Dated | None:
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
        _PARTS[piece] if place % 2 else _BLANKS.sub(r"\\s+", re.escape(piece))
        for place, piece in enumerate(pieces)
    )
    return re.compile(rf"\s*{text}\s*", re.ASCII)


def _moment(found: re.Match[str]) -> Dated | None:
    parts = found.groupdict()
    has_time = not _TIMES.isdisjoint(parts)
    has_date = not _YEAR.isdisjoint(parts)
    try:
        day = _day(parts) if has_date else (2000, 1, 1)
        moment = datetime(*day, _hour(parts), int(parts.get("M") or 0), int(parts.get("S") or 0))  # noqa: DTZ001 - local time, its zone follows
    except ValueError:
        return None
    if not has_date:
        return Dated(moment.time().isoformat(), has_time=True)
    if "d" not in parts:
        return Dated(moment.date().isoformat()[:7], has_time=False)
    text = moment.isoformat() if has_time else moment.date().isoformat()
    return Dated(text, has_time, _is_american(found, parts))


def _is_american(found: re.Match[str], parts: dict[str, str]) -> bool:
    """Tell whether a month in digits stands first, and the day could be the month."""
    if "m" not in parts or not found.start("m") < found.start("d") < _year_at(found, parts):
        return False
    return int(parts["d"]) <= _MONTHS_A_YEAR and int(parts["d"]) != int(parts["m"])


def _year_at(found: re.Match[str], parts: dict[str, str]) -> int:
    return found.start("Y" if "Y" in parts else "y")


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

"""A time of day behind a date, as databases and spreadsheets write it; told apart, the day is safe.

SQL Server, Oracle, PostgreSQL and Excel put a midnight behind what is only a date, each in its own
spelling.
"""

import re
from datetime import time
from typing import Final, NamedTuple

MIDNIGHT: Final = time()
_BEHIND: Final = re.compile(
    r"(?P<day>.*?\d)(?:[Tt]|,?\s+)"
    r"(?P<written>(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp][Mm])?)"
    r"\s*(?P<offset>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?\s*",
    re.ASCII,
)
_LONGEST: Final = 64
_MICROSECONDS: Final = 6
_NOON: Final = 12


class Parted(NamedTuple):
    """A date as it stood, and what stood behind it.

    `clock` is None for what is no time of day, such as 24:00; `written` says how it stood there.
    """

    day: str
    clock: time | None
    written: str
    offset: str

    @property
    def is_midnight(self) -> bool:
        """Tell whether the clock says no more than a date does."""
        return self.clock == MIDNIGHT

    def behind(self, day: str) -> str:
        """Return the time behind `day`, an ISO date, as ISO writes it."""
        clock = self.written if self.clock is None else self.clock.isoformat()
        return f"{day}T{clock}{self.offset}"


def parted(text: str) -> Parted | None:
    """Return a date and the time of day behind it, or None where there is no time."""
    found = _BEHIND.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    offset = found["offset"] or ""
    if offset.isalpha():
        offset = "Z"
    return Parted(found["day"].strip(), _clock(found), found["written"], offset)


def _clock(found: re.Match[str]) -> time | None:
    hour, half = int(found["h"]), found["half"]
    if half is not None:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.casefold() == "pm" else 0)
    fraction = (found["f"] or "")[:_MICROSECONDS].ljust(_MICROSECONDS, "0")
    try:
        return time(hour, int(found["m"]), int(found["s"] or 0), int(fraction))
    except ValueError:
        return None

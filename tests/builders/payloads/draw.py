"""Seeded draws: the same seed always gives the same payload, some thousand times a second."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any, Final, TypeVar

from shared.contracts.values import write_moment

_T = TypeVar("_T")
_FIRST: Final = datetime(2015, 1, 1, tzinfo=UTC)
_SECONDS: Final = 11 * 365 * 86_400  # up to the last days of 2025
_OFFSETS: Final = (0, 0, 0, 60, 120, -300, -480, 330)
_TICK: Final = timedelta(microseconds=1)
_SENTENCES: Final = (
    "The pump ran empty and nobody was told",
    "Ten times the dose was given, and noticed at the handover",
    'He said "it hurts"; the drain was out',
    "Found beside the bed, café trolley overturned \u2013 no witness",
    "Line one\nline two, with a comma; and a semicolon | and a pipe",
    "Schwester Müller hat es gesehen",
)
Span = tuple[str, str]


class Draw:
    """A seeded source of choices; `marker` stands in all that must not leave intake in clear."""

    __slots__ = ("_random", "marker")

    def __init__(self, seed: str, marker: str | None = None) -> None:
        """Seed it with any text."""
        self._random = Random(seed)  # noqa: S311 - reproducible, not secret
        self.marker = marker or ""

    def chance(self, share: float = 0.5) -> bool:
        """Return True in that share of draws."""
        return self._random.random() < share

    def number(self, lowest: int, highest: int) -> int:
        """Return a whole number, both ends included."""
        return lowest + int(self._random.random() * (highest - lowest + 1))

    def pick(self, items: Sequence[_T]) -> _T:
        """Return one of the items."""
        return items[int(self._random.random() * len(items))]

    def some(self, items: Sequence[_T], most: int) -> list[_T]:
        """Return up to `most` different items."""
        return self._random.sample(items, self.number(0, min(most, len(items))))

    def noise(self, length: int) -> bytes:
        """Return random bytes."""
        return self._random.randbytes(length)

    def secret(self, text: str) -> str:
        """Return a text that must not leave intake: with the marker, where there is one."""
        return text + self.marker

    def told(self) -> str:
        """Return free text of somebody, which must not leave intake."""
        return f"{self.pick(_SENTENCES)} {self.marker}".strip()

    def serial(self) -> str:
        """Return a number that no other draw is likely to give."""
        return str(self.number(100_000_000, 999_999_999))

    def maybe(self, **members: Any) -> dict[str, Any]:
        """Return some of the members: half of them, on average."""
        return {name: value for name, value in members.items() if self.chance()}

    def at(self) -> datetime:
        """Return a moment, to the second."""
        return _FIRST + timedelta(seconds=self.number(0, _SECONDS))

    def instant(self) -> tuple[str, str]:
        """Return a moment with an offset, and the same in the contract's spelling."""
        at = self.at()
        text = at.astimezone(timezone(timedelta(minutes=self.pick(_OFFSETS)))).isoformat()
        return text.replace("+00:00", "Z") if self.chance() else text, write_moment(at)

    def day(self) -> tuple[str, Span]:
        """Return a day, and its ends in UTC."""
        start = self.at().replace(hour=0, minute=0, second=0)
        return start.date().isoformat(), ends_of(start, timedelta(days=1))

    def between(self) -> tuple[tuple[str, str], Span]:
        """Return start and end of a period of some hours, and its ends."""
        start = self.at()
        end = start + timedelta(minutes=self.number(1, 900))
        return (start.isoformat(), end.isoformat()), (write_moment(start), write_moment(end))


def ends_of(start: datetime, length: timedelta) -> Span:
    """Return both ends of the time that begins at `start`, in the contract's spelling."""
    return write_moment(start), write_moment(start + length - _TICK)

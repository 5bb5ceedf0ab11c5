"""Time as a port: the only module that may ask the machine what time it is."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What time it is; called by edges, never by a domain."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's clock, moved by the seconds written in `offset_file` (fault rows only)."""

    offset_file: Path | None = None

    def now(self) -> datetime:
        """Return the machine's time in UTC plus the offset."""
        return datetime.now(UTC) + timedelta(seconds=self._offset_seconds())

    def _offset_seconds(self) -> float:
        if self.offset_file is None or not self.offset_file.exists():
            return 0.0
        return float(self.offset_file.read_text().strip() or 0)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved: the fake of `Clock`."""

    at: datetime

    def now(self) -> datetime:
        """Return the set time."""
        return self.at

    def move(self, by: timedelta) -> None:
        """Move the clock by `by`, which may be negative."""
        self.at += by


def monotonic() -> float:
    """Return seconds of a clock that never jumps; for time-outs and progress, never for data."""
    return time.monotonic()

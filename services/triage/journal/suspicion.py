"""Three deaths: what a life leaves behind about what it was deciding; the next counts on.

A mark {offset, until, deaths, open} is written before deciding where a death may have happened: for
the first chunk of every life, and record by record after a death. It is closed once deciding is
over, so that a death in a commit (a broker's doing, not the record's) is never counted.
"""

import json
from dataclasses import dataclass, replace
from typing import Final

DEATHS_ALLOWED: Final = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A stretch `offset` … `until` (exclusive); `deaths` counts lives that ended at `offset`."""

    offset: int
    until: int
    deaths: int = 0
    is_open: bool = False
    error_type: str | None = None

    def closed(self) -> "Suspicion":
        """Return the same with deciding over."""
        return replace(self, is_open=False)

    def to_json(self) -> bytes:
        """Return the mark as it stands in the changelog."""
        return json.dumps(
            {
                "offset": self.offset,
                "until": self.until,
                "deaths": self.deaths,
                "open": self.is_open,
                "error_type": self.error_type,
            },
            separators=(",", ":"),
        ).encode()


def read_suspicion(value: bytes) -> Suspicion:
    """Return the mark that `to_json` wrote."""
    mark = json.loads(value)
    return Suspicion(
        offset=mark["offset"],
        until=mark["until"],
        deaths=mark["deaths"],
        is_open=mark["open"],
        error_type=mark["error_type"],
    )


def inherited(mark: Suspicion | None, next_offset: int) -> Suspicion | None:
    """Return what a new life must suspect, given the last mark and the offset it begins at.

    An open mark at that very offset is a death while deciding; it counts against the record only
    where the stretch was that one record.
    """
    if mark is None or next_offset >= mark.until:
        return None
    if mark.is_open and mark.offset == next_offset:
        alone = mark.until == mark.offset + 1
        return replace(mark, is_open=False, deaths=mark.deaths + alone)
    return mark.closed()


def deaths_at(suspicion: Suspicion | None, offset: int) -> int:
    """Return how many lives ended at `offset`."""
    return suspicion.deaths if suspicion is not None and suspicion.offset == offset else 0


def mark_before(
    suspicion: Suspicion | None, offset: int, until: int, *, is_first: bool
) -> Suspicion | None:
    """Return the mark to write before deciding `offset` … `until`, or None where none is needed."""
    if suspicion is None and not is_first:
        return None
    if suspicion is not None and suspicion.offset == offset:
        return replace(suspicion, until=until, is_open=True)
    return Suspicion(offset, until, is_open=True)


def after_failure(suspicion: Suspicion | None, offset: int, error_type: str) -> Suspicion:
    """Return the mark of a life that ended with an exception at `offset`: one death more."""
    return Suspicion(offset, offset + 1, deaths_at(suspicion, offset) + 1, error_type=error_type)

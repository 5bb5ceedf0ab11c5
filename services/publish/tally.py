"""What became of the reports of a file: how many were taken, with which flags, what was refused."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.offline.bodies import Body


@dataclass(frozen=True, slots=True)
class RefusedReport:
    """A report that was not taken: the row it begins with, from 1, and intake's own words."""

    row: int
    code: str
    detail: str
    pointer: str | None = None


@dataclass(slots=True)
class Tally:
    """Counts over one or more files; `repeats` are equal reports of one request.

    `events` are the row, from 1, and the event id of each report that was taken.
    """

    taken: int = 0
    repeats: int = 0
    flags: Counter[str] = field(default_factory=Counter)
    refused: list[RefusedReport] = field(default_factory=list)
    events: list[tuple[int, str]] = field(default_factory=list)

    def add(self, body: Body, reports: list[Mapping[str, Any]]) -> list[RefusedReport]:
        """Count the answers to one body, and return what of it was refused."""
        refused = []
        for place, told in enumerate(reports):
            if "code" in told:
                refused.append(_refused(body, place, told))
            else:
                self._take(told)
                self.events.append((body.place_of(place) + 1, str(told.get("event_id", ""))))
        self.refused += refused
        return refused

    def _take(self, told: Mapping[str, Any]) -> None:
        self.taken += 1
        self.repeats += told.get("repeats") is not None
        quality = told.get("quality")
        self.flags.update(quality["flags"] if isinstance(quality, dict) else ())


def _refused(body: Body, place: int, told: Mapping[str, Any]) -> RefusedReport:
    row = body.place_of(place) + 1
    detail, pointer = str(told.get("detail", "")), told.get("pointer")
    return RefusedReport(row, str(told["code"]), detail, None if pointer is None else str(pointer))

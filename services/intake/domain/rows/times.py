"""When it happened, out of cells: a moment, an interval, or a date and a time that stand apart."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Final, NamedTuple

from services.intake.domain.clocks import MIDNIGHT, parted
from services.intake.domain.rows.dates import DateReader, cell_reader, date_reader
from services.intake.domain.rows.scope import Read, Scope
from services.intake.domain.rows.verbs import nothing
from shared.contracts.words import QualityFlag

_DATE_LENGTH: Final = len("2026-03-01")
_MINUTES: Final = len("22:10")
_ENDS: Final = ("earliest", "latest")
_DATES: Final = cell_reader(("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"))
_CLOCKS: Final = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%H.%M", "%H%M")
_HALF_DAYS: Final = ("%I:%M %p", "%I:%M%p", "%I:%M:%S %p", "%I:%M:%S%p")
_TIMES: Final = date_reader((*_CLOCKS, *_HALF_DAYS))
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
# Read by its shape, which knows a time of day behind it.
_SLASHED: Final = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{4}", re.ASCII)


class _Cell(NamedTuple):
    """What a date's own cell says: the local day, its clock unless it is none, and both as text."""

    day: str
    clock: time | None
    text: str

    def at(self, clock: str) -> str:
        """Return the day at another time; a day that is none stays as it is."""
        if _DAY.fullmatch(self.day):
            return f"{self.day}T{clock}"
        return f"{self.day} {clock}" if _SLASHED.fullmatch(self.day) else self.day


def moment(source: Read, patterns: DateReader | None, zone: tzinfo | None) -> Read:
    """Read a time by the pack's patterns; what fits none goes on as it is and is read by its shape.

    With a zone the hour that occurs twice counts at its second time.
    """
    if source is nothing:
        return nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        if not isinstance(value, str):
            return value
        found = patterns(value) if patterns is not None else None
        if found is not None and found.is_american:
            scope.notes.flag(QualityFlag.DATE_US_FORMAT)
        text = value if found is None else found.text
        return text if zone is None else _both(text, zone, scope)[1]

    return read


def occurred(parts: Mapping[str, Read], zone: tzinfo | None) -> Read:
    """Read when it happened: `at`, an interval, or a date and a time that stand apart.

    A midnight in the date's own cell says nothing: databases write it where no time is known. Any
    other time there counts; where the cell of the time says another, both may be meant.
    """
    known = {name: read for name, read in parts.items() if read is not nothing}
    read_date, read_time = known.pop("date", None), known.pop("time", None)
    others = tuple(known.items())
    if read_date is None and not others:
        return nothing

    def read(scope: Scope) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for name, each in others:
            if (value := each(scope)) is not None:
                found |= _zoned(name, value, zone, scope)
        if read_date is not None and (day := read_date(scope)) is not None:
            typed = None if read_time is None else read_time(scope)
            told = _between(_joined(day, typed, zone, scope), zone, scope)
            # Two answers to one question: which counts, and whether they agree, is asked later.
            found |= {"date": next(iter(told.values()))} if "at" in found else told
        return found or None

    return read


def _zoned(name: str, value: object, zone: tzinfo | None, scope: Scope) -> dict[str, Any]:
    if name == "at":
        return _between((value,), zone, scope)
    if zone is None or name not in _ENDS or not isinstance(value, str):
        return {name: value}
    return {name: _both(value, zone, scope)[_ENDS.index(name)]}


def _joined(
    day: object, typed: object, zone: tzinfo | None, scope: Scope
) -> tuple[object] | tuple[str, str]:
    """Return the moment that the cells of a date and a time say, or the two that they may mean."""
    if not isinstance(day, str):
        return (day,)
    cell = _cell(day, scope.notes.zone if zone is None else zone, scope)
    clock = None if typed is None else _TIMES(str(typed))
    if clock is None:
        if typed is not None:
            scope.notes.unmapped("/occurred/time", typed)
        return (cell.text,)
    joined = cell.at(clock.text)
    if cell.clock is None:
        return (joined,)
    own = cell.clock.isoformat()
    if own[:_MINUTES] == clock.text[:_MINUTES]:
        return (cell.text,)
    scope.notes.flag(QualityFlag.TIME_AMBIGUOUS)
    return (cell.text, joined) if own < clock.text else (joined, cell.text)


def _cell(text: str, zone: tzinfo, scope: Scope) -> _Cell:
    found = _DATES(text)
    if found is None:
        return _unread(text)
    if not found.has_time:
        return _Cell(found.text, None, found.text)
    try:
        moment = datetime.fromisoformat(found.text)
        local = moment.astimezone(zone) if moment.tzinfo else moment
    except (ValueError, OverflowError):  # such as 24:00
        scope.notes.flag(QualityFlag.DATE_INVALID)
        day = found.text[:_DATE_LENGTH]
        return _Cell(day, None, day)
    day = local.date().isoformat()
    if local.time() == MIDNIGHT:
        return _Cell(day, None, day)
    return _Cell(day, local.time(), found.text)


def _unread(text: str) -> _Cell:
    """Return a date that no pattern knows; its shape is read later."""
    behind = parted(text)
    if behind is None or behind.offset or not _SLASHED.fullmatch(behind.day):
        return _Cell(text.strip(), None, text)
    if behind.is_midnight:
        return _Cell(behind.day, None, behind.day)
    return _Cell(behind.day, behind.clock, text)


def _between(
    told: tuple[object] | tuple[str, str], zone: tzinfo | None, scope: Scope
) -> dict[str, Any]:
    if len(told) == 1:
        value = told[0]
        if zone is None or not isinstance(value, str):
            return {"at": value}
        first, last = _both(value, zone, scope)
    else:
        first, last = told
        if zone is not None:
            first, last = _both(first, zone, scope)[0], _both(last, zone, scope)[1]
    return {"at": first} if first == last else {"earliest": first, "latest": last}


def _both(text: str, zone: tzinfo, scope: Scope) -> tuple[str, str]:
    """Return the two moments that a local time may mean; a text that is none stays as it is."""
    try:
        local = datetime.fromisoformat(text)
        if len(text) <= _DATE_LENGTH or local.tzinfo is not None:
            return text, text
        moments = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    except (ValueError, OverflowError):
        return text, text
    if moments[0] != moments[1]:
        scope.notes.flag(QualityFlag.TIME_AMBIGUOUS)
    return min(moments).isoformat(), max(moments).isoformat()

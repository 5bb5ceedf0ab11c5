"""Times as sources write them: with or without zone, to the day or the month, or the American way.

A time without a zone is the tenant's local time. What can be read two ways becomes the interval
that covers both, never a guess.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from services.intake.domain.clocks import MIDNIGHT, parted
from services.intake.domain.notes import Notes
from services.intake.domain.readers import Reader
from shared.contracts.values import write_moment
from shared.contracts.words import QualityFlag

_DAY: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
# The same day without hyphens, or with slashes: no reading but one.
_SPELT_OTHERWISE: Final = re.compile(
    r"(\d{4})(?:(\d{2})(\d{2})|/(\d{2})/(\d{2}))(?![\d/])", re.ASCII
)
_SLASHED: Final = re.compile(
    r"(\d{1,2})([/.])(\d{1,2})[/.](\d{4})"
    r"(?:[ T,]+(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*([AaPp][Mm])?)?",
    re.ASCII,
)
# RFC 3339 and FHIR know the second that is put in now and then; no clock of ours does.
_LEAP_SECOND: Final = re.compile(r"(\d{2}:\d{2}):60(?!\d)", re.ASCII)
# A whole day ahead of something that is no time of day: 2026-03-01T24:00, 1/3/2026 about noon.
_DAY_AHEAD: Final = re.compile(r"[\d/.-]{8,10}(?!\d)", re.ASCII)
_PLAUSIBLE_YEARS: Final = range(1900, 2200)
_OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)
_DAY_LENGTH: Final = timedelta(days=1)
_LONGEST_MONTH: Final = timedelta(days=31)
_NOON: Final = 12
_YEAR_WIDTH: Final = len("2026")
_DAY_WIDTH: Final = len("2026-03-01")
_MONTHS: Final = 12
# Python takes the zone of a date (2026-03-01+01:00, as XML writes it) for a time of day.
_ZONE_BEGINS: Final = "+-Zz"
_NO_TIME: Final = "a zone stands where the time of day would"
_DAYS_KEPT: Final = 1_024


class Grain(StrEnum):
    """How exactly a source knew the time."""

    INSTANT = "instant"
    DAY = "day"
    COARSE = "coarse"


class Span(NamedTuple):
    """A closed interval in UTC."""

    earliest: datetime
    latest: datetime
    grain: Grain

    def to_document(self) -> dict[str, str]:
        """Return both ends as the contract writes them."""
        latest = write_moment(self.latest)
        earliest = latest if self.earliest == self.latest else write_moment(self.earliest)
        return {"earliest": earliest, "latest": latest}


def moment(field: str) -> Reader:
    """Make a reader of one moment; of an interval it takes the end, at which it counts."""
    del field  # a date that cannot be read has a flag of its own

    def read(value: object, notes: Notes) -> str | None:
        span = read_span(value, notes)
        return write_moment(span.latest) if span else None

    return read


def read_span(value: object, notes: Notes) -> Span | None:
    """Return when `value` says, or None with `date_invalid`."""
    span = _parse(value.strip(), notes) if isinstance(value, str) else None
    if span is None:
        notes.flag(QualityFlag.DATE_INVALID)
        return None
    if span.earliest < _OLDEST:
        notes.flag(QualityFlag.DATE_TOO_OLD)
    # A month, or a date that may be American, begins before it ends: only what has not begun can
    # lie ahead.
    notes.spoke_of(span.earliest if span.grain is Grain.COARSE else span.latest)
    return span


def read_date(value: object, notes: Notes) -> Span | None:
    """Return the day that `value` says, as `read_span`; a time of day behind it counts.

    A midnight says nothing, as it was written or by the local clock: databases write it where no
    time is known.
    """
    if isinstance(value, str) and (found := parted(value.strip())) and found.is_midnight:
        value = found.day
    span = read_span(value, notes)
    if span is None or span.grain is not Grain.INSTANT:
        return span
    local = span.latest.astimezone(notes.zone)
    return local_day(local.date(), notes.zone) if local.time() == MIDNIGHT else span


def read_birth_days(value: object, notes: Notes) -> tuple[date, date] | None:
    """Return the first and last day that a birth date may mean, or None; no flag is left.

    A year, a month, or a date that may be British or American says enough for a group.
    """
    if not isinstance(value, str):
        return None
    text = value.strip()
    try:
        day = date.fromisoformat(text[:_DAY_WIDTH])
    except ValueError:
        span = _parse(text, Notes(notes.context, notes.source_system))
    else:
        return day, day
    if span is None:
        return None
    zone = notes.zone
    return span.earliest.astimezone(zone).date(), span.latest.astimezone(zone).date()


@lru_cache(maxsize=_DAYS_KEPT)
def local_day(day: date, zone: tzinfo) -> Span:
    """Return the local day as an interval; most reports are of the same few days."""
    return Span(_midnight(day, zone), _midnight(day + _DAY_LENGTH, zone) - _TICK, Grain.DAY)


def at_local(day: date, wall: time, zone: tzinfo) -> datetime:
    """Return a local wall time in UTC; the first of two, where the hour occurs twice."""
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return at_local(day, time(), zone)


def _parse(text: str, notes: Notes) -> Span | None:
    try:
        return _read(text, notes)
    except (ValueError, OverflowError):
        return _mended(text, notes)


def _mended(text: str, notes: Notes) -> Span | None:
    """Read what Python does not: `t`, `z` and a leap second; else the day that is clear."""
    strict = _LEAP_SECOND.sub(r"\1:59", text.replace("t", "T").replace("z", "Z"))
    if strict != text:
        return _parse(strict, notes)
    ahead = _DAY_AHEAD.match(text)
    if ahead is None or ahead[0] == text:
        return None
    notes.flag(QualityFlag.DATE_INVALID)
    return _parse(ahead[0], notes)


def _read(text: str, notes: Notes) -> Span | None:
    if text[_YEAR_WIDTH : _YEAR_WIDTH + 1] != "-" and (found := _SPELT_OTHERWISE.match(text)):
        text = "-".join(part for part in found.groups() if part) + text[found.end() :]
    if text[_YEAR_WIDTH : _YEAR_WIDTH + 1] == "-" and len(text) > _DAY_WIDTH:
        if text[_DAY_WIDTH] in _ZONE_BEGINS:
            raise ValueError(_NO_TIME)
        return _instant(datetime.fromisoformat(text), notes)
    if found := _DAY.fullmatch(text):
        return _calendar(notes.zone, *(int(part) for part in found.groups() if part))
    if found := _SLASHED.fullmatch(text):
        return _slashed(found, notes)
    return _instant(datetime.fromisoformat(text), notes)


def _calendar(zone: tzinfo, year: int, month: int = 0, day: int = 0) -> Span | None:
    if year not in _PLAUSIBLE_YEARS:
        return None
    if day:
        return local_day(date(year, month, day), zone)
    first = date(year, month or 1, 1)
    last_month = first.replace(month=month or _MONTHS)
    after = (last_month + _LONGEST_MONTH).replace(day=1)
    return Span(_midnight(first, zone), _midnight(after, zone) - _TICK, Grain.COARSE)


def _instant(at: datetime, notes: Notes) -> Span | None:
    if at.year not in _PLAUSIBLE_YEARS:
        return None
    if at.tzinfo is not None:
        exact = at.astimezone(UTC)
        return Span(exact, exact, Grain.INSTANT)
    notes.flag(QualityFlag.TIME_ZONE_ASSUMED)
    first = at.replace(tzinfo=notes.zone, fold=0).astimezone(UTC)
    second = at.replace(tzinfo=notes.zone, fold=1).astimezone(UTC)
    if first != second:
        # The hour occurs twice (autumn) or never (spring).
        notes.flag(QualityFlag.TIME_AMBIGUOUS)
    return Span(min(first, second), max(first, second), Grain.INSTANT)


def _slashed(found: re.Match[str], notes: Notes) -> Span | None:
    first, separator, second, year = found[1], found[2], found[3], int(found[4])
    readings = [_slashed_span(year, int(second), int(first), found, notes)]
    if separator == "/":  # 29.01.2017 is never American
        american = _slashed_span(year, int(first), int(second), found, notes)
        if american is not None and first != second:
            notes.flag(QualityFlag.DATE_US_FORMAT)
        readings.append(american)
    spans = [span for span in readings if span is not None]
    if not spans:
        return None
    if len({span.earliest for span in spans}) > 1:
        notes.flag(QualityFlag.TIME_AMBIGUOUS)
        ends = [span.latest for span in spans]
        return Span(min(span.earliest for span in spans), max(ends), Grain.COARSE)
    return spans[0]


def _slashed_span(
    year: int, month: int, day: int, found: re.Match[str], notes: Notes
) -> Span | None:
    if month not in range(1, _MONTHS + 1):
        return None
    if found[5] is None:
        return _calendar(notes.zone, year, month, day)
    hour = int(found[5])
    if found[8] is not None:
        hour = hour % _NOON + (_NOON if found[8].casefold() == "pm" else 0)
    return _instant(datetime(year, month, day, hour, int(found[6]), int(found[7] or 0)), notes)  # noqa: DTZ001 - local time, its zone follows

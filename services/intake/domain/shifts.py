"""Which shifts were on duty: the window in which a coordinator looks for the team."""

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final, TypeAlias

from services.intake.domain.context import ShiftHours
from services.intake.domain.moments import Grain, Span, at_local

Shifts: TypeAlias = tuple[ShiftHours, ...]
_DAY: Final = timedelta(days=1)
_DAYS_KEPT: Final = 1_024


def team_window(span: Span | None, shifts: Shifts, zone: tzinfo, margin: timedelta) -> Span | None:
    """Return the shifts that overlap `span`, without any the span and `margin` on either side.

    A day stays as it is; anything coarser gives None.
    """
    if span is None or span.grain is Grain.COARSE:
        return None
    if span.grain is Grain.DAY:
        return span
    return shifts_of(span, shifts, zone) or Span(
        span.earliest - margin, span.latest + margin, Grain.INSTANT
    )


def shifts_of(span: Span, shifts: Shifts, zone: tzinfo) -> Span | None:
    """Return the hours from the first to the last shift that overlaps `span`."""
    # A night shift that began the evening before may still be on duty.
    day: date = span.earliest.astimezone(zone).date() - _DAY
    last: date = span.latest.astimezone(zone).date()
    overlapping: list[tuple[datetime, datetime]] = []
    while day <= last:
        turns = _turns(day, shifts, zone)
        overlapping += [t for t in turns if t[0] <= span.latest and t[1] > span.earliest]
        day += _DAY
    if not overlapping:
        return None
    return Span(min(overlapping)[0], max(end for _, end in overlapping), Grain.INSTANT)


@lru_cache(maxsize=_DAYS_KEPT)
def _turns(day: date, shifts: Shifts, zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
    """Return when each shift of a local day begins and ends; most reports are of the same days."""
    return tuple(
        (at_local(day, shift.start, zone), at_local(_end_of(day, shift), shift.end, zone))
        for shift in shifts
    )


def _end_of(day: date, shift: ShiftHours) -> date:
    return day if shift.end > shift.start else day + _DAY

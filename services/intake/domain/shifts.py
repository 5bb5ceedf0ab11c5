"""Which shifts were on duty: the window in which a coordinator looks for the team."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta, tzinfo

from services.intake.domain.context import ShiftHours
from services.intake.domain.moments import Grain, Span, at_local

_DAY = timedelta(days=1)


def team_window(
    span: Span | None, shifts: Sequence[ShiftHours], zone: tzinfo, margin: timedelta
) -> Span | None:
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


def shifts_of(span: Span, shifts: Sequence[ShiftHours], zone: tzinfo) -> Span | None:
    """Return the hours from the first to the last shift that overlaps `span`."""
    overlapping = [
        (start, end)
        for start, end in _turns(span, shifts, zone)
        if start <= span.latest and end > span.earliest
    ]
    if not overlapping:
        return None
    return Span(min(overlapping)[0], max(end for _, end in overlapping), Grain.INSTANT)


def _turns(
    span: Span, shifts: Sequence[ShiftHours], zone: tzinfo
) -> Iterator[tuple[datetime, datetime]]:
    # A night shift that began the evening before may still be on duty.
    day: date = span.earliest.astimezone(zone).date() - _DAY
    while day <= span.latest.astimezone(zone).date():
        for shift in shifts:
            ends = day if shift.end > shift.start else day + _DAY
            yield at_local(day, shift.start, zone), at_local(ends, shift.end, zone)
        day += _DAY

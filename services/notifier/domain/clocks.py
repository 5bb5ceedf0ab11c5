"""Quiet hours and the clocks that bind a case; pure, time zones through `zoneinfo`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.notifier.domain.plan import QuietHours

_AFTER_QUIET: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def quiet_until(at: datetime, quiet: QuietHours, zone: str) -> datetime | None:
    """Return the end (UTC) of the quiet hours that hold at `at`, or None outside them.

    `zone` is an IANA name: the person's own, else the tenant's.
    """
    for start, end in _spans(at, quiet, zone):
        if start <= at < end:
            return end
    return None


def contact_by(respond_by: datetime, quiet: QuietHours, zone: str) -> datetime:
    """Return max(`respond_by`, end of the last quiet hours that begin before it + 1 h), in UTC."""
    ends = [end for start, end in _spans(respond_by, quiet, zone) if start < respond_by]
    return max(respond_by, *(end + _AFTER_QUIET for end in ends)) if ends else respond_by


def _spans(at: datetime, quiet: QuietHours, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield the quiet spans that begin on the three local days around `at`, in UTC."""
    if quiet.start == quiet.end:
        return
    local = at.astimezone(ZoneInfo(zone)).date()
    for day in (local - _DAY, local, local + _DAY):
        last = day + _DAY if quiet.end < quiet.start else day
        start = datetime.combine(day, quiet.start, ZoneInfo(zone))
        end = datetime.combine(last, quiet.end, ZoneInfo(zone))
        yield start.astimezone(UTC), end.astimezone(UTC)

"""Times as people read them: in a named zone, and how far away."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR


def moment(at: datetime, zone: str) -> str:
    """Return a time in `zone` with the zone's name: "Tue 10 Mar, 17:30 CET"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b, %H:%M %Z}"


def distance(at: datetime, now: datetime) -> str:
    """Return how far away a time is: "in 3 h 20 min", "2 days ago", "now"."""
    seconds = int((at - now) / timedelta(seconds=1))
    span = _span(abs(seconds))
    if not span:
        return "now"
    return f"in {span}" if seconds > 0 else f"{span} ago"


def _span(seconds: int) -> str:
    if seconds < _MINUTE:
        return ""
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        minutes = seconds % _HOUR // _MINUTE
        return f"{seconds // _HOUR} h" + (f" {minutes} min" if minutes else "")
    return f"{seconds // _DAY} days"

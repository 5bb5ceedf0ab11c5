"""When it happened: `at`, an interval, or a date, with precision and shift."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.intake.domain.moments import Grain, Span, local_day, read_span
from services.intake.domain.notes import Notes
from services.intake.domain.readers import word
from services.intake.domain.shifts import shifts_of
from shared.contracts.words import QualityFlag

_DAY: Final = timedelta(days=1)
_MONTH_BEGINS: Final = 1
_FIELDS: Final = frozenset({"at", "earliest", "latest", "date", "precision", "shift"})
_read_shift: Final = word("/occurred/shift", "shift")


def read_occurred(value: object, notes: Notes) -> tuple[Span | None, str | None]:
    """Return the interval and the shift; a bare text is read as `at`."""
    if not isinstance(value, dict):
        return (None if value is None else read_span(value, notes)), None
    if not value.keys() <= _FIELDS:
        notes.flag(QualityFlag.FIELD_UNKNOWN)
    shift = value.get("shift")
    span = _read_span(value, notes)
    if span is not None and (precision := value.get("precision")) is not None:
        span = _widen(span, precision, notes)
    return span, (None if shift is None else _read_shift(shift, notes))


def _read_span(value: dict[str, Any], notes: Notes) -> Span | None:
    for name in ("at", "date"):
        if value.get(name) is not None and (span := read_span(value[name], notes)) is not None:
            return span
    given = [value[name] for name in ("earliest", "latest") if value.get(name) is not None]
    spans = [span for item in given if (span := read_span(item, notes)) is not None]
    return _hull(spans, notes) if spans else None


def _hull(spans: list[Span], notes: Notes) -> Span:
    if spans[0].earliest > spans[-1].latest:
        notes.flag(QualityFlag.DATE_INVALID)
    earliest = min(span.earliest for span in spans)
    latest = max(span.latest for span in spans)
    if latest - earliest > _DAY:
        return Span(earliest, latest, Grain.COARSE)
    grains = {span.grain for span in spans}
    return Span(earliest, latest, Grain.INSTANT if grains == {Grain.INSTANT} else Grain.DAY)


def _widen(span: Span, precision: object, notes: Notes) -> Span:
    widen = _PRECISIONS.get(precision) if isinstance(precision, str) else None
    if widen is None:
        notes.unmapped("/occurred/precision", precision)
        return span
    return widen(span, notes) if span.grain is Grain.INSTANT else span


def _to_hour(span: Span, _notes: Notes) -> Span:
    start = span.earliest.replace(minute=0, second=0, microsecond=0)
    end = span.latest.replace(minute=59, second=59, microsecond=999_999)
    return Span(start, end, Grain.INSTANT)


def _to_shift(span: Span, notes: Notes) -> Span:
    return shifts_of(span, notes.context.shifts, notes.zone) or span


def _to_day(span: Span, notes: Notes) -> Span:
    return local_day(span.latest.astimezone(notes.zone).date(), notes.zone)


def _to_month(span: Span, notes: Notes) -> Span:
    local = span.latest.astimezone(notes.zone)
    first = datetime(local.year, local.month, _MONTH_BEGINS, tzinfo=notes.zone)
    after = (first + 31 * _DAY).replace(day=_MONTH_BEGINS)
    tick = timedelta(microseconds=1)
    return Span(first.astimezone(UTC), after.astimezone(UTC) - tick, Grain.COARSE)


def _as_it_is(span: Span, _notes: Notes) -> Span:
    return span


_PRECISIONS: Final[Mapping[str, Callable[[Span, Notes], Span]]] = {
    "minute": _as_it_is,
    "hour": _to_hour,
    "shift": _to_shift,
    "day": _to_day,
    "month": _to_month,
}

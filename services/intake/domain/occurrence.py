"""When it happened: `at`, an interval, or a date, with precision and shift."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.intake.domain.moments import Grain, Span, local_day, read_date, read_span
from services.intake.domain.notes import Notes
from services.intake.domain.readers import word
from services.intake.domain.shifts import shifts_of
from shared.contracts.words import QualityFlag

_DAY: Final = timedelta(days=1)
_MONTH_BEGINS: Final = 1
_TICK: Final = timedelta(microseconds=1)
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
    told = [
        read(value[name], notes)
        for name, read in (("at", read_span), ("date", read_date))
        if value.get(name) is not None
    ]
    given = [value[name] for name in ("earliest", "latest") if value.get(name) is not None]
    ends = [span for item in given if (span := read_span(item, notes)) is not None]
    spans = [span for span in (*told, _hull(ends, notes) if ends else None) if span is not None]
    return _agreed(spans, notes) if len(spans) > 1 else next(iter(spans), None)


def _agreed(spans: list[Span], notes: Notes) -> Span:
    """Return the most exact of those that agree with the first; that others do not is flagged."""
    first = spans[0]
    agreeing = [s for s in spans if s.earliest <= first.latest and s.latest >= first.earliest]
    if len(agreeing) < len(spans):
        notes.flag(QualityFlag.DATE_INVALID)
    return min(agreeing, key=lambda span: span.latest - span.earliest)


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
    return widen(span, notes)


def _to_hour(span: Span, _notes: Notes) -> Span:
    if span.grain is not Grain.INSTANT:
        return span
    start = span.earliest.replace(minute=0, second=0, microsecond=0)
    end = span.latest.replace(minute=59, second=59, microsecond=999_999)
    return Span(start, end, Grain.INSTANT)


def _to_shift(span: Span, notes: Notes) -> Span:
    if span.grain is not Grain.INSTANT:
        return span
    return shifts_of(span, notes.context.shifts, notes.zone) or span


def _to_day(span: Span, notes: Notes) -> Span:
    first, last = (local_day(end.astimezone(notes.zone).date(), notes.zone) for end in span[:2])
    return first if first == last else Span(first.earliest, last.latest, Grain.COARSE)


def _to_month(span: Span, notes: Notes) -> Span:
    first = span.earliest.astimezone(notes.zone)
    last = span.latest.astimezone(notes.zone)
    start = datetime(first.year, first.month, _MONTH_BEGINS, tzinfo=notes.zone)
    month = datetime(last.year, last.month, _MONTH_BEGINS, tzinfo=notes.zone)
    after = (month + 31 * _DAY).replace(day=_MONTH_BEGINS)
    return Span(start.astimezone(UTC), after.astimezone(UTC) - _TICK, Grain.COARSE)


def _as_it_is(span: Span, _notes: Notes) -> Span:
    return span


_PRECISIONS: Final[Mapping[str, Callable[[Span, Notes], Span]]] = {
    "minute": _as_it_is,
    "hour": _to_hour,
    "shift": _to_shift,
    "day": _to_day,
    "month": _to_month,
}

"""When a FHIR event happened, was found and was recorded."""

import re
from collections.abc import Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import objects
from services.intake.domain.readers import clean, listed

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_LAST: Final = ("recordedDate", "detected", "occurrenceDateTime", "date", "authored")


def times_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return occurred, detected_at and reported_at as the source wrote them, where it did."""
    return {
        "occurred": _occurred(event),
        "detected_at": event.get("detected"),
        "reported_at": event.get("recordedDate"),
    }


def day_of(report: Mapping[str, Any]) -> str | None:
    """Return the day on which a report was written or, else, its event happened; no clock."""
    told = (clean(report.get(name)) for name in _LAST)
    days = (_DAY.match(text) for text in told if text is not None)
    return next((day[0] for day in days if day), None)


def _occurred(event: Mapping[str, Any]) -> object:
    for name in ("date", "occurrenceDateTime"):
        if event.get(name) is not None:
            return event[name]
    periods = (_of_period(period) for period in objects(event.get("occurrencePeriod")))
    timings = (_of_timing(timing) for timing in objects(event.get("occurrenceTiming")))
    return next((found for found in (*periods, *timings) if found is not None), None)


def _of_period(period: Mapping[str, Any]) -> dict[str, object] | None:
    return _between(period.get("start"), period.get("end"))


def _of_timing(timing: Mapping[str, Any]) -> dict[str, object] | None:
    moments = [item for item in listed(timing.get("event")) if isinstance(item, str)]
    return _between(min(moments), max(moments)) if moments else None


def _between(start: object, end: object) -> dict[str, object] | None:
    bounds = {"earliest": start, "latest": end}
    return {name: value for name, value in bounds.items() if value is not None} or None

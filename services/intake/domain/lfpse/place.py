"""When and where an LFPSE event happened: dates known to the month, a trust, rarely a ward."""

import re
from collections.abc import Mapping
from datetime import datetime, time
from typing import Any, Final

from services.intake.domain.lfpse.clinical import PLACE
from services.intake.domain.lfpse.codes import answer, known, words_of_codes
from services.intake.domain.lfpse.sections import Sections
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from services.intake.domain.tables import CodeMeaning

_DATE: Final = "adverse-event-estimated-date"
_DAY_LENGTH: Final = len("2026-03-01")
_MIDNIGHT: Final = "T00:00:00"
_CLOCK: Final = re.compile(
    r"([01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?", re.ASCII
)
# A code has no blanks: whatever has them is a text, which may hold a name.
_CODE: Final = re.compile(r"[A-Za-z0-9._/-]{1,64}", re.ASCII)


def times_of(event: Mapping[str, Any], sections: Sections, notes: Notes) -> dict[str, Any]:
    """Return when it happened, was found and was reported, as exactly as the report knows."""
    today = sections.text(_DATE, "TodaysDate")
    return {
        "occurred": _occurred(event, today, sections, notes),
        "detected_at": event.get("detected"),
        "reported_at": event.get("recordedDate") or today,
    }


def _occurred(
    event: Mapping[str, Any], today: str | None, sections: Sections, notes: Notes
) -> dict[str, Any] | None:
    is_today = answer(sections.first(_DATE, "IncidentOccurredToday"), "/occurred/at", notes)
    dates = (clean(event.get(name)) for name in ("date", "occurrenceDateTime"))
    day = next((date for date in dates if date is not None), None)
    day = day or (today if is_today else None) or sections.text(_DATE, "ApproximateDate")
    brackets = sections.values(_DATE, "EstimatedTime")[:1]
    shifts = words_of_codes("time-of-incident-brackets", brackets, "shift", "/occurred", notes)
    if day is None:
        return None
    clock = _clock(sections.text(_DATE, "PreciseTime"), notes)
    day = _day_of(day, notes) if _is_midnight(day, notes) else day
    at = f"{day}T{clock}" if clock is not None and len(day) == _DAY_LENGTH else day
    return known(at=at, shift=next(iter(shifts), None))


def _clock(text: str | None, notes: Notes) -> str | None:
    """Return a time of day as ISO writes it; one that is none must not cost the day."""
    if text is None:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        notes.unmapped("/occurred/time", text)
        return None
    return text.zfill(len(text) + len("00") - len(found[1]))


def _is_midnight(text: str, notes: Notes) -> bool:
    # Systems write it where no time is known: as it was sent, or of England told in Greenwich time.
    local = _local(text, notes)
    return _MIDNIGHT in text or (local is not None and local.time() == time())


def _day_of(text: str, notes: Notes) -> str:
    """Return the local day of a moment; a day or a month stays as it is."""
    local = None if _MIDNIGHT in text else _local(text, notes)
    return text[:_DAY_LENGTH] if local is None else local.date().isoformat()


def _local(text: str, notes: Notes) -> datetime | None:
    if len(text) <= _DAY_LENGTH:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(notes.zone) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


def location_of(sections: Sections, notes: Notes) -> dict[str, Any] | None:
    """Return organisation, specialty, the sort of place, and the unit where the tenant knows it.

    LFPSE names no ward. A unit is found where the tenant's unit table has one of these as an alias:
    `ORGANISATION/SPECIALTY`, the specialty's code, the organisation's code; or where the location
    within the service is no code of LFPSE but the trust's own.
    """
    organisation = clean(sections.first(PLACE, "Organisation"))
    specialty = clean(sections.first(PLACE, "ResponsibleSpecialty"))
    within = clean(sections.first(PLACE, "LocationWithinService"))
    own = within if _row("incident-location", within, notes) is None else None
    both = f"{organisation}/{specialty}" if organisation and specialty else None
    aliases = [text for text in (own, both, specialty, organisation) if text is not None]
    units, source = notes.context.units, notes.source_system
    unit = next((unit for text in aliases if (unit := units.find(source, text))), None)
    found = known(
        organisation=_code(organisation),
        specialty=_code(specialty),
        unit_id=unit or _code(own),
        place_type=_place_type(specialty, within, sections, notes),
    )
    return found or None


def _place_type(
    specialty: str | None, within: str | None, sections: Sections, notes: Notes
) -> str | None:
    by_specialty = _row("specialty", specialty, notes)
    if by_specialty is not None and by_specialty.word is not None:
        return by_specialty.word
    areas = sections.values(PLACE, "ServiceArea")
    words = words_of_codes("service-type", areas, "place_type", "/location/place_type", notes)
    if words:
        return words[0]
    by_place = _row("incident-location", within, notes)
    return None if by_place is None else by_place.word


def _row(system: str, code: str | None, notes: Notes) -> CodeMeaning | None:
    return notes.context.tables.lfpse.get((system, code or ""))


def _code(text: str | None) -> str | None:
    return text if text is not None and _CODE.fullmatch(text) else None

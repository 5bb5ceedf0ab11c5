"""Patients: pseudonyms, ages, harm, outcomes; no identifier and no birth date gets past here."""

from typing import Any, Final

from services.intake.domain.ages import read_age
from services.intake.domain.harm import HarmReading, harm_source, read_harm
from services.intake.domain.identifiers import read_identifier
from services.intake.domain.limits import check_count
from services.intake.domain.moments import Span
from services.intake.domain.notes import Notes
from services.intake.domain.readers import Readers, listed, read_object, word, words, yes_no
from shared.contracts.words import QualityFlag
from shared.identity import patient_pseudonym

_FIELD: Final = "/patients/*"
_SPECIAL: Final = (
    "ids",
    "age_years",
    "age_days",
    "birth_date",
    "age_group",
    "harm",
    "harm_psychological",
)
_READERS: Final[Readers] = {
    "harm_duration": word("/patients/*/harm_duration", "harm_duration"),
    "died": yes_no("/patients/*/died"),
    "outcomes": words("/patients/*/outcomes", "outcome"),
    **dict.fromkeys(_SPECIAL),
}


def read_patients(
    value: object, event: Span | None, notes: Notes
) -> tuple[list[dict[str, Any]] | None, list[HarmReading]]:
    """Return the patients and what their harm codes said; None where nothing was said of any.

    `event` is the time at which their ages count.

    Raises:
        RefusedError: `limit`, more patients than a report may have.
    """
    if value is None:
        return None, []
    given = listed(value)
    check_count(len(given), notes.context.limits.patients, "/patients")
    readings: list[HarmReading] = []
    return [_read_patient(item, event, notes, readings) for item in given], readings


def _read_patient(
    value: object, event: Span | None, notes: Notes, readings: list[HarmReading]
) -> dict[str, Any]:
    found = read_object(value, _READERS, notes, _FIELD)
    found["pseudonyms"] = []
    if isinstance(value, dict):
        if value.get("ids") is not None:
            found["pseudonyms"] = _pseudonyms(value["ids"], notes)
        found |= read_age(value, event, notes)
        _read_harm(value, found, notes, readings)
    return found


def _pseudonyms(value: object, notes: Notes) -> list[str]:
    found: dict[str, None] = {}
    for item in listed(value):
        identifier = read_identifier(item, "/patients/*/ids", notes)
        if identifier is not None:
            pseudonym = patient_pseudonym(notes.context.pseudonym_key, *identifier)
            if pseudonym in found:
                notes.flag(QualityFlag.DUPLICATE_IDENTIFIER)
            found[pseudonym] = None
    return list(found)


def _read_harm(
    patient: dict[str, Any], found: dict[str, Any], notes: Notes, readings: list[HarmReading]
) -> None:
    for name in ("harm", "harm_psychological"):
        given = patient.get(name)
        if given is None:
            continue
        scale = notes.settings.harm_scale if name == "harm" else None
        reading = read_harm(given, f"{_FIELD}/{name}", notes, scale)
        readings.append(reading)
        if reading.level is not None:
            found[name] = reading.level
        if reading.row is not None and name == "harm":
            found["harm_source"] = harm_source(reading.row)

"""How badly a FHIR event ended: outcome, severity, seriousness criteria, however coded."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.intake.domain.fhir_elements import codes, objects, words_of
from services.intake.domain.fhir_event import Event
from services.intake.domain.fhir_release import Release
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean, listed
from shared.contracts.words import Harm, HarmDuration, Kind

_ACTUALITY_SCALE: Final = "fhir"
_POTENTIAL: Final = "potential"
_CRITERIA: Final = "seriousness-criteria"
_UNHURT: Final = frozenset({Kind.NEAR_MISS.value, Kind.UNSAFE_CONDITION.value})
_DURATIONS: Final = (HarmDuration.PERMANENT.value, HarmDuration.TEMPORARY.value)


def harm_of(event: Event, kind: str | None, notes: Notes) -> dict[str, Any]:
    """Return harm, its duration and whether the patient died, as far as the event says."""
    outcomes = _outcomes(event, notes)
    duration = next((word for word in _DURATIONS if word in outcomes), None)
    found: dict[str, Any] = {} if duration is None else {"harm_duration": duration}
    if Harm.DEATH.value in outcomes:
        return found | {"harm": Harm.DEATH.value, "died": True}
    level = _level(event.fields, event.release, notes)
    if level is not None:
        return found | {"harm": {"scale": level[0], "code": level[1]}}
    if kind in _UNHURT:
        return found | {"harm": {"scale": _ACTUALITY_SCALE, "code": _POTENTIAL}}
    return found


def is_fatal(event: Event, notes: Notes) -> bool:
    """Tell whether the event says that its subject died."""
    return Harm.DEATH.value in _outcomes(event, notes)


def _outcomes(event: Event, notes: Notes) -> frozenset[str]:
    if event.outcomes is None:
        event.outcomes = frozenset(_read_outcomes(event.fields, notes))
    return event.outcomes


def _read_outcomes(event: Mapping[str, Any], notes: Notes) -> set[str]:
    table = notes.context.tables.fhir["outcome"]
    found = set(_criteria(event, notes))
    for concept in listed(event.get("outcome")):
        # One concept may be coded twice, in a local system and in the standard's.
        texts = _texts(concept)
        said = {word for text in texts if (word := table.get(text.casefold())) is not None}
        if texts and not said:
            notes.unmapped("/patients/*/outcomes", texts[0])
        found |= said
    return found


def _criteria(event: Mapping[str, Any], notes: Notes) -> Iterator[str]:
    """Yield what the seriousness criteria say that are present: a coded death alone is none."""
    table = notes.context.tables.fhir["criterion"]
    for extension in objects(event.get("extension")):
        if str(extension.get("url")).rpartition("/")[2] != _CRITERIA:
            continue
        members = objects(extension.get("extension"))
        if any(member.get("valueBoolean") is True for member in members):
            given = (code for each in members for code in codes(each.get("valueCodeableConcept")))
            yield from (table[code.casefold()] for code in given if code.casefold() in table)


def _level(event: Mapping[str, Any], release: Release, notes: Notes) -> tuple[str, str] | None:
    """Return scale and code: of several codings the first that the scale knows."""
    row_of = notes.context.tables.harm_row
    for name, scale in release.levels:
        given = event.get(name)
        texts = [] if given is None else [*codes(given), *_texts(given)]
        if texts:
            known = (text for text in texts if row_of(scale, text) is not None)
            return scale, next(known, texts[0])
    return None


def _texts(concepts: object) -> list[str]:
    """Return the words of concepts; a bare text, which FHIR does not know, is taken as such."""
    bare = (clean(each) for each in listed(concepts) if isinstance(each, str))
    return [*words_of(concepts), *(text for text in bare if text is not None)]

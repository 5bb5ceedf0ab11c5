"""From what a cell says to what a report says: times, harm, identifiers, ages of LFPSE."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from services.intake.domain.lfpse_age import read_lfpse_age
from services.intake.domain.readers import clean
from services.intake.domain.rows.dates import DateReader, date_reader
from services.intake.domain.rows.scope import Read, Scope
from services.intake.domain.rows.verbs import nothing
from shared.contracts.words import QualityFlag

TENANT: Final = "tenant"
EMAIL: Final = "email"
_DATE_LENGTH: Final = len("2026-03-01")
_ENDS: Final = ("earliest", "latest")
_MIDNIGHT: Final = "T00:00:00"
_ISO_DATES: Final = date_reader(("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"))
_TIMES: Final = date_reader(("%H:%M", "%H:%M:%S", "%H.%M", "%H%M", "%I:%M %p", "%I:%M%p"))


def moment(source: Read, patterns: DateReader | None, zone: tzinfo | None) -> Read:
    """Read a time by the pack's patterns; what fits none goes on as it is and is read by its shape.

    With a zone the hour that occurs twice counts at its second time.
    """
    if source is nothing:
        return nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        if not isinstance(value, str):
            return value
        found = patterns(value) if patterns is not None else None
        text = value if found is None else found[0]
        return text if zone is None else _both(text, zone, scope)[1]

    return read


def occurred(parts: Mapping[str, Read], zone: tzinfo | None) -> Read:
    """Read when it happened: `at`, an interval, or a date and a time that stand apart.

    A midnight in the date's own cell says nothing: databases write it where no time is known.
    """
    known = {name: read for name, read in parts.items() if read is not nothing}
    read_date, read_time = known.pop("date", None), known.pop("time", None)
    others = tuple(known.items())
    if read_date is None and not others:
        return nothing

    def read(scope: Scope) -> dict[str, Any] | None:
        found: dict[str, Any] = {}
        for name, each in others:
            if (value := each(scope)) is not None:
                found |= _zoned(name, value, zone, scope)
        if read_date is not None and (day := read_date(scope)) is not None:
            time = None if read_time is None else read_time(scope)
            found |= _at(_joined(day, time, scope), zone, scope)
        return found or None

    return read


def _zoned(name: str, value: object, zone: tzinfo | None, scope: Scope) -> dict[str, Any]:
    if name == "at":
        return _at(value, zone, scope)
    if zone is None or name not in _ENDS or not isinstance(value, str):
        return {name: value}
    return {name: _both(value, zone, scope)[_ENDS.index(name)]}


def _joined(day: object, time: object, scope: Scope) -> object:
    if not isinstance(day, str):
        return day
    known = _ISO_DATES(day)
    text = day if known is None else known[0].removesuffix(_MIDNIGHT)
    if time is None:
        return text
    clock = _TIMES(str(time))
    if clock is None:
        scope.notes.unmapped("/occurred/time", time)
        return text
    if known is None:
        return f"{text} {clock[0]}"
    return f"{text[:_DATE_LENGTH]}T{clock[0]}" if len(text) >= _DATE_LENGTH else text


def _at(value: object, zone: tzinfo | None, scope: Scope) -> dict[str, Any]:
    if zone is None or not isinstance(value, str):
        return {"at": value}
    first, last = _both(value, zone, scope)
    return {"at": first} if first == last else {"earliest": first, "latest": last}


def _both(text: str, zone: tzinfo, scope: Scope) -> tuple[str, str]:
    """Return the two moments that a local time may mean; a text that is none stays as it is."""
    try:
        local = datetime.fromisoformat(text)
        if len(text) <= _DATE_LENGTH or local.tzinfo is not None:
            return text, text
        moments = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    except (ValueError, OverflowError):
        return text, text
    if moments[0] != moments[1]:
        scope.notes.flag(QualityFlag.TIME_AMBIGUOUS)
    return min(moments).isoformat(), max(moments).isoformat()


def harm(source: Read, scale: str, words: frozenset[str], field: str) -> Read:
    """Read harm: a word that the pack's map gave, or a code of the scale.

    `tenant` is the scale that the tenant declares for this source; without one a code that is no
    word of ours stays unknown, flagged, and is counted as unmapped.
    """
    if source is nothing:
        return nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        if value is None or (isinstance(value, str) and value in words):
            return value
        notes = scope.notes
        named = notes.settings.harm_scale if scale == TENANT else scale
        if named is not None:
            return {"scale": named, "code": value}
        word = notes.context.tables.word("harm", value) if isinstance(value, str) else None
        if word is None:
            notes.flag(QualityFlag.HARM_SCALE_AMBIGUOUS)
            notes.unmapped(field, value)
        return word

    return read


def identifier(source: Read, system: str) -> Read:
    """Read who it is; an address of e-mail names its own system, whatever column it is in."""
    return nothing if source is nothing else lambda scope: _person(source(scope), system)


def identifiers(reads: Sequence[tuple[Read, str]]) -> Read:
    """Read all identifiers that the expressions give; a split cell gives several."""
    some = [(source, system) for source, system in reads if source is not nothing]
    if not some:
        return nothing

    def read(scope: Scope) -> list[dict[str, str]] | None:
        found = []
        for source, system in some:
            value = source(scope)
            for each in value if isinstance(value, list) else [value]:
                one = _person(each, system)
                found += [] if one is None else [one]
        return found or None

    return read


def _person(value: object, system: str) -> dict[str, str] | None:
    text = clean(value)
    if text is None:
        # `coalesce` and `first` have made an identifier of it already.
        return value if isinstance(value, dict) else None
    if "@" in text and " " not in text:
        return {"system": EMAIL, "value": text.casefold()}
    return {"system": system, "value": text}


def lfpse_age(parts: Mapping[str, Read]) -> Read:
    """Read an age as LFPSE writes it: days of a year of 372, a bracket, else words."""
    some = {name: read for name, read in parts.items() if read is not nothing}
    if not some:
        return nothing

    def read(scope: Scope) -> dict[str, Any]:
        found = {name: each(scope) for name, each in some.items()}
        specialty, text = clean(found.get("specialty")), clean(found.get("text"))
        days, bracket = found.get("days"), found.get("bracket")
        return read_lfpse_age(days, bracket, specialty, text, scope.notes)

    return read

"""From what a cell says to what a report says: harm, identifiers, ages of LFPSE."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.intake.domain.lfpse_age import read_lfpse_age
from services.intake.domain.readers import clean, identifying
from services.intake.domain.rows.scope import Read, Scope
from services.intake.domain.rows.verbs import nothing
from shared.contracts.words import QualityFlag

TENANT: Final = "tenant"
EMAIL: Final = "email"


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
    text = identifying(value)
    if text is None:
        # `coalesce` and `first` have made an identifier of it already; past a placeholder they go
        # on to the next column.
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

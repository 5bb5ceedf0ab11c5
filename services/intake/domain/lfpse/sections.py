"""LFPSE's extensions as sections of named values, wherever in the resource they stand.

Each section is an extension whose address ends in its name and the version
(`patient-information-5`); within it every value has a bare word for its address (`PhysicalHarm`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from services.intake.domain.fhir_elements import objects
from services.intake.domain.notes import Notes
from services.intake.domain.readers import clean
from shared.contracts.words import QualityFlag

Fields: TypeAlias = Mapping[str, list[object]]
"""The values of one section by their word; each word may stand several times."""

_ADDRESS: Final = re.compile(r"(?:.*/)?([A-Za-z-]+?)(?:-\d{1,2})?")
_URL: Final = "url"
_SIMPLE: Final = (str, int, float)
_ADDRESSES_KEPT: Final = 1_024


class Sections:
    """All sections of one event, those of its contained resources too, in the order given."""

    __slots__ = ("_found",)

    def __init__(self, event: Mapping[str, Any], notes: Notes) -> None:
        """Read them; a section or word that LFPSE does not have leaves `field_unknown`."""
        self._found: dict[str, list[Fields]] = {}
        known = notes.context.tables.lfpse_fields
        for name, fields in _sections(event):
            self._found.setdefault(name, []).append(fields)
            if name not in known or not fields.keys() <= known[name]:
                notes.flag(QualityFlag.FIELD_UNKNOWN)

    def __contains__(self, name: str) -> bool:
        """Tell whether the event has this section."""
        return name in self._found

    def each(self, name: str) -> Sequence[Fields]:
        """Return every section of this name."""
        return self._found.get(name, ())

    def values(self, name: str, word: str) -> Sequence[object]:
        """Return the values under a word in all sections of a name."""
        found = self._found.get(name)
        if found is None:
            return ()
        if len(found) == 1:
            return found[0].get(word, ())
        return [value for fields in found for value in fields.get(word, ())]

    def first(self, name: str, word: str) -> object | None:
        """Return the first of these values, None where there is none."""
        values = self.values(name, word)
        return values[0] if values else None

    def text(self, name: str, word: str) -> str | None:
        """Return the first of these values that is a text and not blank."""
        for value in self.values(name, word):
            if isinstance(value, str) and (text := clean(value)) is not None:
                return text
        return None


def _sections(event: Mapping[str, Any]) -> Iterator[tuple[str, Fields]]:
    waiting = _extensions(event)
    for resource in objects(event.get("contained")):
        waiting += _extensions(resource)
    for element in waiting:
        fields: dict[str, list[object]] = {}
        for member in objects(element.get("extension")):
            if "extension" in member:  # a section within a section: read after its elders
                waiting.append(member)
            elif (value := _value(member)) is not None:
                fields.setdefault(_name(member), []).append(value)
        yield _name(element), fields


def _extensions(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    return objects(resource.get("extension")) + objects(resource.get("modifierExtension"))


def _name(element: Mapping[str, Any]) -> str:
    address = element.get(_URL)
    return _last_word(address) if isinstance(address, str) else ""


@lru_cache(maxsize=_ADDRESSES_KEPT)
def _last_word(address: str) -> str:
    # What is kept are addresses of definitions, which every report repeats; they say of nobody.
    found = _ADDRESS.fullmatch(address.strip())
    return found[1] if found else ""


def _value(member: Mapping[str, Any]) -> object | None:
    for name, value in member.items():
        if name != _URL and name.startswith("value"):
            given = _code_of(value) if isinstance(value, dict) else value
            return given if isinstance(given, _SIMPLE) else None
    return None


def _code_of(element: dict[str, Any]) -> object | None:
    # A Coding or a CodeableConcept in place of a code.
    concepts = [element, *objects(element.get("coding"))]
    told = (each[name] for name in ("code", "display") for each in concepts if name in each)
    return next(told, None)

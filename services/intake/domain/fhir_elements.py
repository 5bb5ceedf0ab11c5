"""Tolerant access to FHIR elements: whatever is not of the expected type is simply not there."""

from collections.abc import Iterator
from typing import Any

from services.intake.domain.readers import clean, identifying


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of an element that may repeat; a single one counts as a list of one."""
    if isinstance(value, dict):
        return [value]
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []


def codings(concepts: object) -> list[dict[str, Any]]:
    """Return the codings of a CodeableConcept, or of a list of them."""
    found: list[dict[str, Any]] = []
    if concepts is not None:
        for concept in objects(concepts):
            found += objects(concept.get("coding"))
    return found


def codes(concepts: object) -> list[str]:
    """Return the codes of a CodeableConcept, or of a list of them."""
    given = codings(concepts)
    return [code for each in given if (code := clean(each.get("code"))) is not None]


def words_of(concepts: object) -> Iterator[str]:
    """Yield code, display and text of concepts, to be looked up and never passed on."""
    for concept in objects(concepts):
        for coding in objects(concept.get("coding")):
            for name in ("code", "display"):
                if (text := clean(coding.get(name))) is not None:
                    yield text
        if (text := clean(concept.get("text"))) is not None:
            yield text


def identifiers(element: object) -> list[tuple[str | None, str]]:
    """Return (system, value) of each identifier that has a value which is no placeholder."""
    return [
        (clean(item.get("system")), value)
        for item in objects(element)
        if (value := identifying(item.get("value"))) is not None
    ]

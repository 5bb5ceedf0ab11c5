"""Tolerant access to FHIR elements: whatever is not of the expected type is simply not there."""

from collections.abc import Iterator
from typing import Any

from services.intake.domain.readers import clean, listed


def objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of an element that may repeat; a single one counts as a list of one."""
    return [] if value is None else [item for item in listed(value) if isinstance(item, dict)]


def codings(concepts: object) -> Iterator[dict[str, Any]]:
    """Yield the codings of a CodeableConcept, or of a list of them."""
    for concept in objects(concepts):
        yield from objects(concept.get("coding"))


def codes(concepts: object) -> list[str]:
    """Return the codes of a CodeableConcept, or of a list of them."""
    found = (clean(coding.get("code")) for coding in codings(concepts))
    return [code for code in found if code is not None]


def words_of(concepts: object) -> Iterator[str]:
    """Yield code, display and text of concepts, to be looked up and never passed on."""
    for concept in objects(concepts):
        for coding in objects(concept.get("coding")):
            yield from filter(None, (clean(coding.get("code")), clean(coding.get("display"))))
        text = clean(concept.get("text"))
        if text is not None:
            yield text


def identifiers(element: object) -> list[tuple[str | None, str]]:
    """Return (system, value) of each identifier that has a value."""
    found = [(clean(item.get("system")), clean(item.get("value"))) for item in objects(element)]
    return [(system, value) for system, value in found if value is not None]

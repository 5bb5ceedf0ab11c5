"""Identifiers of persons and records as (system, value), read alike in every format."""

from typing import Final

from services.intake.domain.notes import Notes
from services.intake.domain.readers import CODE_LENGTH, clean, identifying

UNNAMED_SYSTEM: Final = "unspecified"


def read_identifier(value: object, field: str, notes: Notes) -> tuple[str, str] | None:
    """Return (system, value), or None for what identifies nobody, which is noted as unmapped.

    A bare text, or one without a system, gets the system `unspecified` and is noted as unmapped: it
    still tells persons of one source apart.
    """
    if isinstance(value, dict):
        text, system = identifying(value.get("value")), clean(value.get("system"))
    else:
        text, system = identifying(value), None
    if text is None or len(text) > CODE_LENGTH:
        notes.unmapped(field, value)
        return None
    if system is None or len(system) > CODE_LENGTH:
        notes.unmapped(f"{field}/system", system)
        system = UNNAMED_SYSTEM
    return system, text

"""Harm: a level in our words, or a code of a declared scale; never guessed."""

import re
from typing import Any, Final, NamedTuple

from services.intake.domain.notes import Notes
from services.intake.domain.readers import UNKNOWN, clean
from services.intake.domain.tables import HarmRow
from shared.contracts.words import QualityFlag


class HarmReading(NamedTuple):
    """What a source's harm value says; `row` is there when a scale's code said it."""

    level: str | None = None
    row: HarmRow | None = None


_UNREAD: Final = HarmReading()
_BLANKS: Final = re.compile(r"[\s_]+")


def read_harm(value: object, field: str, notes: Notes, default_scale: str | None) -> HarmReading:
    """Return the level of `value`: one of our words, {scale, code}, or a code of `default_scale`.

    A code without a declared scale stays unknown with `harm_scale_ambiguous`: LFPSE's 1 is a death,
    the NRLS's 1 is no harm.
    """
    if isinstance(value, dict):
        named = clean(value.get("scale"))
        scale = default_scale if named is None else _BLANKS.sub("-", named.casefold())
        return _of_scale(scale, value.get("code"), field, notes)
    text = clean(value)
    if text is not None and (level := notes.context.tables.word("harm", text)) is not None:
        return HarmReading(level)
    if text is not None and text.casefold() in UNKNOWN:
        return _UNREAD
    return _of_scale(default_scale, value, field, notes)


def _of_scale(scale: str | None, value: object, field: str, notes: Notes) -> HarmReading:
    code = clean(value)
    if scale is None or scale not in notes.context.tables.harm_scales:
        notes.flag(QualityFlag.HARM_SCALE_AMBIGUOUS)
        return _UNREAD
    row = None if code is None else notes.context.tables.harm_row(scale, code)
    if row is None:
        notes.unmapped(field, value)
        return _UNREAD
    return HarmReading(row.harm, row)


def harm_source(row: HarmRow) -> dict[str, Any]:
    """Return the scale and code as the crosswalk spells them, never as the source did."""
    return {"scale": row.scale, "code": row.code}

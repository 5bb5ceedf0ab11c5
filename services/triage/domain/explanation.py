"""Explanation texts: a sentence with facts in braces; an unknown fact prints as "not known"."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from services.triage.domain.facts import FactValue

LONGEST: Final = 400
_SLOT: Final = re.compile(r"\{([^{}]*)\}")


class ExplanationError(ValueError):
    """The text has a brace that is no `{room.fact}`, or is too long."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """`pieces` alternate: text, fact name, text, …; `facts` are the names among them."""

    pieces: tuple[str, ...]
    facts: tuple[str, ...]

    def values(self, lookup: Callable[[str], FactValue]) -> tuple[FactValue, ...]:
        """Return what it would print in one world of facts."""
        return tuple([lookup(name) for name in self.facts])

    def render(self, values: tuple[FactValue, ...]) -> str:
        """Return the sentence with these values."""
        shown = list(self.pieces)
        shown[1::2] = [show(value) for value in values]
        return "".join(shown)


def read_explanation(text: str) -> Explanation:
    """Split a text at its `{fact}` slots.

    Raises:
        ExplanationError: longer than 400 characters, or a brace without its partner.
    """
    if len(text) > LONGEST:
        raise ExplanationError(f"the text has {len(text)} characters, at most {LONGEST} are shown")
    pieces = tuple(piece.strip() if i % 2 else piece for i, piece in enumerate(_SLOT.split(text)))
    if any("{" in piece or "}" in piece for piece in pieces[::2]):
        raise ExplanationError("a brace has no partner")
    return Explanation(pieces, pieces[1::2])


def show(value: FactValue) -> str:
    """Return a fact's value as people read it."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        case tuple():
            return ", ".join(map(_words, value)) or "none"
        case str():
            return _words(value)
        case _:
            return str(value)


def _words(code: str) -> str:
    return str(code).replace("_", " ")

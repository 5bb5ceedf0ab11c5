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
    """`pieces` alternate: text, fact name, text, …; the first and last are text."""

    pieces: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it prints, in order."""
        return self.pieces[1::2]

    def render(self, lookup: Callable[[str], FactValue]) -> str:
        """Return the sentence for one world of facts."""
        shown = list(self.pieces)
        shown[1::2] = [show(lookup(name)) for name in self.facts]
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
    return Explanation(pieces)


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

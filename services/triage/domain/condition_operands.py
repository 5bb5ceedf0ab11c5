"""The operands of a test: fact, bare word, number, list of codes, duration, difference."""

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeAlias

from services.triage.domain.condition_error import ConditionError
from services.triage.domain.fact_model import LARGEST, NEVER_FACTS, Fact, Shape
from services.triage.domain.spelling import nearest


@dataclass(frozen=True, slots=True)
class Field:
    """A fact that the condition names."""

    fact: Fact
    column: int


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: a code, `known` or `unknown`."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number."""

    value: int
    column: int


@dataclass(frozen=True, slots=True)
class Words:
    """A list of bare words in brackets."""

    words: tuple[Word, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Duration:
    """`minutes(n)`, `hours(n)` or `days(n)`."""

    value: timedelta
    column: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The time from `earlier` to `later`."""

    later: Field
    earlier: Field
    column: int


Operand: TypeAlias = Field | Word | Number | Words | Duration | Difference
_DURATIONS: Final = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
}
_MOST_DAYS: Final = timedelta(days=3650)
_GRAMMAR: Final = "a test is `fact operator literal`, joined by and, or, not and parentheses"


@dataclass(frozen=True, slots=True)
class OperandReader:
    """Reads Python syntax nodes as operands; `facts` are the names that exist."""

    facts: Mapping[str, Fact]

    def read(self, node: ast.expr) -> Operand:
        """Return the operand.

        Raises:
            ConditionError: the node is none, or names what does not exist.
        """
        match node:
            case ast.Attribute():
                return self.field(node)
            case ast.Name(id=text):
                return Word(text, column_of(node))
            case ast.Constant() | ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
                return _number(node)
            case ast.List(elts=elements):
                return Words(tuple(_word(element) for element in elements), column_of(node))
            case ast.Call():
                return _duration(node)
            case ast.BinOp():
                return self._difference(node)
        raise not_the_language(node)

    def field(self, node: ast.Attribute) -> Field:
        """Return the fact that `room.name` names."""
        if not isinstance(node.value, ast.Name):
            raise _refused(
                node, "a fact has one dot", "write `room.name`, for example patient.harm"
            )
        name = f"{node.value.id}.{node.attr}"
        fact = self.facts.get(name)
        if fact is None:
            raise self._unknown(name, column_of(node))
        return Field(fact, column_of(node))

    def _unknown(self, name: str, column: int) -> ConditionError:
        meant = nearest(name, self.facts)
        reason = NEVER_FACTS.get(name.rpartition(".")[2])
        if reason:
            return ConditionError(
                "unknown_fact", column, f"`{name}` is no fact: {reason}", "leave it out"
            )
        what = f"there is no fact `{name}`"
        return ConditionError(
            "unknown_fact",
            column,
            what,
            "write a fact of the model, see `peerline rules facts`",
            meant,
        )

    def _difference(self, node: ast.BinOp) -> Difference:
        if not isinstance(node.op, ast.Sub):
            raise _refused(node, "this is arithmetic", "only time - time may be computed")
        sides = (self.read(node.left), self.read(node.right))
        match sides:
            case (Field() as later, Field() as earlier) if (
                later.fact.shape is Shape.TIME and earlier.fact.shape is Shape.TIME
            ):
                return Difference(later, earlier, column_of(node))
        raise _refused(node, "only two times can be subtracted", "write `time - time < days(n)`")


def column_of(node: ast.expr) -> int:
    """Return the node's column, counted from 1."""
    return node.col_offset + 1


def not_the_language(node: ast.expr) -> ConditionError:
    """Return the refusal of Python that is not the rule language."""
    if isinstance(node, ast.JoinedStr):
        return _refused(node, "this is text", "codes are bare words, without quotes")
    kind = type(node).__name__
    return _refused(node, f"this is Python ({kind}), not the rule language", _GRAMMAR)


def _number(node: ast.expr) -> Number:
    negative = isinstance(node, ast.UnaryOp)
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    value = inner.value if isinstance(inner, ast.Constant) else None
    if isinstance(value, bool) or value is None:
        what = f"`{value}` is no literal here"
        raise _refused(
            node, what, "write the yes/no fact alone, or `not` before it, or `is unknown`"
        )
    if isinstance(value, str | bytes):
        raise _refused(node, "this is text", "codes are bare words, without quotes")
    if not isinstance(value, int):
        raise _refused(node, "this is not a whole number", "write a whole number")
    if value > LARGEST:
        raise _refused(node, "the number is too large", f"write at most {LARGEST}")
    return Number(-value if negative else value, column_of(node))


def _word(node: ast.expr) -> Word:
    if isinstance(node, ast.Name):
        return Word(node.id, column_of(node))
    raise _refused(node, "a list holds codes", "write bare words: [child, infant]")


def _duration(node: ast.Call) -> Duration:
    match node:
        case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=int(number))], keywords=[]):
            unit = _DURATIONS.get(name)
            if unit is not None and not isinstance(number, bool):
                return _bounded(node, number, unit)
            if unit is None:
                meant = nearest(name, _DURATIONS)
                raise _refused(node, f"there is no `{name}(...)`", _LENGTHS, meant)
    raise _refused(node, "only a duration may be called", _LENGTHS)


def _bounded(node: ast.expr, number: int, unit: timedelta) -> Duration:
    if number > LARGEST or number * unit > _MOST_DAYS:
        raise _refused(node, "the duration is longer than ten years", "write at most days(3650)")
    return Duration(number * unit, column_of(node))


_LENGTHS: Final = "write minutes(n), hours(n) or days(n) with a whole number"


def _refused(node: ast.expr, what: str, write: str, meant: str | None = None) -> ConditionError:
    return ConditionError("bad_test", column_of(node), what, write, meant)

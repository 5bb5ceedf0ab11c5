"""A condition in plain words, one line a test, indented where tests are joined."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from services.triage.domain.condition import (
    Both,
    Condition,
    Constant,
    Either,
    Leaf,
    Negation,
    Operator,
    write_constant,
)
from services.triage.domain.explanation import show
from services.triage.domain.fact_model import FACTS, Shape
from services.triage.domain.fact_words import NOUNS, YES_NO

_COMPARED: Final = {
    Operator.LESS: "is below",
    Operator.AT_MOST: "is at most",
    Operator.MORE: "is above",
    Operator.AT_LEAST: "is at least",
    Operator.EQUAL: "is",
    Operator.DIFFERENT: "is known and not",
    Operator.IN: "is",
    Operator.NOT_IN: "is known and not",
    Operator.HAS: "include",
    Operator.LACKS: "are known, without",
}
_KNOWLEDGE: Final = {Operator.IS_KNOWN: "known", Operator.IS_UNKNOWN: "not known"}
_STEP: Final = "  "


def in_words(condition: Condition, depth: int = 0) -> Iterator[str]:
    """Yield the condition as lines; what is joined stands indented below how it is joined."""
    match condition:
        case Both(children):
            yield from _joined("all of this:", children, depth)
        case Either(children):
            yield from _joined("any of this:", children, depth)
        case Negation(Leaf(operator=Operator.YES) as leaf):
            yield f"{_STEP * depth}{YES_NO[leaf.fact][1]}"
        case Negation(child):
            yield from _joined("not this:", (child,), depth)
        case Leaf():
            yield f"{_STEP * depth}{_test(condition)}"


def noun_of(fact: str) -> str:
    """Return what a fact is called."""
    room, _, name = fact.partition(".")
    if room == "windows":
        return f"the count {name.replace('_', ' ')}"
    return NOUNS.get(fact) or f"whether {YES_NO[fact][0]}"


def _joined(how: str, children: Sequence[Condition], depth: int) -> Iterator[str]:
    yield f"{_STEP * depth}{how}"
    for child in children:
        yield from in_words(child, depth + 1)


def _test(leaf: Leaf) -> str:
    if leaf.operator is Operator.YES:
        return YES_NO[leaf.fact][0]
    if leaf.operator in _KNOWLEDGE:
        return f"{_known(leaf.fact)} {_KNOWLEDGE[leaf.operator]}"
    return f"{_subject(leaf)} {_COMPARED[leaf.operator]} {_constant(leaf.constant)}"


def _subject(leaf: Leaf) -> str:
    if leaf.minus is None:
        return noun_of(leaf.fact)
    return f"the time between {noun_of(leaf.minus)} and {noun_of(leaf.fact)}"


def _known(fact: str) -> str:
    if fact in YES_NO:
        return f"whether {YES_NO[fact][0]} is"
    is_list = fact in FACTS and FACTS[fact].shape is Shape.CODES
    return f"{noun_of(fact)} {'are' if is_list else 'is'}"


def span_in_words(span: timedelta) -> str:
    """Return a duration as people write it: `2 days`, `1 hour`."""
    unit, _, length = write_constant(span).rstrip(")").partition("(")
    return f"{length} {unit if length != '1' else unit.rstrip('s')}"


def _constant(constant: Constant) -> str:
    if isinstance(constant, tuple):
        return " or ".join(map(show, constant)) or "one of none"
    if isinstance(constant, timedelta):
        return span_in_words(constant)
    return show(constant)

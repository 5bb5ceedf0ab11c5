"""Compile a condition into nested functions: the fast path that runs for every rule and person."""

import operator
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from services.triage.domain.condition import Both, Condition, Either, Leaf, Negation, Operator
from services.triage.domain.fact_model import Fact, Shape
from services.triage.domain.facts import FactValue
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, Truth

Lookup: TypeAlias = Callable[[str], FactValue]
Test: TypeAlias = Callable[[Lookup], Truth]
FactOf: TypeAlias = Callable[[str], Fact]

COMPARISONS: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.LESS: operator.lt,
    Operator.AT_MOST: operator.le,
    Operator.MORE: operator.gt,
    Operator.AT_LEAST: operator.ge,
    Operator.EQUAL: operator.eq,
    Operator.DIFFERENT: operator.ne,
}


def compile_condition(condition: Condition, fact: FactOf) -> Test:
    """Return a function from a lookup to a truth; it cannot raise on facts of their type."""
    match condition:
        case Leaf():
            return compile_leaf(condition, fact(condition.fact))
        case Negation(child):
            return _not(compile_condition(child, fact))
        case Both(children):
            return _and(tuple(compile_condition(child, fact) for child in children))
        case Either(children):
            return _or(tuple(compile_condition(child, fact) for child in children))


def compile_leaf(leaf: Leaf, fact: Fact) -> Test:
    """Return the function of one test."""
    if leaf.minus is not None:
        return _elapsed(leaf.fact, leaf.minus, COMPARISONS[leaf.operator], leaf.constant)
    if leaf.operator in (Operator.IS_KNOWN, Operator.IS_UNKNOWN):
        return _known(leaf.fact, when_known=leaf.operator is Operator.IS_KNOWN)
    if leaf.operator in (Operator.HAS, Operator.LACKS):
        return _member(leaf.fact, leaf.constant, found=leaf.operator is Operator.HAS)
    if leaf.operator in (Operator.IN, Operator.NOT_IN) and leaf.constant == ():
        return _always(TRUE if leaf.operator is Operator.NOT_IN else FALSE)
    if fact.shape is Shape.NUMBER:
        return _number(leaf.fact, COMPARISONS[leaf.operator], leaf.constant)
    return _table(leaf.fact, _answers(leaf, fact))


def _answers(leaf: Leaf, fact: Fact) -> dict[FactValue, Truth]:
    values: tuple[FactValue, ...] = (True, False) if fact.shape is Shape.YES_NO else fact.codes
    return {value: TRUE if _holds(leaf, fact, value) else FALSE for value in values}


def _holds(leaf: Leaf, fact: Fact, value: FactValue) -> bool:
    match leaf.operator, leaf.constant:
        case Operator.YES, _:
            return bool(value)
        case Operator.IN, tuple(codes):
            return value in codes
        case Operator.NOT_IN, tuple(codes):
            return value not in codes
        case compare, constant:
            rank = fact.codes.index
            return COMPARISONS[compare](rank(str(value)), rank(str(constant)))


def _table(name: str, answers: dict[FactValue, Truth]) -> Test:
    answer = answers.get

    def test(lookup: Lookup) -> Truth:
        return answer(lookup(name), UNKNOWN)

    return test


def _number(name: str, compare: Callable[[Any, Any], bool], constant: object) -> Test:
    def test(lookup: Lookup) -> Truth:
        value = lookup(name)
        if value is None:
            return UNKNOWN
        return TRUE if compare(value, constant) else FALSE

    return test


def _member(name: str, code: object, *, found: bool) -> Test:
    inside, outside = (TRUE, FALSE) if found else (FALSE, TRUE)

    def test(lookup: Lookup) -> Truth:
        value: Any = lookup(name)
        if value is None:
            return UNKNOWN
        return inside if code in value else outside

    return test


def _known(name: str, *, when_known: bool) -> Test:
    known, unknown = (TRUE, FALSE) if when_known else (FALSE, TRUE)

    def test(lookup: Lookup) -> Truth:
        return unknown if lookup(name) is None else known

    return test


def _elapsed(
    later: str, earlier: str, compare: Callable[[Any, Any], bool], duration: object
) -> Test:
    def test(lookup: Lookup) -> Truth:
        end: Any = lookup(later)
        start: Any = lookup(earlier)
        if end is None or start is None:
            return UNKNOWN
        return TRUE if compare(end - start, duration) else FALSE

    return test


def _always(truth: Truth) -> Test:
    def test(_: Lookup) -> Truth:
        return truth

    return test


def _not(child: Test) -> Test:
    def test(lookup: Lookup) -> Truth:
        return TRUE - child(lookup)

    return test


def _and(children: tuple[Test, ...]) -> Test:
    def test(lookup: Lookup) -> Truth:
        least = TRUE
        for child in children:
            truth = child(lookup)
            if truth == FALSE:
                return FALSE
            if truth == UNKNOWN:
                least = UNKNOWN
        return least

    return test


def _or(children: tuple[Test, ...]) -> Test:
    def test(lookup: Lookup) -> Truth:
        greatest = FALSE
        for child in children:
            truth = child(lookup)
            if truth == TRUE:
                return TRUE
            if truth == UNKNOWN:
                greatest = UNKNOWN
        return greatest

    return test

"""Mutants of one test: another operator, number, code, list or duration in the same place."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from services.triage.domain.condition import Constant, Leaf, Operator, unit_of
from services.triage.domain.fact_model import Fact, Shape

# The boundary moves by the value itself; a comparison turned round keeps it.
_OTHER: Final[Mapping[Operator, tuple[Operator, ...]]] = {
    Operator.LESS: (Operator.AT_MOST, Operator.MORE),
    Operator.AT_MOST: (Operator.LESS, Operator.AT_LEAST),
    Operator.MORE: (Operator.AT_LEAST, Operator.LESS),
    Operator.AT_LEAST: (Operator.MORE, Operator.AT_MOST),
    Operator.IS_KNOWN: (Operator.IS_UNKNOWN,),
    Operator.IS_UNKNOWN: (Operator.IS_KNOWN,),
}


def changed_tests(leaf: Leaf, fact: Fact) -> Iterator[Leaf]:
    """Yield the test with another operator, then with another constant."""
    for operator in _OTHER.get(leaf.operator, ()):
        yield replace(leaf, operator=operator)
    for constant in _constants(leaf, fact):
        yield replace(leaf, constant=constant)


def _constants(leaf: Leaf, fact: Fact) -> Iterator[Constant]:
    match leaf.constant:
        case int(number):
            yield from (number - 1, number + 1)
        case timedelta() as duration:
            unit = unit_of(duration)
            yield from (duration - unit, duration + unit)
        case str(code) if fact.shape is Shape.ORDERED and leaf.operator in _OTHER:
            yield from _neighbours(code, fact.codes)
        case str(code):
            yield from (other for other in fact.codes if other != code)
        case tuple(codes):
            yield from _lists(codes, fact.codes)


def _neighbours(code: str, codes: tuple[str, ...]) -> Iterator[str]:
    rank = codes.index(code)
    yield from codes[max(rank - 1, 0) : rank]
    yield from codes[rank + 1 : rank + 2]


def _lists(codes: tuple[str, ...], known: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    others = [code for code in known if code not in codes]
    for index in range(len(codes)):
        before, after = codes[:index], codes[index + 1 :]
        yield (*before, *after)
        yield from ((*before, other, *after) for other in others)

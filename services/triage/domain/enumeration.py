"""Enumerate all worlds a condition can tell apart: each code, each number at its limits, unknown.

Facts that no test can tell apart count once, so that eight facts stay a few thousand worlds. Worlds
that no patient can be in (alive, and harmed to death) are left out.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.triage.domain.closures import FactOf, compile_leaf
from services.triage.domain.condition import (
    Both,
    Condition,
    Either,
    Leaf,
    Negation,
    leaves,
)
from services.triage.domain.fact_model import Fact, Shape
from services.triage.domain.facts import FactValue, are_consistent
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, Truth, negate

_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)
# Facts of which one tells the other, see `complete_patient`.
_TIED: Final = (
    frozenset({"patient.harm", "patient.died"}),
    frozenset({"patient.age_years", "patient.age_group"}),
)
# First and last years of the age groups.
_TURNING_YEARS: Final = frozenset({0, 1, 9, 10, 17, 18, 25, 26, 65, 66})


@dataclass(frozen=True, slots=True)
class World:
    """Values of the facts of one group, and what each test of the group says of them."""

    values: tuple[tuple[str, FactValue], ...]
    truths: tuple[Truth, ...]


@dataclass(frozen=True, slots=True)
class Space:
    """All distinguishable worlds of some tests; `groups` are independent of each other."""

    tests: tuple[Leaf, ...]
    groups: tuple[tuple[World, ...], ...]

    def worlds(self) -> Iterator[tuple[World, ...]]:
        """Yield each combination, one world per group."""
        return itertools.product(*self.groups)

    def size(self) -> int:
        """Return the number of combinations."""
        product = 1
        for group in self.groups:
            product *= len(group)
        return product


def space_of(conditions: Sequence[Condition], fact: FactOf) -> Space:
    """Return the worlds that these conditions, together, can tell apart."""
    tests = tuple(dict.fromkeys(leaf for each in conditions for leaf in leaves(each)))
    grouped = _grouped(tests)
    ordered = tuple(test for group in grouped for test in group)
    return Space(ordered, tuple(_worlds(group, fact) for group in grouped))


def truth_in(condition: Condition, truths: Mapping[Leaf, Truth]) -> Truth:
    """Return the truth of a condition where the truth of each test is given."""
    match condition:
        case Leaf():
            return truths[condition]
        case Negation(child):
            return negate(truth_in(child, truths))
        case Both(children):
            return min(truth_in(child, truths) for child in children)
        case Either(children):
            return max(truth_in(child, truths) for child in children)


def truths_of(space: Space, worlds: Sequence[World]) -> dict[Leaf, Truth]:
    """Return what every test says in one combination."""
    said = itertools.chain.from_iterable(world.truths for world in worlds)
    return dict(zip(space.tests, said, strict=True))


def reachable(condition: Condition, fact: FactOf) -> frozenset[Truth]:
    """Return the truths the condition can take."""
    space = space_of([condition], fact)
    found: set[Truth] = set()
    for worlds in space.worlds():
        found.add(truth_in(condition, truths_of(space, worlds)))
        if len(found) == len((FALSE, UNKNOWN, TRUE)):
            break
    return frozenset(found)


def unknown_causes(condition: Condition, fact: FactOf) -> frozenset[str]:
    """Return the facts whose being unknown can leave the condition unknown.

    The same reading as `trace.unknown_facts`: unknown tests reached through unknown nodes only.
    """
    space = space_of([condition], fact)
    causes: set[str] = set()
    for worlds in space.worlds():
        truths = truths_of(space, worlds)
        if truth_in(condition, truths) == UNKNOWN:
            open_facts = {name for leaf in _open_tests(condition, truths) for name in leaf.facts}
            causes |= {n for world in worlds for n in _unknown(world)} & open_facts
    return frozenset(causes)


def _open_tests(condition: Condition, truths: Mapping[Leaf, Truth]) -> Iterator[Leaf]:
    if truth_in(condition, truths) != UNKNOWN:
        return
    match condition:
        case Leaf():
            yield condition
        case Negation(child):
            yield from _open_tests(child, truths)
        case Both(children) | Either(children):
            for child in children:
                yield from _open_tests(child, truths)


def _unknown(world: World) -> set[str]:
    return {name for name, value in world.values if value is None}


def _grouped(tests: Sequence[Leaf]) -> list[tuple[Leaf, ...]]:
    """Join tests that share a fact, or read facts of which one tells the other."""
    groups: list[tuple[set[str], list[Leaf]]] = []
    for test in tests:
        names, members = _with_tied(test.facts), [test]
        apart = []
        for group in groups:
            if group[0] & names:
                names |= group[0]
                members = [*group[1], *members]
            else:
                apart.append(group)
        groups = [*apart, (names, members)]
    return [tuple(members) for _, members in groups]


def _with_tied(facts: Sequence[str]) -> set[str]:
    names = set(facts)
    return names.union(*(tied for tied in _TIED if tied & names))


def _worlds(tests: tuple[Leaf, ...], fact: FactOf) -> tuple[World, ...]:
    names = sorted({name for test in tests for name in test.facts})
    compiled = [compile_leaf(test, fact(test.fact)) for test in tests]
    seen: dict[tuple[object, ...], World] = {}
    for values in itertools.product(*(_candidates(fact(name), tests) for name in names)):
        given = dict(zip(names, values, strict=True))
        if not _is_possible(given):
            continue
        truths = tuple(test(given.get) for test in compiled)
        unknown = tuple(value is None for value in values)
        seen.setdefault((unknown, truths), World(tuple(given.items()), truths))
    return tuple(seen.values())


def _is_possible(given: Mapping[str, FactValue]) -> bool:
    return not any(tied <= given.keys() for tied in _TIED) or are_consistent(given)


def _candidates(fact: Fact, tests: Sequence[Leaf]) -> list[FactValue]:
    mine = [test.constant for test in tests if fact.name in test.facts]
    values = list(_known(fact, mine))
    return [*values, None] if fact.can_be_unknown else values


def _known(fact: Fact, constants: Sequence[object]) -> Iterator[FactValue]:
    match fact.shape:
        case Shape.YES_NO:
            yield from (True, False)
        case Shape.NUMBER:
            yield from _numbers(fact, [c for c in constants if isinstance(c, int)])
        case Shape.TIME:
            yield from _moments([c for c in constants if isinstance(c, timedelta)])
        case Shape.CODES:
            named = sorted({c for c in constants if isinstance(c, str)})
            yield from _subsets(named)
        case _:
            yield from fact.codes


def _numbers(fact: Fact, constants: Sequence[int]) -> Iterator[int]:
    near = {constant + step for constant in constants for step in (-1, 0, 1)}
    near |= {fact.low, fact.high}
    near |= _TURNING_YEARS if fact.name == "patient.age_years" else set()
    yield from sorted(number for number in near if fact.low <= number <= fact.high)


def _moments(durations: Sequence[timedelta]) -> Iterator[datetime]:
    shifts = {timedelta(0)}
    for duration in durations:
        for sign in (-1, 1):
            shifts |= {sign * duration + step for step in (-_SECOND, timedelta(0), _SECOND)}
    yield from (_EPOCH + shift for shift in sorted(shifts))


def _subsets(codes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(codes) + 1):
        yield from itertools.combinations(codes, size)

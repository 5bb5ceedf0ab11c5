"""The closures against a second evaluator, written differently: sets of possible answers."""

from collections.abc import Callable
from typing import Any

from hypothesis import given

from services.triage.domain.closures import compile_condition
from services.triage.domain.condition import Both, Condition, Leaf, Negation, Operator
from services.triage.domain.enumeration import reachable, unknown_causes
from services.triage.domain.fact_table import FactTable
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN
from services.triage.domain.trace import compile_trace, unknown_facts
from tests.builders.conditions import conditions, plain_conditions, worlds

TABLE = FactTable()
# Written out, not taken from the model.
LADDERS = {
    "patient.harm": ["none", "mild", "moderate", "severe", "death"],
    "patient.age_group": [
        "neonate",
        "infant",
        "child",
        "adolescent",
        "young_adult",
        "adult",
        "older_adult",
    ],
}


def _possible(condition: Condition, world: dict[str, Any]) -> frozenset[bool]:
    """Return the set of answers that are still possible: both of them is unknown."""
    if isinstance(condition, Leaf):
        return _answers(condition, world)
    if isinstance(condition, Negation):
        return frozenset(not answer for answer in _possible(condition.child, world))
    found = [_possible(child, world) for child in condition.children]
    wanted = all if isinstance(condition, Both) else any
    answers = set()
    for pick in (True, False):
        # True where every child may be true; the extremes suffice for monotone connectives.
        answers.add(wanted((pick if pick in each else not pick) for each in found))
    return frozenset(answers)


def _answers(leaf: Leaf, world: dict[str, Any]) -> frozenset[bool]:
    value = world[leaf.fact]
    if leaf.operator is Operator.IS_KNOWN:
        return frozenset({value is not None})
    if leaf.operator is Operator.IS_UNKNOWN:
        return frozenset({value is None})
    if leaf.constant == ():
        return frozenset({leaf.operator is Operator.NOT_IN})
    if value is None or (leaf.minus and world[leaf.minus] is None):
        return frozenset({True, False})
    return frozenset({_holds(leaf, value, world)})


def _holds(leaf: Leaf, value: Any, world: dict[str, Any]) -> bool:
    constant: Any = leaf.constant
    if leaf.minus:
        value = value - world[leaf.minus]
    elif leaf.fact in LADDERS and isinstance(constant, str):
        ladder = LADDERS[leaf.fact]
        value, constant = ladder.index(value), ladder.index(constant)
    answers: dict[str, Callable[[], bool]] = {
        "yes": lambda: value,
        "<": lambda: value < constant,
        "<=": lambda: not value > constant,
        ">": lambda: value > constant,
        ">=": lambda: not value < constant,
        "==": lambda: value == constant,
        "!=": lambda: value != constant,
        "in": lambda: value in constant,
        "not in": lambda: value not in constant,
        "has": lambda: constant in value,
        "lacks": lambda: constant not in value,
    }
    return answers[leaf.operator.value]()


def _truth(possible: frozenset[bool]) -> int:
    return UNKNOWN if len(possible) == 2 else TRUE if True in possible else FALSE


@given(conditions, worlds)
def test_closures_agree_with_the_naive_evaluator(
    condition: Condition, world: dict[str, Any]
) -> None:
    """Two independent readings of the same semantics."""
    assert compile_condition(condition, TABLE)(world.get) == _truth(_possible(condition, world))


@given(conditions, worlds)
def test_the_trace_says_what_the_closures_say(condition: Condition, world: dict[str, Any]) -> None:
    """Fast path and traced path never differ; an unknown verdict names what it lacks."""
    node = compile_trace(condition, TABLE)(world.get)

    assert node.truth == compile_condition(condition, TABLE)(world.get)
    assert bool(unknown_facts(node)) == (node.truth == UNKNOWN)


@given(plain_conditions, worlds, worlds)
def test_learning_facts_never_contradicts_a_definite_verdict(
    condition: Condition, world: dict[str, Any], truth: dict[str, Any]
) -> None:
    """Monotone in knowledge: whatever is filled in, yes stays yes and no stays no.

    Conditions that ask whether something is known are about knowledge itself and left out.
    """
    test = compile_condition(condition, TABLE)
    filled = {name: truth[name] if value is None else value for name, value in world.items()}

    before, after = test(world.get), test(filled.get)

    assert before in {UNKNOWN, after}


@given(conditions, worlds)
def test_enumeration_foresees_every_verdict(condition: Condition, world: dict[str, Any]) -> None:
    """What enumeration calls unreachable never happens; unknowns have a listed cause."""
    truth = compile_condition(condition, TABLE)(world.get)

    assert truth in reachable(condition, TABLE)
    if truth == UNKNOWN:
        node = compile_trace(condition, TABLE)(world.get)
        assert unknown_facts(node) <= unknown_causes(condition, TABLE)

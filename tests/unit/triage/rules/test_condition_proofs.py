"""Proofs by exhaustion and by chance: truth tables of whole trees, any patient, text and tree."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.assess import assess, trace_rule, verdict_on
from services.triage.domain.closures import compile_condition
from services.triage.domain.condition import (
    Both,
    Condition,
    Either,
    Leaf,
    Negation,
    Operator,
    facts_of,
    leaves,
    write_condition,
)
from services.triage.domain.condition_parser import (
    MOST_FACTS,
    MOST_TESTS,
    columns_of,
    parse_condition,
)
from services.triage.domain.fact_model import FACTS
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import FactValue, Scene
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, verdict_of
from services.triage.domain.trace import compile_trace
from tests.builders.conditions import conditions, plain_conditions, possible, worlds
from tests.builders.rules import a_flag_rule, a_rule_set

TABLE = FactTable()
NAMES = ("staff.own_act", "staff.trainee", "staff.new_in_role")
A, B, C = (Leaf(name, Operator.YES) for name in NAMES)
VALUES: dict[int, FactValue] = {FALSE: False, UNKNOWN: None, TRUE: True}
ALL = (FALSE, UNKNOWN, TRUE)
# Written as sentences about what may still turn out, not as least and greatest.
AND_TABLE = {(x, y): 0 if 0 in (x, y) else 2 if (x, y) == (2, 2) else 1 for x in ALL for y in ALL}
OR_TABLE = {(x, y): 2 if 2 in (x, y) else 0 if (x, y) == (0, 0) else 1 for x in ALL for y in ALL}
NOT_TABLE = {0: 2, 1: 1, 2: 0}
LAST: tuple[Condition, ...] = (C, Negation(C), Negation(Both((A, C))))
TWO_DEEP = [
    outer((inner((A, B)), last))
    for outer in (Both, Either)
    for inner in (Both, Either)
    for last in LAST
]


def by_table(condition: Condition, truths: dict[str, int]) -> int:
    """Return what the tables say, two operands at a time."""
    if isinstance(condition, Leaf):
        return truths[condition.fact]
    if isinstance(condition, Negation):
        return NOT_TABLE[by_table(condition.child, truths)]
    table = AND_TABLE if isinstance(condition, Both) else OR_TABLE
    found = [by_table(child, truths) for child in condition.children]
    while len(found) > 1:
        found[:2] = [table[found[0], found[1]]]
    return found[0]


@pytest.mark.parametrize("condition", TWO_DEEP, ids=write_condition)
def test_trees_follow_the_tables_in_all_worlds(condition: Condition) -> None:
    """27 worlds of three facts, for the closures and for the trace."""
    compiled, traced = compile_condition(condition, TABLE), compile_trace(condition, TABLE)
    for row in itertools.product(ALL, repeat=3):
        truths = dict(zip(NAMES, row, strict=True))
        world = {name: VALUES[truth] for name, truth in truths.items()}

        assert compiled(world.get) == traced(world.get).truth == by_table(condition, truths)


@pytest.mark.parametrize("operands", [2, 3, 4])
def test_longer_rows_are_the_tables_applied_again(operands: int) -> None:
    """`a and b and c` is `(a and b) and c`, in every world; `or` likewise."""
    names = (*NAMES, "staff.first_of_kind")[:operands]
    tests = tuple(Leaf(name, Operator.YES) for name in names)
    for row in itertools.product(ALL, repeat=operands):
        truths = dict(zip(names, row, strict=True))
        lookup = {name: VALUES[truth] for name, truth in truths.items()}.get

        assert compile_condition(Both(tests), TABLE)(lookup) == by_table(Both(tests), truths)
        assert compile_condition(Either(tests), TABLE)(lookup) == by_table(Either(tests), truths)


@pytest.mark.parametrize("patients", [0, 1, 2, 3])
@pytest.mark.parametrize("when", ["patient.died", "not patient.died"])
def test_any_patient_is_an_or_over_the_patients(when: str, patients: int) -> None:
    """All combinations of up to three; `not` stays inside; without patients there is silence."""
    rules = a_rule_set(_rule_on(when))
    for row in itertools.product(ALL, repeat=patients):
        scene = Scene(shared={}, patients=tuple({"patient.died": VALUES[t]} for t in row))
        single = [t if when == "patient.died" else NOT_TABLE[t] for t in row]
        expected = max(single, default=FALSE)

        reasons = assess(rules, scene, "person").reasons

        assert verdict_on(rules.rule("r"), scene) == expected
        assert [r.verdict for r in reasons] == [verdict_of(expected)] * (expected != FALSE)
        assert not row or trace_rule(rules.rule("r"), scene).truth == expected


def test_a_fact_of_the_person_is_joined_with_each_patient() -> None:
    """One patient died and the person acted: it fires, whoever else lives; all 27 worlds."""
    rules = a_rule_set(_rule_on("patient.died and staff.own_act"))
    for one, other, act in itertools.product(ALL, repeat=3):
        patients = tuple({"patient.died": VALUES[truth]} for truth in (one, other))
        scene = Scene(shared={}, patients=patients, person={"staff.own_act": VALUES[act]})

        expected = OR_TABLE[AND_TABLE[one, act], AND_TABLE[other, act]]

        assert verdict_on(rules.rule("r"), scene) == expected


def _rule_on(when: str) -> dict[str, Any]:
    """Return a rule `r` with this condition."""
    facts = sorted(facts_of(parse_condition(when, FACTS)))
    so = {name: not when.startswith("not ") for name in facts}
    examples = [
        {"name": "so", "facts": so, "expect": "fires"},
        {"name": "not so", "facts": {n: not v for n, v in so.items()}, "expect": "silent"},
        {"name": "open", "facts": {}, "expect": "unknown"},
    ]
    return a_flag_rule("r", facts[0], when=when, examples=examples)


@given(conditions)
def test_a_tree_written_and_read_is_the_same_tree(condition: Condition) -> None:
    """Tree to text to tree; its columns are in the text."""
    text = write_condition(condition)
    tests = sum(1 for _ in leaves(condition))
    if tests > MOST_TESTS or len(facts_of(condition)) > MOST_FACTS:
        return

    assert parse_condition(text, FACTS) == condition
    assert all(1 <= column <= len(text) for column in columns_of(text, FACTS).values())


@given(plain_conditions, st.lists(worlds, min_size=1, max_size=3), worlds)
def test_learning_about_patients_never_contradicts_a_definite_verdict(
    condition: Condition, patients: list[dict[str, Any]], truth: dict[str, Any]
) -> None:
    """Any patient: also where one of several becomes known."""
    test = compile_condition(condition, TABLE)
    before = max(test(patient.get) for patient in patients)
    first = {name: truth[name] if value is None else value for name, value in patients[0].items()}

    after = max(test(patient.get) for patient in (first, *patients[1:]))

    assert before in {UNKNOWN, after}


@given(worlds)
def test_worlds_are_ones_that_patients_can_be_in(world: dict[str, Any]) -> None:
    """The builder itself: what follows is filled in, once."""
    assert possible(world) == world

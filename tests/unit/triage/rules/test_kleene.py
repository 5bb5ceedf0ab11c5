"""Three-valued logic: every row of every truth table."""

import itertools

import pytest

from services.triage.domain.closures import compile_condition
from services.triage.domain.condition import Both, Either, Leaf, Negation, Operator, facts_of
from services.triage.domain.condition_parser import parse_condition
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import FactValue
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, verdict_of

FACTS = FactTable()
VALUE: dict[int, FactValue] = {TRUE: True, FALSE: False, UNKNOWN: None}
# Written out by hand, not computed: false < unknown < true.
AND = {
    (0, 0): 0, (0, 1): 0, (0, 2): 0,
    (1, 0): 0, (1, 1): 1, (1, 2): 1,
    (2, 0): 0, (2, 1): 1, (2, 2): 2,
}  # fmt: skip
OR = {
    (0, 0): 0, (0, 1): 1, (0, 2): 2,
    (1, 0): 1, (1, 1): 1, (1, 2): 2,
    (2, 0): 2, (2, 1): 2, (2, 2): 2,
}  # fmt: skip
LEFT, RIGHT = Leaf("staff.own_act", Operator.YES), Leaf("staff.trainee", Operator.YES)


@pytest.mark.parametrize(("left", "right"), list(itertools.product((0, 1, 2), repeat=2)))
def test_and_or_follow_their_tables(left: int, right: int) -> None:
    """All nine rows of both."""
    world = {"staff.own_act": VALUE[left], "staff.trainee": VALUE[right]}.get

    assert compile_condition(Both((LEFT, RIGHT)), FACTS)(world) == AND[left, right]
    assert compile_condition(Either((LEFT, RIGHT)), FACTS)(world) == OR[left, right]


@pytest.mark.parametrize(("truth", "swapped"), [(TRUE, FALSE), (FALSE, TRUE), (UNKNOWN, UNKNOWN)])
def test_not_swaps_the_known_and_keeps_the_unknown(truth: int, swapped: int) -> None:
    """All three rows."""
    world = {"staff.own_act": VALUE[truth]}.get

    assert compile_condition(Negation(LEFT), FACTS)(world) == swapped


@pytest.mark.parametrize(
    ("text", "value", "truth"),
    [
        ("patient.age_years < 18", 17, TRUE),
        ("patient.age_years < 18", 18, FALSE),
        ("patient.age_years < 18", None, UNKNOWN),
        ("patient.age_years != 18", 18, FALSE),
        ("patient.harm >= severe", "severe", TRUE),
        ("patient.harm >= severe", "moderate", FALSE),
        ("patient.harm >= severe", None, UNKNOWN),
        ("patient.harm in []", None, FALSE),
        ("patient.harm not in []", None, TRUE),
        ("patient.harm in [mild, death]", "death", TRUE),
        ("patient.harm not in [mild, death]", "death", FALSE),
        ("staff.role == nurse", "nurse", TRUE),
        ("staff.role != nurse", None, UNKNOWN),
        ("staff.role is unknown", None, TRUE),
        ("staff.role is not unknown", None, FALSE),
        ("staff.role is known", "nurse", TRUE),
        ("litigation in proceedings.types", (), FALSE),
        ("litigation in proceedings.types", None, UNKNOWN),
        ("litigation not in proceedings.types", ("media",), TRUE),
        ("media in proceedings.types", ("litigation", "media"), TRUE),
    ],
)
def test_a_test_says_what_its_operator_means(text: str, value: FactValue, truth: int) -> None:
    """Known values decide, unknown stays unknown, `is` never is unknown, nothing is in []."""
    condition = parse_condition(text, FACTS.facts)
    (name,) = facts_of(condition)

    assert compile_condition(condition, FACTS)({name: value}.get) == truth


def test_a_value_outside_the_vocabulary_is_unknown() -> None:
    """A newer contract may send a code this engine does not know; it must not count as no."""
    condition = parse_condition("staff.role == nurse", FACTS.facts)

    assert compile_condition(condition, FACTS)({"staff.role": "robot_pilot"}.get) == UNKNOWN


def test_truths_have_their_verdicts() -> None:
    """A rule fires, is silent, or is unknown."""
    assert [verdict_of(truth).value for truth in (TRUE, FALSE, UNKNOWN)] == [
        "fires",
        "silent",
        "unknown",
    ]

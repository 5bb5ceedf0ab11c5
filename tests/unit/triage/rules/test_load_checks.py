"""Each load-time check refuses its mistake with a message that says what, why and what to write."""

from typing import Any

import pytest

from services.triage.domain.rule_problems import Check, Problem, RuleSetError
from tests.builders.rules import (
    HEADER,
    Missing,
    a_flag_rule,
    a_points_rule,
    a_rule,
    a_rule_set,
)

EXAMPLES = a_rule()["examples"]
ASK = a_rule()["on_unknown"]["ask"]


def problems_of(*rules: Any, **overrides: Any) -> list[Problem]:
    """Return the problems for which a set is refused."""
    with pytest.raises(RuleSetError) as refusal:
        a_rule_set(*rules, **overrides)
    return list(refusal.value.problems)


def test_the_untouched_set_loads() -> None:
    """Every refusal below comes from its one change."""
    assert [rule.id for rule in a_rule_set().rules] == ["child_death", "third_exposure"]


BROKEN_RULES = {
    "1 unknown fact": (a_rule(when="patient.dead"), Check.UNKNOWN_FACT, "`patient.died`?"),
    "1 unknown window": (
        a_points_rule(when="windows.exposures >= 3"),
        Check.UNKNOWN_FACT,
        "`windows.exposures_30d`?",
    ),
    "1 unknown fact in an example": (
        a_rule(examples=[{"name": "x", "facts": {"patient.hram": "death"}, "expect": "fires"}]),
        Check.UNKNOWN_FACT,
        "`patient.harm`?",
    ),
    "2 unknown code": (a_rule(when="patient.harm >= sever"), Check.UNKNOWN_CODE, "`severe`?"),
    "3 wrong literal": (a_rule(when="patient.harm >= 3"), Check.BAD_TEST, "ordered code"),
    "3 wrong operator": (a_rule(when="staff.role > nurse"), Check.BAD_TEST, "no order"),
    "3 no condition": (a_rule(when="patient.died and"), Check.SYNTAX, "column 17"),
    "4 on_unknown missing": (
        a_rule(on_unknown=Missing),
        Check.ON_UNKNOWN_MISSING,
        "patient.age_group, patient.died",
    ),
    "4 on_unknown superfluous": (
        a_points_rule(on_unknown="ignore"),
        Check.ON_UNKNOWN_SUPERFLUOUS,
        "never unknown",
    ),
    "5 tier above the rule": (
        a_rule(on_unknown={"floor": {"tier": 3, "priority": "high"}, "ask": ASK}),
        Check.ON_UNKNOWN_TOO_STRONG,
        "above",
    ),
    "5 priority above the rule": (
        a_rule(on_unknown={"floor": {"tier": 1, "priority": "urgent"}, "ask": ASK}),
        Check.ON_UNKNOWN_TOO_STRONG,
        "above",
    ),
    "5 other form": (
        a_rule(on_unknown={"points": 5, "ask": ASK}),
        Check.ON_UNKNOWN_TOO_STRONG,
        "other form",
    ),
    "6 question missing": (
        a_rule(on_unknown={"ask": {"patient.died": "Died?"}}),
        Check.ASK_INCOMPLETE,
        "`patient.age_group`",
    ),
    "6 question too many": (
        a_rule(on_unknown={"ask": {**ASK, "patient.harm": "Harm?"}}),
        Check.ASK_INCOMPLETE,
        "cannot leave",
    ),
    "7 explanation of what is not read": (
        a_rule(explain="Role {staff.role}."),
        Check.EXPLAIN,
        "does not read",
    ),
    "7 broken brace": (a_rule(explain="Age {patient.age_group"), Check.EXPLAIN, "brace"),
    "8 floor and points": (a_rule(points=10), Check.EFFECT, "both"),
    "8 neither": (a_rule(floor=Missing), Check.EFFECT, "neither"),
    "8 tier 0": (a_rule(floor={"tier": 0, "priority": "high"}), Check.EFFECT, "1 to 3"),
    "8 priority none": (a_rule(floor={"tier": 2, "priority": "none"}), Check.EFFECT, "routine"),
    "8 points negative": (a_points_rule(points=-5), Check.EFFECT, "1 to 100"),
    "8 follow_up": (a_rule(follow_up="standard"), Check.EFFECT, "extended"),
    "10 team rule reads staff": (
        a_flag_rule("t", "staff.trainee", for_="team"),
        Check.WRONG_SUBJECT,
        "staff.trainee",
    ),
    "10 team rule reads this person": (
        a_flag_rule("t", "proceedings.names_this_person", for_="team", retouch=True),
        Check.WRONG_SUBJECT,
        "names_this_person",
    ),
    "10 team rule reads a person's window": (
        a_points_rule(for_="team"),
        Check.WRONG_SUBJECT,
        "windows.exposures_30d",
    ),
    "10 person rule reads team": (
        a_points_rule(
            when="team.named",
            explain="{team.named}",
            examples=[
                {"name": "yes", "facts": {"team.named": True}, "expect": "fires"},
                {"name": "no", "facts": {}, "expect": "silent"},
            ],
        ),
        Check.WRONG_SUBJECT,
        "team.named",
    ),
    "11 evidence of no known sort": (
        a_rule(evidence=[{"ref": "somebody said", "grade": "low"}]),
        Check.EVIDENCE,
        "doi:",
    ),
    "11 evidence ungraded": (
        a_rule(evidence=[{"ref": "pmid:123", "grade": "good"}]),
        Check.EVIDENCE,
        "expert-opinion",
    ),
    "11 no evidence": (a_rule(evidence=[]), Check.EVIDENCE, "no source"),
    "12 misspelt key": (a_rule(titel="x"), Check.KEY, "`title`?"),
    "12 missing key": (a_rule(family=Missing), Check.KEY, "`family` is missing"),
    "13 wrong outcome": (
        a_rule(examples=[*EXAMPLES, {"name": "4", "facts": {}, "expect": "silent"}]),
        Check.EXAMPLE,
        "`4` comes out unknown",
    ),
    "13 a kind is missing": (a_rule(examples=EXAMPLES[:2]), Check.EXAMPLE, "`unknown`"),
    "16 always true": (
        a_rule(when="patient.died or patient.died is unknown or not patient.died"),
        Check.CONSTANT,
        "never false",
    ),
    "16 never true": (
        a_rule(when="patient.harm > death"),
        Check.CONSTANT,
        "never true",
    ),
    "18 proceedings without retouch": (
        a_flag_rule("p", "proceedings.names_staff"),
        Check.RETOUCH,
        "retouch: true",
    ),
    "19 too many tests": (
        a_rule(when=" or ".join(["patient.harm >= severe"] * 13)),
        Check.TOO_LARGE,
        "13 tests",
    ),
    "19 too long": (
        a_rule(when="patient.died or " * 200 + "staff.own_act"),
        Check.TOO_LARGE,
        "2000",
    ),
    "retired twice as short entry": (
        {"id": "gone", "retired": {"in": 2, "reason": "x"}},
        Check.BASE,
        "does not have",
    ),
}
BROKEN_SETS: dict[str, tuple[dict[str, Any], Check, str]] = {
    "9 where can be unknown": (
        {"windows": {"w": {"per": "unit", "within": "3 days", "where": "patient.died"}}},
        Check.WINDOW,
        "patient.died",
    ),
    "9 window too long": (
        {"windows": {"w": {"per": "unit", "within": "366 days", "where": "patient.died is known"}}},
        Check.VALUE,
        "365 days",
    ),
    "9 window per unit reads staff": (
        {"windows": {"w": {"per": "unit", "within": "3 days", "where": "staff.own_act is known"}}},
        Check.WINDOW,
        "staff.own_act",
    ),
    "9 window reads a window": (
        {
            "windows": {
                **HEADER["windows"],
                "w": {"per": "unit", "within": "3 days", "where": "windows.exposures_30d > 1"},
            }
        },
        Check.UNKNOWN_FACT,
        "windows.exposures_30d",
    ),
    "12 misspelt key above the rules": ({"pionts_to_tier": []}, Check.KEY, "`points_to_tier`?"),
    "14 steps that fall": (
        {
            "points_to_tier": [
                {"at": 30, "tier": 2, "priority": "routine"},
                {"at": 50, "tier": 1, "priority": "high"},
            ]
        },
        Check.STEPS,
        "does not rise",
    ),
    "14 steps less urgent": (
        {
            "points_to_tier": [
                {"at": 30, "tier": 1, "priority": "high"},
                {"at": 50, "tier": 2, "priority": "routine"},
            ]
        },
        Check.STEPS,
        "does not rise",
    ),
    "other semantics": ({"semantics": "kleene/2"}, Check.VALUE, "kleene/1"),
    "other facts": ({"schema": "triage-facts/9"}, Check.VALUE, "triage-facts/1"),
    "a fraction": ({"version": 1.5}, Check.VALUE, "whole number"),
    "merge of an unknown category": (
        {"merge": {"within": "24 hours", "compatible": [["falls"]]}},
        Check.UNKNOWN_CODE,
        "`fall`?",
    ),
}


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_mistake_in_a_rule_is_refused(name: str) -> None:
    """Numbers are those of rules.md section 11."""
    rule, check, says = BROKEN_RULES[name]

    found = problems_of(rule)

    mine = [problem for problem in found if problem.check is check]
    assert mine, [str(problem) for problem in found]
    assert any(says in str(problem) for problem in mine), [str(problem) for problem in mine]
    assert mine[0].rule == rule["id"]


@pytest.mark.parametrize("name", BROKEN_SETS)
def test_a_mistake_above_the_rules_is_refused(name: str) -> None:
    """Likewise for what stands above the rules."""
    overrides, check, says = BROKEN_SETS[name]

    found = problems_of(**overrides)

    assert any(p.check is check and says in str(p) for p in found), [str(p) for p in found]


def test_an_id_used_twice_is_refused() -> None:
    """Decisions years old point to an id."""
    (problem,) = problems_of(a_rule(), a_rule(title="Another"))

    assert problem.check is Check.DUPLICATE_ID


def test_a_retired_rule_keeps_its_id_and_decides_nothing() -> None:
    """Retired, never deleted."""
    retired = a_rule(retired={"in": 2, "reason": "replaced by another"})

    assert [rule.id for rule in a_rule_set(retired, a_points_rule()).rules] == ["third_exposure"]
    assert problems_of(retired, a_rule())[0].check is Check.DUPLICATE_ID


def test_more_than_two_hundred_rules_are_refused() -> None:
    """A set must stay readable."""
    rules = [a_flag_rule(f"rule_{number}", "staff.trainee") for number in range(201)]

    assert problems_of(*rules)[0].check is Check.TOO_LARGE


def test_all_mistakes_of_a_file_are_told_at_once() -> None:
    """Nobody wants to fix a file one message at a time."""
    found = problems_of(a_rule(when="patient.dead"), a_points_rule(points=0), semantics="kleene/2")

    assert {problem.rule for problem in found} == {None, "child_death", "third_exposure"}


def test_a_rule_on_proceedings_may_say_why_it_does_not_touch_again() -> None:
    """The reason is enough."""
    rule = a_flag_rule("p", "proceedings.names_staff", no_retouch="known from the first report")

    assert not a_rule_set(rule).rule("p").retouch


@pytest.mark.parametrize("document", [None, [], "text", 3, {}, {"rules": 1}])
def test_a_document_that_is_no_rule_set_is_refused(document: Any) -> None:
    """Whatever was parsed, the answer is a refusal."""
    from services.triage.domain.ruleset_loader import load_document

    with pytest.raises(RuleSetError):
        load_document(document, file="x.yaml", places={})


def test_points_that_reach_no_step_are_noted() -> None:
    """A warning, not a refusal."""
    (warning,) = a_rule_set(a_points_rule(points=10)).warnings

    assert "reach no step" in warning


def test_a_rule_hidden_by_a_weaker_condition_is_noted() -> None:
    """Equal floors, and one condition implies the other."""
    hidden = a_flag_rule("hidden", "staff.own_act", when="staff.own_act and staff.trainee")
    hidden |= {
        "explain": "x",
        "examples": [
            {
                "name": "a",
                "facts": {"staff.own_act": True, "staff.trainee": True},
                "expect": "fires",
            },
            {"name": "b", "facts": {"staff.own_act": False}, "expect": "silent"},
            {"name": "c", "facts": {}, "expect": "unknown"},
        ],
    }

    (warning,) = a_rule_set(hidden, a_flag_rule("weaker", "staff.own_act")).warnings

    assert "hidden adds nothing" in warning

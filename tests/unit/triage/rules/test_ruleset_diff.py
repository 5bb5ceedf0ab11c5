"""What changed between two sets, told so that a clinical lead can approve it."""

from typing import Any

import pytest

from services.triage.domain.ruleset_diff import differences
from tests.builders.rules import HEADER, a_flag_rule, a_points_rule, a_rule, a_rule_set

WINDOWS = HEADER["windows"]


def told(*rules: dict[str, Any], **overrides: Any) -> list[str]:
    """Return the differences of a changed set from the set of the builders."""
    return list(differences(a_rule_set(), a_rule_set(*rules, **overrides)))


def test_equal_sets_do_not_differ() -> None:
    """Neither does a set of another name or version: it decides alike."""
    assert told() == told(rule_set="another", version=7) == []


def test_rules_come_and_go() -> None:
    """Added, retired with the reason, or just gone."""
    retired = a_points_rule(retired={"in": 2, "reason": "we count otherwise"})

    assert told(retired, a_flag_rule("trainee", "staff.trainee", title="In training")) == [
        "added    trainee: In training; tier 2, high",
        "missing  child_death: there is no rule of this id any more; it gave tier 2, high",
        "retired  third_exposure: we count otherwise; it gave 30 points",
    ]


def test_a_changed_rule_says_each_detail() -> None:
    """Before and after; what was not there is nothing."""
    changed = a_rule(
        floor={"tier": 1, "priority": "routine"}, on_unknown="ignore", follow_up="extended"
    )

    ask = '{patient.died: "Did the patient die?", patient.age_group: "How old?"}'
    assert told(changed, a_points_rule()) == [
        "changed  child_death",
        "  floor: {tier: 2, priority: high} → {tier: 1, priority: routine}",
        f"  on_unknown: {{floor: {{tier: 1, priority: routine}}, ask: {ask}}} → ignore",
        "  follow_up: nothing → extended",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": "The death of a child"}, "title; it decides as before"),
        ({"evidence": [{"ref": "pmid:1", "grade": "low"}]}, "evidence; it decides as before"),
        ({"title": "x", "retouch": True}, "title"),
    ],
)
def test_other_words_are_told_apart_from_another_meaning(change: Any, says: str) -> None:
    """So that nobody reads through a rule for a new title."""
    assert told(a_rule(**change), a_points_rule())[-1] == f"reworded child_death: {says}"


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (
            {"late": {"after": "7 days", "then": "none"}},
            "late: {after: 30 days, then: confirm} → {after: 7 days, then: none}",
        ),
        (
            {"group_support": {"persons_over": 3, "units_over": 1}},
            "group_support: {persons_over: 5, units_over: 1} → {persons_over: 3, units_over: 1}",
        ),
        (
            {"points_to_tier": [{"at": 30, "tier": 1, "priority": "routine"}]},
            "points_to_tier: [{at: 30, tier: 1, priority: routine}, {at: 50, tier: 2",
        ),
        (
            {
                "windows": {
                    **WINDOWS,
                    "unit_severe_14d": {**WINDOWS["unit_severe_14d"], "within": "7 days"},
                }
            },
            "window unit_severe_14d: ",
        ),
    ],
)
def test_a_changed_threshold_is_told(overrides: Any, line: str) -> None:
    """What stands above the rules, and the windows."""
    (found,) = told(**overrides)

    assert found.startswith(line)

"""What a loaded set keeps, and what wrong values in one are answered with."""

from typing import Any

import pytest

from services.triage.domain.facts import Scene
from services.triage.domain.rule_pages import rule_page
from services.triage.domain.rule_problems import Problem, RuleSetError
from tests.builders.rules import (
    Missing,
    a_document,
    a_flag_rule,
    a_rule,
    a_rule_set,
    a_scene,
)

EXAMPLES = a_rule()["examples"]
ASK = a_rule()["on_unknown"]["ask"]


def problems_of(*rules: Any, **overrides: Any) -> list[Problem]:
    """Return the problems for which a set is refused."""
    with pytest.raises(RuleSetError) as refusal:
        a_rule_set(*rules, **overrides)
    return list(refusal.value.problems)


def test_the_document_of_a_loaded_set_loads_to_the_same_hash() -> None:
    """What is published is what was checked."""
    from services.triage.domain.ruleset_loader import rule_set_from_document

    rule_set = a_rule_set()

    assert rule_set_from_document(dict(rule_set.document)).hash == rule_set.hash


def test_a_document_whose_examples_fail_does_not_load() -> None:
    """Fail-stop for workers: a set on the topic is checked like a file."""
    from services.triage.domain.ruleset_loader import rule_set_from_document

    with pytest.raises(RuleSetError):
        rule_set_from_document(a_document(a_rule(examples=EXAMPLES[:1])))


def test_a_window_counts_an_occurrence_when_any_patient_satisfies_it() -> None:
    """`where` is never unknown: an unknown harm does not count as severe, a missing one as mild."""
    windows = a_rule_set().windows
    severe, unknown = {"patient.harm": "severe"}, {"patient.harm": None}

    assert windows["unit_severe_14d"].where(a_scene(None, unknown, severe))
    assert not windows["unit_severe_14d"].where(a_scene(None, unknown))
    assert windows["exposures_30d"].where(a_scene(None, unknown))
    assert not windows["exposures_30d"].where(Scene(shared={}, patients=()))


def test_a_window_may_read_no_patient_at_all() -> None:
    """Then the occurrence itself counts."""
    window = {"per": "unit", "within": "3 days", "where": "incident.kind is known"}
    windows = a_rule_set(a_rule(), windows={"w": window}).windows

    assert windows["w"].where(a_scene(incident__kind="incident"))
    assert not windows["w"].where(a_scene())


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"windows": {"w": {"per": "ward", "within": "3 days", "where": "x"}}}, "unit"),
        ({"windows": {"W": {"per": "unit", "within": "3 days", "where": "x"}}}, "snake_case"),
        (
            {
                "windows": {
                    "w": {"per": "unit", "within": "3 weeks", "where": "patient.died is known"}
                }
            },
            "24 hours",
        ),
        ({"windows": {f"w{n}": {} for n in range(51)}}, "at most 50"),
        (
            {"windows": {"w": {"per": "unit", "within": "3 days", "where": "patient.harm in []"}}},
            "always the same",
        ),
        ({"windows": []}, "not a mapping"),
        ({"late": {"after": "30 days", "then": "maybe"}}, "confirm"),
        ({"group_support": {"persons_over": 0, "units_over": 1}}, "outside 1"),
        ({"group_support": {"persons_over": "5", "units_over": 1}}, "whole number"),
        ({"scope": None}, "empty"),
        ({"version": True}, "whole number"),
        ({"rule_set": "Ärzte"}, "lower-case"),
        ({"x\u00e4": 1}, "plain ascii"),
        ({"points_to_tier": 3}, "not a list"),
    ],
)
def test_a_wrong_value_above_the_rules_says_what_to_write(overrides: Any, says: str) -> None:
    """Every reader of the file has its own advice."""
    assert any(says in str(problem).lower() for problem in problems_of(**overrides))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"title": ""}, "not text"),
        ({"title": "x" * 200}, "200 characters"),
        ({"when": 3}, "not a condition"),
        ({"explain": "x" * 500}, "500 characters"),
        ({"group": "yes"}, "true or false"),
        (
            {"on_unknown": {"floor": {"tier": 1, "priority": "routine"}, "points": 3, "ask": ASK}},
            "one of them",
        ),
        ({"on_unknown": {"ask": {**ASK, "patient.harm": "Harm?"}}}, "remove the question"),
        ({"examples": [*EXAMPLES, EXAMPLES[0]]}, "one name"),
        (
            {
                "examples": [
                    {"name": "t", "facts": {"incident.occurred_at": "noon"}, "expect": "fires"}
                ]
            },
            "moment",
        ),
        ({"id": 3}, "snake_case"),
        ({"id": Missing}, "no id"),
    ],
)
def test_a_wrong_value_in_a_rule_says_what_to_write(changes: Any, says: str) -> None:
    """Likewise inside a rule."""
    found = problems_of(a_rule(**changes))

    assert any(says.lower() in str(problem).lower() for problem in found), [str(p) for p in found]


def test_examples_may_hold_times_and_lists() -> None:
    """All types of the fact model."""
    rule = a_flag_rule(
        "delay",
        "x",
        when="incident.reported_at - incident.occurred_at > days(2)"
        " and fall in incident.categories",
        explain="{incident.occurred_at} {incident.reported_at} {incident.categories}",
    )
    early, late = "2026-03-01T00:00:00Z", "2026-03-03T00:00:01+00:00"
    facts = {"incident.occurred_at": early, "incident.reported_at": late}
    rule["examples"] = [
        {"name": "a", "facts": {**facts, "incident.categories": ["fall"]}, "expect": "fires"},
        {"name": "b", "facts": {**facts, "incident.categories": []}, "expect": "silent"},
        {"name": "c", "facts": {"incident.categories": ["fall"]}, "expect": "unknown"},
    ]

    rules = a_rule_set(rule)
    loaded = rules.rule("delay")

    page = "\n".join(rule_page(loaded, rules))
    assert "incident.reported_at - incident.occurred_at > days(2)" in page
    assert "incident.categories [fall]" in page


def test_the_page_of_a_rule_tells_all_its_effects() -> None:
    """Also the rarer ones."""
    extras = {"group": True, "retouch": True, "scope": "everyone", "follow_up": "extended"}
    rules = a_rule_set(a_flag_rule("r", "staff.own_act", **extras))
    page = "\n".join(rule_page(rules.rule("r"), rules))

    for words in ("extended follow-up", "group support", "touches a known case", "everyone"):
        assert words in page

"""Assessing one person or team: floors, points, unknowns, questions, scope."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.assess import assess, join, trace_rule, verdict_on
from services.triage.domain.facts import Facts, Scene, complete_patient, contradicts_itself
from services.triage.domain.finding import Finding
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.trace import lines_of
from shared.contracts.words import FollowUp, Priority, Verdict
from tests.builders.rules import a_flag_rule, a_points_rule, a_rule, a_rule_set, a_scene

FLAGS = ("staff.own_act", "staff.trainee", "staff.new_in_role", "staff.first_of_kind")


def a_set_of_flags(*effects: dict[str, Any]) -> RuleSet:
    """Return a set with one rule per effect, on the yes/no facts of `FLAGS` in turn."""
    rules = []
    for fact, effect in zip(FLAGS, effects, strict=False):
        rule = a_flag_rule(f"rule_{fact.rpartition('.')[2]}", fact, **effect)
        if "points" in effect:
            del rule["floor"]
        rules.append(rule)
    return a_rule_set(*rules)


def tier_and_priority(finding: Finding) -> tuple[int, str]:
    """Return what matters most."""
    return finding.tier, finding.priority.value


HIGH_2: dict[str, Any] = {"floor": {"tier": 2, "priority": "high"}}
URGENT_1: dict[str, Any] = {"floor": {"tier": 1, "priority": "urgent"}}


def test_tier_is_the_highest_floor_and_priority_the_most_urgent() -> None:
    """They may come from different rules."""
    rules = a_set_of_flags(HIGH_2, URGENT_1)

    finding = assess(rules, a_scene(dict.fromkeys(FLAGS[:2], True)), "person")

    assert tier_and_priority(finding) == (2, "urgent")


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ((29,), (0, "none")),
        ((30,), (1, "routine")),
        ((20, 29), (1, "routine")),
        ((20, 30), (2, "high")),
        ((100, 100), (2, "high")),
    ],
)
def test_points_add_up_to_a_step(points: tuple[int, ...], expected: tuple[int, str]) -> None:
    """Steps of the test set: 30 is tier 1, 50 is tier 2."""
    rules = a_set_of_flags(*({"points": each} for each in points))

    finding = assess(rules, a_scene(dict.fromkeys(FLAGS[: len(points)], True)), "person")

    assert tier_and_priority(finding) == expected
    assert finding.score == sum(points)


def test_nothing_fires_gives_nothing() -> None:
    """Tier 0 has no priority and no reason."""
    finding = assess(a_set_of_flags(HIGH_2), a_scene({FLAGS[0]: False}), "person")

    assert (finding.tier, finding.priority, finding.reasons) == (0, Priority.NONE, ())


def test_an_unknown_rule_counts_its_weaker_effect_and_asks() -> None:
    """`tier_if_unknowns_worst` counts the rule as fired."""
    finding = assess(a_rule_set(a_rule()), a_scene(None, {"patient.harm": "death"}), "person")

    (reason,) = finding.reasons
    (question,) = finding.questions
    assert tier_and_priority(finding) == (1, "routine")
    assert finding.tier_if_unknowns_worst == 2
    assert (reason.verdict, reason.floor_tier, reason.counted) == (Verdict.UNKNOWN, 1, True)
    assert (question.field, question.would_change) == ("patient.age_group", ("tier", "priority"))


def test_an_ignored_unknown_counts_only_in_the_worst_case() -> None:
    """The reason shows what it would add."""
    finding = assess(a_set_of_flags(HIGH_2), a_scene(), "person")

    (reason,) = finding.reasons
    assert (finding.tier, finding.tier_if_unknowns_worst) == (0, 2)
    assert (reason.floor_tier, reason.counted, finding.questions) == (2, False, ())


def test_a_question_that_could_change_nothing_is_not_asked() -> None:
    """The person has tier 2, urgent, already."""
    sure = a_flag_rule("sure", "staff.own_act", floor={"tier": 2, "priority": "urgent"})

    finding = assess(
        a_rule_set(a_rule(), sure),
        a_scene({"staff.own_act": True}, {"patient.harm": "death"}),
        "person",
    )

    assert finding.questions == ()


def test_points_are_asked_for_where_only_several_together_reach_a_step() -> None:
    """Two open rules of 20 points: neither alone, both together reach 30."""
    rules = []
    for fact in FLAGS[:2]:
        rule = a_flag_rule(
            f"r_{fact[6:]}", fact, points=20, on_unknown={"ask": {fact: "Is it so?"}}
        )
        del rule["floor"]
        rules.append(rule)

    finding = assess(a_rule_set(*rules), a_scene(), "person")

    assert [question.field for question in finding.questions] == sorted(FLAGS[:2])


def test_one_field_is_asked_once_by_the_strongest_rule() -> None:
    """Two rules would ask the same."""
    ask = {"on_unknown": {"ask": {"staff.own_act": "Whose act?"}}}
    weak = a_flag_rule("a_weak", "staff.own_act", **URGENT_1, **ask)
    strong = a_flag_rule("b_strong", "staff.own_act", **HIGH_2, **ask)

    finding = assess(a_rule_set(weak, strong), a_scene(), "person")

    assert [question.rule_id for question in finding.questions] == ["b_strong"]


def test_a_rule_on_patients_fires_for_any_of_them() -> None:
    """Fires if one fires, else unknown if one is unknown; no patient is silence."""
    rule = a_rule_set().rule("child_death")
    child, adult = {"patient.age_years": 3, "patient.died": True}, {"patient.age_years": 40}

    assert verdict_on(rule, a_scene(None, adult, child)) == 2
    assert verdict_on(rule, a_scene(None, {"patient.died": True}, adult)) == 1
    assert verdict_on(rule, Scene(shared={}, patients=())) == 0


@pytest.mark.parametrize("truths", list(itertools.product((0, 1, 2), repeat=2)), ids=str)
def test_any_patient_is_the_greatest_of_the_patients(truths: tuple[int, int]) -> None:
    """The truth table over two patients."""
    rule = a_rule_set(a_flag_rule("d", "patient.died")).rule("d")
    values = {0: False, 1: None, 2: True}

    scene = a_scene(None, *({"patient.died": values[truth]} for truth in truths))

    assert verdict_on(rule, scene) == max(truths)


def test_who_was_only_informed_meets_only_rules_for_everyone() -> None:
    """Known to be author or informed; an unknown involvement meets all rules."""
    rules = a_rule_set(
        a_flag_rule("narrow", "staff.own_act"),
        a_flag_rule("wide", "staff.own_act", scope="everyone"),
    )

    def reasons(involvement: str | None) -> list[str]:
        scene = a_scene({"staff.own_act": True, "staff.involvement": involvement})
        return [reason.rule_id for reason in assess(rules, scene, "person").reasons]

    assert reasons("informed") == ["wide"]
    assert reasons("direct") == reasons(None) == ["narrow", "wide"]


def test_the_nameless_person_is_not_asked_about_windows_per_person() -> None:
    """Nobody knows whose windows they would be."""
    finding = assess(a_rule_set(), a_scene(windows__exposures_30d=9), "nameless")

    assert [reason.rule_id for reason in finding.reasons] == ["child_death"]


def test_team_rules_join_the_nameless_person() -> None:
    """Points and floors of both combine into one finding."""
    cluster = a_points_rule(id="cluster", for_="team", when="windows.unit_severe_14d >= 3")
    cluster |= {
        "explain": "{windows.unit_severe_14d}",
        "group": True,
        "examples": [
            {"name": "3", "facts": {"windows.unit_severe_14d": 3}, "expect": "fires"},
            {"name": "2", "facts": {"windows.unit_severe_14d": 2}, "expect": "silent"},
        ],
    }
    rules = a_rule_set(a_rule(), cluster)
    scene = a_scene(
        None, {"patient.died": True, "patient.age_years": 3}, windows__unit_severe_14d=4
    )

    joined = join(rules, assess(rules, scene, "nameless"), assess(rules, scene, "team"))

    assert (joined.tier, joined.score, joined.group) == (2, 30, True)
    assert [reason.rule_id for reason in joined.reasons] == ["child_death", "cluster"]


def test_retouch_follow_up_and_families_come_from_fired_rules_only() -> None:
    """An unknown rule touches nobody again."""
    extras = {"retouch": True, "follow_up": "extended"}
    rules = a_set_of_flags({**HIGH_2, **extras}, {**URGENT_1, **extras})

    finding = assess(rules, a_scene({FLAGS[0]: True}), "person")

    assert finding.retouch == ("rule_own_act",)
    assert finding.follow_up is FollowUp.EXTENDED
    assert assess(rules, a_scene(), "person").follow_up is FollowUp.STANDARD


def test_the_order_of_patients_changes_nothing() -> None:
    """Neither verdict nor text: two children died."""
    rules = a_rule_set()
    patients: list[Facts] = [
        {"patient.died": True, "patient.age_years": 3},
        {"patient.died": True, "patient.age_years": 15},
        {"patient.died": False},
    ]

    findings = [
        assess(rules, a_scene(None, *p), "person") for p in itertools.permutations(patients)
    ]

    assert all(finding == findings[0] for finding in findings)


@given(
    st.permutations(range(4)),
    st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4),
)
def test_the_order_of_rules_changes_nothing(order: list[int], values: list[bool | None]) -> None:
    """Rules are a set."""
    effects: list[dict[str, Any]] = [HIGH_2, URGENT_1, {"points": 30}, {"points": 20}]
    rules = [dict(rule) for rule in a_set_of_flags(*effects).document["rules"]]
    scene = a_scene(dict(zip(FLAGS, values, strict=True)))

    turned = assess(a_rule_set(*(rules[index] for index in order)), scene, "person")

    assert turned.reasons == assess(a_rule_set(*rules), scene, "person").reasons


@given(st.lists(st.sampled_from([True, False, None]), min_size=4, max_size=4), st.integers(0, 3))
def test_one_more_fired_rule_never_lowers(values: list[bool | None], index: int) -> None:
    """Neither tier nor urgency."""
    effects: list[dict[str, Any]] = [HIGH_2, URGENT_1, {"points": 30}, {"points": 20}]
    rules = a_set_of_flags(*effects)
    person = dict(zip(FLAGS, values, strict=True))

    before = assess(rules, a_scene(person), "person")
    after = assess(rules, a_scene({**person, FLAGS[index]: True}), "person")

    assert after.tier >= before.tier
    assert after.priority.rank >= before.priority.rank
    assert before.tier_if_unknowns_worst >= before.tier


def test_the_trace_of_a_rule_reads_like_its_condition() -> None:
    """Also for `--why-not`: a silent rule shows what it read."""
    rule = a_rule_set().rule("child_death")
    scene = a_scene(None, {"patient.died": True, "patient.age_years": 40})

    assert list(lines_of(trace_rule(rule, scene))) == [
        "no        and",
        "  yes       patient.died   (patient.died is yes)",
        "  no        patient.age_group <= adolescent   (patient.age_group is adult)",
    ]


@pytest.mark.parametrize(
    ("years", "group"),
    [(0, "infant"), (1, "child"), (9, "child"), (10, "adolescent"), (17, "adolescent"),
     (18, "young_adult"), (25, "young_adult"), (26, "adult"), (65, "adult"), (66, "older_adult")],
)  # fmt: skip
def test_years_give_the_band_and_a_band_gives_no_years(years: int, group: str) -> None:
    """Bands of contracts.md."""
    assert complete_patient({"patient.age_years": years})["patient.age_group"] == group
    assert complete_patient({"patient.age_group": group}).get("patient.age_years") is None


@pytest.mark.parametrize(
    ("said", "harm", "died"),
    [(True, None, True), (None, "death", True), (False, "death", True), (False, None, False),
     (None, "severe", False), (None, None, None), (True, "mild", True)],
)  # fmt: skip
def test_death_follows_from_what_was_said_or_from_the_harm(
    *, said: bool | None, harm: str | None, died: bool | None
) -> None:
    """In conflict the more serious wins, and the conflict shows."""
    facts = {"patient.died": said, "patient.harm": harm}

    assert complete_patient(facts)["patient.died"] is died
    assert contradicts_itself(facts) == (said is False and harm == "death")

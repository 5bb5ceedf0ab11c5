"""Properties of the fold over random histories."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.requests import case_ref, occurrence_id
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.words import DecisionFlag, RulesMode
from tests.builders.canonical import fold
from tests.builders.fold_rules import some_rules
from tests.unit.triage.fold.histories import Follower, decisions_of, histories, picture, probes

RULES = some_rules()


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_reports_does_not_matter(
    history: list[IncidentReported], shuffler: Random
) -> None:
    """Grouping, persons, tiers, priorities and windows end alike whatever came first."""
    other = list(history)
    shuffler.shuffle(other)
    last = probes(history)

    one = decisions_of(fold([*history, *last], RULES)[-len(last) :])
    two = decisions_of(fold([*other, *last], RULES)[-len(last) :])

    assert [picture(d) for d in one if _stands(d)] == [picture(d) for d in two if _stands(d)]


@given(histories(), st.integers(0, 12), st.randoms(use_true_random=False))
def test_a_restored_state_decides_like_one_that_never_stopped(
    history: list[IncidentReported], cut: int, shuffler: Random
) -> None:
    """Records of the state topic in any order give the same steps and the same records."""
    kept, restored = State(), State()
    fold(history[:cut], RULES, kept)
    records = list(kept.records())
    shuffler.shuffle(records)
    for key, value in records:
        restored.restore(key, value)

    uninterrupted = fold(history[cut:], RULES, kept)
    resumed = fold(history[cut:], RULES, restored)

    assert [step.decision for step in resumed] == [step.decision for step in uninterrupted]
    assert [step.requests for step in resumed] == [step.requests for step in uninterrupted]
    assert [step.memos for step in resumed] == [step.memos for step in uninterrupted]
    assert list(restored.records()) == list(kept.records())


@given(histories())
def test_a_repeat_of_the_newest_revision_produces_nothing(history: list[IncidentReported]) -> None:
    """Each report twice in a row: the same decisions, and no output for the second."""
    doubled = [report for report in history for _ in range(2)]

    once, twice = fold(history, RULES), fold(doubled, RULES)

    decided = [d.decision_id for d in decisions_of(once)]
    assert [d.decision_id for d in decisions_of(twice) if d.ordinal == 0] == decided
    for first, second in zip(twice[::2], twice[1::2], strict=True):
        stale = first.decision is not None and DecisionFlag.STALE in first.decision.flags
        assert stale or second.decision is None
        assert not second.requests


@given(histories())
def test_nothing_with_a_tier_reaches_no_human(history: list[IncidentReported]) -> None:
    """After each decision every tier of 1 or more has an active case or a code."""
    follower = Follower()
    for step in fold(history, RULES):
        follower.follow(step.requests)
        decision = step.decision
        if decision is None or DecisionFlag.STALE in decision.flags:
            continue
        for person in decision.persons:
            if person.tier and person.withheld_because is None:
                ref = _case_of(step, decision, person.person_ref or "")
                assert follower.resolve(ref) in follower.active
            if person.withheld_because == "unresolvable":
                assert decision.team is not None
                assert decision.team.tier >= person.tier
        if decision.team is not None and decision.team.tier:
            place = decision.team.unit_id or decision.team.campus or decision.tenant
            ref = _case_of(step, decision, f"team:{place}")
            assert follower.resolve(ref) in follower.active


@given(histories())
def test_exactly_the_cases_somebody_still_needs_are_open_in_the_end(
    history: list[IncidentReported],
) -> None:
    """However incidents joined and parted: no offer without a case, no case left behind."""
    follower = Follower()
    steps = fold([*history, *probes(history)], RULES)
    for step in steps:
        follower.follow(step.requests)

    last = steps[-len(probes(history)) :]
    expected = {
        follower.resolve(_case_of(step, decision, person.person_ref or ""))
        for step in last
        for decision in decisions_of([step])
        for person in decision.persons
        if person.tier and person.withheld_because is None
    }
    assert {case for case in follower.active if case in follower.subject} == expected


@given(histories())
def test_shadow_mode_requests_nothing(history: list[IncidentReported]) -> None:
    """Every tier of 1 or more is withheld with a code."""
    for step in fold(history, some_rules(mode=RulesMode.SHADOW)):
        assert not step.requests
        for person in step.decision.persons if step.decision else ():
            assert not person.tier or person.withheld_because is not None


@given(histories(revisions=1))
def test_requests_are_listed_in_the_decision(history: list[IncidentReported]) -> None:
    """What leaves is what the record says left."""
    for step in fold(history, RULES):
        if step.decision is not None:
            listed = [(r.case_ref, r.action, r.request_id) for r in step.decision.requests]
            assert listed == [(r.case_ref, r.action, r.request_id) for r in step.requests]


def _stands(decision: TriageDecision) -> bool:
    """Return whether the incident counts; what a retracted one was tied to depends on order."""
    return DecisionFlag.WITHDRAWN not in decision.flags


def _case_of(step: Step, decision: TriageDecision, subject: str) -> UUID:
    """Return the case of a subject in the decision's occurrence; its naming incident is written."""
    root = next(key for key in step.changed if occurrence_id(key) == decision.occurrence_id)
    return case_ref(root, subject)

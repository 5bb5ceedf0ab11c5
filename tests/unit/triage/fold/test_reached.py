"""Whom the fold reaches: everybody with a tier, once per occurrence, however incidents join."""

import pytest
from hypothesis import given

from services.triage.domain.activation import ActiveRules
from services.triage.domain.requests import case_ref
from services.triage.domain.state import State
from shared.contracts import IncidentReported
from shared.contracts.words import RulesMode, WithheldBecause
from tests.builders.canonical import folding
from tests.builders.fold_rules import some_rules
from tests.builders.stories import PEOPLE
from tests.unit.triage.fold.follower import Follower, subject_of
from tests.unit.triage.fold.histories import histories, probes
from tests.unit.triage.fold.occasions import occurrences, offered, open_cases

RULES = some_rules()


@given(histories())
def test_nothing_with_a_tier_reaches_no_human(history: list[IncidentReported]) -> None:
    """After each decision every tier of 1 or more has an open case or a code."""
    follower, state = Follower(), State()
    for step in folding(history, RULES, state):
        follower.follow(step.requests)

        for ref in offered(step, state):
            assert follower.is_open(ref)


@given(histories())
@pytest.mark.parametrize(
    "rules", [RULES, some_rules(mode=RulesMode.SHADOW)], ids=["live", "shadow"]
)
def test_whom_nobody_can_name_counts_into_the_team(
    rules: ActiveRules, history: list[IncidentReported]
) -> None:
    """The team's tier and priority are never below those of a person withheld as unresolvable."""
    for step in folding(history, rules, State()):
        persons = step.decision.persons if step.decision else ()
        lost = [p for p in persons if p.withheld_because is WithheldBecause.UNRESOLVABLE]
        team = step.decision.team if step.decision else None

        assert all(team and team.tier >= person.tier for person in lost)
        assert all(team and team.priority.rank >= person.priority.rank for person in lost)


@given(histories())
def test_every_request_is_one_that_a_notifier_can_follow(history: list[IncidentReported]) -> None:
    """`replaces` names the subject's own older cases, and only what is open is changed."""
    follower = Follower()
    for step in folding([*history, *probes(history)], RULES, State()):
        follower.follow(step.requests)

    assert follower.wrong == []


@given(histories())
def test_a_decision_asks_once_per_person_and_occurrence(history: list[IncidentReported]) -> None:
    """Of the requests that offer something, none is for a person who is asked for already."""
    state = State()
    for step in folding(history, RULES, state):
        offers = [r for r in step.requests if r.action != "withdraw"]
        groups = {group.root: group for group in occurrences(state)}
        asked = [
            (root, subject_of(request))
            for request in offers
            for root in groups
            if case_ref(root, subject_of(request)) == request.case_ref
        ]
        assert len(asked) == len({*asked})
        persons = [request for request in offers if request.subject.kind == "person"]
        assert len(asked) == len(persons)


@given(histories())
def test_nobody_has_two_open_cases_in_one_occurrence(history: list[IncidentReported]) -> None:
    """Whichever of its incidents once named the case: after each step at most one is open."""
    follower, state = Follower(), State()
    for step in folding([*history, *probes(history)], RULES, state):
        follower.follow(step.requests)

        groups = occurrences(state)
        for person in (*PEOPLE, "p_r"):
            for group in groups:
                assert len(open_cases(follower, group, groups, person)) <= 1


@given(histories())
def test_exactly_the_cases_somebody_still_needs_are_open_in_the_end(
    history: list[IncidentReported],
) -> None:
    """However incidents joined and parted: no offer without a case, no case left behind."""
    follower, state = Follower(), State()
    last = probes(history)
    steps = list(folding([*history, *last], RULES, state))
    for step in steps:
        follower.follow(step.requests)

    needed = {follower.resolve(ref) for step in steps[-len(last) :] for ref in offered(step, state)}
    people = {follower.resolve(ref) for ref, who in follower.subject.items() if who != "team"}
    assert follower.open_cases & people == needed & people
    assert needed <= follower.open_cases

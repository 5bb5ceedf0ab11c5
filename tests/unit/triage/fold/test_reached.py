"""Whom the fold reaches: everybody with a tier, once per occurrence, however incidents join."""

from collections.abc import Iterable, Sequence
from uuid import UUID

import pytest
from hypothesis import given

from services.triage.domain.activation import ActiveRules
from services.triage.domain.lens import BEGINNING, Lens
from services.triage.domain.occurrence import Group, occurrence_of
from services.triage.domain.requests import case_ref
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam
from shared.contracts.words import RulesMode, WithheldBecause
from tests.builders.canonical import folding
from tests.builders.fold_rules import a_rule_set, some_rules
from tests.builders.stories import PEOPLE
from tests.unit.triage.fold.follower import Follower, subject_of
from tests.unit.triage.fold.histories import histories, is_newest, probes

RULES = some_rules()


@given(histories())
def test_nothing_with_a_tier_reaches_no_human(history: list[IncidentReported]) -> None:
    """After each decision every tier of 1 or more has an open case or a code."""
    follower, state = Follower(), State()
    for step in folding(history, RULES, state):
        follower.follow(step.requests)

        for ref in _offered(step, state):
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
        groups = {group.root: group for group in _occurrences(state)}
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

        groups = _occurrences(state)
        for person in (*PEOPLE, "p_r"):
            for group in groups:
                assert len(_open_cases(follower, group, groups, person)) <= 1


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

    needed = {
        follower.resolve(ref) for step in steps[-len(last) :] for ref in _offered(step, state)
    }
    people = {follower.resolve(ref) for ref, who in follower.subject.items() if who != "team"}
    assert follower.open_cases & people == needed & people
    assert needed <= follower.open_cases


def _occurrences(state: State) -> list[Group]:
    lens = Lens(state.memory("alpha"), BEGINNING)
    found = [occurrence_of(lens, key, a_rule_set().merge) for key in lens.memory.memos]
    return list({group.root: group for group in found if group}.values())


def _offered(step: Step, state: State) -> list[UUID]:
    """Return the cases of everybody whom a decision of the newest facts offers something."""
    decision = step.decision
    if decision is None or not is_newest(decision):
        return []
    lens = Lens(state.memory("alpha"), BEGINNING)
    own = occurrence_of(lens, decision.incident_key, a_rule_set().merge)
    assert own is not None
    return [
        case_ref(own.root, subject)
        for subject, found in _subjects(decision.persons, decision.team, decision.tenant)
        if found.tier and found.withheld_because is None
    ]


def _subjects(
    persons: Iterable[DecidedPerson], team: DecidedTeam | None, tenant: str
) -> list[tuple[str, DecidedPerson | DecidedTeam]]:
    found: list[tuple[str, DecidedPerson | DecidedTeam]] = [
        (person.person_ref or "", person) for person in persons
    ]
    if team is not None:
        found.append((f"team:{team.unit_id or team.campus or tenant}", team))
    return found


def _open_cases(
    follower: Follower, group: Group, groups: Sequence[Group], person: str
) -> set[UUID]:
    """Return the open cases of a person in an occurrence; one that parted took its own along."""
    elsewhere = {
        follower.resolve(case_ref(other.root, person)) for other in groups if other is not group
    }
    mine = {follower.resolve(case_ref(memo.key, person)) for memo in group.members}
    return {case for case in mine - elsewhere if follower.is_open(case)}

"""Who may be asked, in which order, and why others may not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.directory import OnCall, Role
from services.notifier.domain.directory import Person as DirectoryPerson
from services.notifier.domain.matching import (
    Candidate,
    Exclusion,
    Ranking,
    Wanted,
    hard_exclusion,
    rank,
)
from services.notifier.domain.move import Move
from services.notifier.domain.plan import Department, Plan, Preference, Step
from services.notifier.domain.search import next_offer
from services.notifier.domain.states import Action
from shared.contracts.words import StaffRole
from shared.identity import derive_id
from tests.builders.notifier import NOON, a_case, a_person, a_supporter

ADA = a_person("ada", manager="mona", department="children")
WEEKDAYS = OnCall((0, 1, 2, 3, 4), NOON.replace(hour=7).time(), NOON.replace(hour=19).time())
NIGHTS = OnCall((1,), NOON.replace(hour=19).time(), NOON.replace(hour=7).time())


def wanted(**overrides: Any) -> Wanted:
    """Return what ada's case asks for."""
    plain = Wanted(derive_id("case", "one"), NOON, Plan(), "UTC", ADA, StaffRole.NURSE, "children")
    return replace(plain, **overrides)


def supporter(**overrides: Any) -> DirectoryPerson:
    """Return supporter sue."""
    return a_supporter("sue", **overrides)


@pytest.mark.parametrize(
    ("candidate", "asked_for", "reason"),
    [
        (Candidate(a_supporter("ada")), {}, Exclusion.SAME_PERSON),
        (Candidate(supporter()), {"excluded": frozenset({"sue"})}, Exclusion.INVOLVED),
        (Candidate(a_supporter("mona")), {}, Exclusion.LINE_MANAGER),
        (Candidate(supporter(manager="ada")), {}, Exclusion.DIRECT_REPORT),
        (Candidate(supporter()), {"refused": frozenset({"sue"})}, Exclusion.REFUSED),
        (Candidate(supporter(absent_from=NOON)), {}, Exclusion.ABSENT),
        (Candidate(supporter(absent_until=NOON + timedelta(1))), {}, Exclusion.ABSENT),
        (Candidate(supporter(paused=True)), {}, Exclusion.PAUSED),
        (Candidate(supporter(on_call=(NIGHTS,))), {}, Exclusion.OFF_SHIFT),
        (Candidate(supporter(), open_cases=3), {}, Exclusion.LOAD_LIMIT),
    ],
)
def test_hard_exclusions_name_their_reason(
    candidate: Candidate, asked_for: dict[str, Any], reason: Exclusion
) -> None:
    """Nobody excluded is ranked, and the reason is kept."""
    ranking = rank([candidate], wanted(**asked_for))

    assert ranking == Ranking((), ((candidate.person.person_id, reason),))


@pytest.mark.parametrize(
    "candidate",
    [
        Candidate(supporter(), open_cases=2, pending=5),
        Candidate(supporter(on_call=(WEEKDAYS,))),
        Candidate(supporter(on_call=(NIGHTS,), zone="Asia/Tokyo")),
        Candidate(supporter(absent_from=NOON + timedelta(1))),
        Candidate(supporter(absent_until=NOON)),
    ],
)
def test_those_who_may_be_asked(candidate: Candidate) -> None:
    """On shift in their own zone, before or after an absence, under the limit."""
    assert rank([candidate], wanted()).ranked == ("sue",)


def test_night_shift_reaches_into_the_morning() -> None:
    """A shift that begins on Tuesday evening lasts until Wednesday morning."""
    person = supporter(on_call=(NIGHTS,))

    assert person.on_shift(NOON.replace(day=10, hour=23), "UTC")
    assert person.on_shift(NOON.replace(day=11, hour=6), "UTC")
    assert not person.on_shift(NOON.replace(day=12, hour=6), "UTC")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (Candidate(a_supporter("z"), 2), Candidate(a_supporter("a", role=StaffRole.MIDWIFE))),
        (Candidate(a_supporter("z")), Candidate(a_supporter("a"), open_cases=1)),
        (Candidate(a_supporter("z")), Candidate(a_supporter("a"), pending=1)),
        (Candidate(a_supporter("z")), Candidate(a_supporter("a"), last_case_at=NOON)),
        (
            Candidate(a_supporter("z"), last_case_at=NOON - timedelta(1)),
            Candidate(a_supporter("a"), last_case_at=NOON),
        ),
    ],
)
def test_preferences(better: Candidate, worse: Candidate) -> None:
    """Same role group, fewest cases and offers, longest since the last case."""
    assert rank([worse, better], wanted()).ranked == ("z", "a")


@pytest.mark.parametrize(
    ("policy", "first"), [(Department.SAME, "same"), (Department.OTHER, "other")]
)
def test_department_policy(policy: Department, first: str) -> None:
    """Sources conflict, so the tenant decides."""
    people = [a_supporter("same", department="children"), a_supporter("other", department="x")]
    plan = Plan(department=policy)

    ranked = rank([Candidate(person) for person in people], wanted(plan=plan)).ranked
    any_department = rank([Candidate(p) for p in people], wanted(plan=plan, department=None))

    assert ranked[0] == first
    assert len(any_department.ranked) == 2


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ((Preference.ROLE_GROUP, Preference.FEWEST_OPEN), "nurse"),
        ((Preference.FEWEST_OPEN, Preference.ROLE_GROUP), "idle"),
        ((Preference.LONGEST_SINCE,), "rested"),
        ((Preference.DEPARTMENT, Preference.FEWEST_OPEN), "near"),
    ],
)
def test_the_tenant_orders_what_counts(order: tuple[Preference, ...], first: str) -> None:
    """What its list does not name does not count."""
    people = [
        Candidate(a_supporter("nurse"), 2, last_case_at=NOON),
        Candidate(a_supporter("idle", role=StaffRole.MIDWIFE), last_case_at=NOON),
        Candidate(a_supporter("rested", role=StaffRole.MIDWIFE), 1),
        Candidate(a_supporter("near", role=None, department="children"), 2, last_case_at=NOON),
    ]
    plan = Plan(matching=order, department=Department.SAME)

    assert rank(people, wanted(plan=plan)).ranked[0] == first


@pytest.mark.parametrize("excluded", [True, False])
def test_risk_legal_and_hr_are_kept_out_where_the_tenant_says_so(excluded: bool) -> None:  # noqa: FBT001 - both ways of a switch
    """A hard exclusion: a coordinator cannot assign them either."""
    person = replace(supporter(), roles=(Role.SUPPORTER, Role.RISK_LEGAL_HR))
    asked = wanted(plan=Plan(exclude_risk_legal_hr=excluded))
    reason = Exclusion.RISK_LEGAL_HR if excluded else None

    assert hard_exclusion(person, asked) is reason
    assert rank([Candidate(person)], asked).ranked == (() if excluded else ("sue",))


@given(st.permutations([a_supporter(name) for name in "abcdef"]))
def test_order_of_candidates_does_not_matter(people: list[DirectoryPerson]) -> None:
    """The same facts always give the same ranking."""
    once = rank([Candidate(a_supporter(name)) for name in "abcdef"], wanted())

    assert rank([Candidate(person) for person in people], wanted()) == once


def test_ties_are_broken_differently_for_each_case() -> None:
    """A stable hash of case and supporter spreads the load."""
    candidates = [Candidate(a_supporter(name)) for name in "abcdef"]
    firsts = {
        rank(candidates, wanted(case_ref=derive_id("case", str(n)))).ranked[0] for n in range(40)
    }

    assert len(firsts) > 3


def test_a_coordinator_may_override_availability_but_no_hard_exclusion() -> None:
    """Load and shift are a human's judgement; manager and involvement are not."""
    assert hard_exclusion(supporter(paused=True), wanted()) is None
    assert hard_exclusion(a_supporter("mona"), wanted()) is Exclusion.LINE_MANAGER


@pytest.mark.parametrize(
    ("step", "was_asked", "ranked", "action", "asked", "then"),
    [
        (Step.BEST, (), ("a", "b"), Action.OFFER, ("a",), Step.BEST),
        (Step.NEXT_BEST, ("a",), ("a", "b"), Action.OFFER, ("b",), Step.NEXT_BEST),
        (Step.NEXT_BEST, ("a",), ("a",), Action.OFFER, ("a",), Step.ALL),
        (Step.ALL, ("a", "b"), ("a", "b"), Action.OFFER, ("a", "b"), Step.ALL),
        (Step.BEST, (), (), Action.NONE_LEFT, (), None),
        (Step.COORDINATOR, (), ("a",), Action.NONE_LEFT, (), None),
    ],
)
def test_steps_of_the_chain(
    step: Step,
    was_asked: tuple[str, ...],
    ranked: tuple[str, ...],
    action: Action,
    asked: Any,
    then: Any,
) -> None:
    """Best, next best, all at once, then coordinators; an empty list never ends in silence."""
    case = a_case(step=step, was_asked=was_asked)

    move = next_offer(case, Ranking(ranked, ()), Move(Action.OFFER, NOON))

    assert (move.action, move.asked, move.step) == (action, asked, then)

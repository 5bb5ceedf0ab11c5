"""The transition table over the full product of states and actions."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from services.notifier.domain.apply import ACTION_OF, TIMERS_OF, apply
from services.notifier.domain.case import Actor, Case, Roster
from services.notifier.domain.diagram import mermaid
from services.notifier.domain.effects import EFFECTS
from services.notifier.domain.errors import NotApplicableError
from services.notifier.domain.guards import PREDICATES, Guard
from services.notifier.domain.move import Move
from services.notifier.domain.permissions import ROLES
from services.notifier.domain.plan import Step
from services.notifier.domain.states import OPEN, Action, ClosingCode, State, TimerKind
from services.notifier.domain.transitions import TRANSITIONS, Effect, Transition, advance
from shared.contracts.words import ActorRole, CaseEvent, SubjectKind
from tests.builders.notifier import NOON, a_case, a_request

PAIRS = list(product(State, Action))
ROSTER = Roster(("cora", "dora"), ("lea",))
SUE = Actor(ActorRole.SUPPORTER, "sue")


def a_fitting(guard: Guard, state: State, action: Action) -> tuple[Case, Move]:
    """Return a case in `state` and a move for which `guard` holds, and none before it need."""
    case = a_case(state=state, check_ins=(NOON, NOON), supporter="sue", confirm=True)
    move = Move(action, NOON, SUE, roster=ROSTER, request=a_request())
    team = replace(case.subject, kind=SubjectKind.TEAM)
    joined = ClosingCode.JOINED_OPEN_CASE
    fits: dict[Guard, tuple[Case, Move]] = {
        Guard.NO_HUMAN_NEEDED: (replace(case, confirm=False), move),
        Guard.MORE_STEPS: (replace(case, step=Step.BEST), move),
        Guard.WAS_ASKED: (replace(case, asked=("sue", "tom")), move),
        Guard.LAST_ASKED: (replace(case, asked=("sue",)), move),
        Guard.LAST_CHECK_IN: (replace(case, check_ins=(NOON,)), move),
        Guard.BEGUN: (replace(case, begun=True), move),
        Guard.NOBODY_ACCEPTED: (replace(case, supporter=None), move),
        Guard.TEAM: (replace(case, subject=team), move),
        Guard.SUPPORTER_EXCLUDED: (case, replace(move, excluded_now=frozenset({"sue"}))),
        Guard.AFTER_CONTACT: (case, replace(move, reason="declined")),
        Guard.ANSWERS_DOUBT: (replace(case, code="uncertain"), move),
        Guard.STILL_WANTED: (replace(case, code="no_supporter", was_asked=("sue",)), move),
        Guard.COMES_BACK: (replace(case, code=ClosingCode.UNREACHABLE), move),
        Guard.SENT_AGAIN: (replace(case, code="uncertain"), replace(move, reason="send")),
        Guard.STILL_TO_CONFIRM: (case, replace(move, actor=Actor())),
        Guard.SPOKE_NOT_YET: (replace(case, code="ask_supporter"), move),
        Guard.ASKED_EXCLUDED: (
            replace(case, supporter=None, asked=("tom",)),
            replace(move, excluded_now=frozenset({"tom"})),
        ),
        Guard.REOPENS: (replace(case, code=ClosingCode.COMPLETED), move),
        Guard.REOPENS_TEAM: (replace(case, code=ClosingCode.COMPLETED, subject=team), move),
        Guard.REOPENS_UNKNOWN: (replace(case, code=ClosingCode.COMPLETED, person_id=None), move),
        Guard.SAID_NO: (replace(case, code=ClosingCode.DECLINED), move),
        Guard.JOINED: (replace(case, code=joined), move),
        Guard.JOINED_ALONE: (replace(case, code=joined), move),
        Guard.JOINED_UNKNOWN: (replace(case, code=joined, person_id=None), move),
    }
    return fits.get(guard, (case, move))


ROWS = [(state, action, row) for (state, action), rows in TRANSITIONS.items() for row in rows]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_each_pair_is_in_the_table_or_refused(state: State, action: Action) -> None:
    """What is not in the table is refused and changes nothing."""
    case = a_case(state=state, supporter="sue", check_ins=(NOON, NOON))
    move = Move(action, NOON, SUE, roster=ROSTER)

    if (state, action) not in TRANSITIONS:
        with pytest.raises(NotApplicableError):
            apply(case, move)
        return

    rows = TRANSITIONS[state, action]
    try:
        assert advance(case, move) in rows
    except NotApplicableError:
        assert all(row.when is not Guard.ALWAYS for row in rows)


@pytest.mark.parametrize(("state", "action", "row"), ROWS)
def test_each_row_is_reachable_and_leads_where_it_says(
    state: State, action: Action, row: Transition
) -> None:
    """For each row there is a case it applies to; state, code and events are the row's."""
    case, move = _reaching(state, action, row)

    change = apply(case, move)

    assert change.case.state is (row.to or state)
    assert [told.event for told in change.told] == [told.event for told in row.told]
    assert change.case.seq == case.seq + len(row.told)
    assert set(change.case.timers) <= TIMERS_OF[change.case.state]
    if row.code is not None:
        assert change.case.code == row.code


def _reaching(state: State, action: Action, row: Transition) -> tuple[Case, Move]:
    """Return a case and move that get to this row: its guard holds, earlier ones do not."""
    case, move = a_fitting(row.when, state, action)
    earlier = TRANSITIONS[state, action][: TRANSITIONS[state, action].index(row)]
    # Guards that look at the case are told to fail; the others fail by themselves.
    spoilers: dict[Guard, dict[str, Any]] = {
        Guard.MORE_COORDINATORS: {"coordinators_asked": 2},
        Guard.MORE_STEPS: {"step": Step.PROGRAMME_LEAD},
        Guard.LAST_ASKED: {"asked": ("sue", "tom")},
        Guard.CONTACTS_LEFT: {"contacts": 2},
    }
    for one in earlier:
        case = replace(case, **spoilers.get(one.when, {}))
    assert advance(case, move) is row
    return case, move


def test_every_state_can_be_reached_and_left() -> None:
    """No state is a dead end, none is unreachable."""
    reached = {row.to for _, _, row in ROWS if row.to is not None}
    left = {state for state, _, row in ROWS if row.to not in (None, state)}

    assert reached | {State.PROPOSED} == set(State)
    assert left == set(State)


def test_every_word_is_used() -> None:
    """No action, guard or effect stands there for nothing; every event has a row or an opening."""
    assert {action for _, action, _ in ROWS} == set(Action)
    assert {row.when for _, _, row in ROWS} == set(Guard)
    assert set(PREDICATES) == set(Guard)
    assert {effect for _, _, row in ROWS for effect in row.effects} == set(Effect)
    assert set(EFFECTS) == set(Effect)
    assert {told.event for _, _, row in ROWS for told in row.told} == set(CaseEvent)


def test_every_timer_but_search_has_its_action_in_every_state_that_has_it() -> None:
    """A timer never fires into a state that does not know it."""
    assert set(ACTION_OF) == set(TimerKind) - {TimerKind.SEARCH}
    for state, kinds in TIMERS_OF.items():
        for kind in kinds - {TimerKind.SEARCH}:
            assert (state, ACTION_OF[kind]) in TRANSITIONS, (state, kind)


def test_human_actions_have_roles_and_others_do_not() -> None:
    """Timers, requests and the dispatcher are nobody's buttons."""
    system = set(ACTION_OF.values()) | {
        Action.OFFER,
        Action.NONE_LEFT,
        Action.INVITATION_SENT,
        Action.RAISE,
        Action.AMEND,
        Action.WITHDRAW,
        Action.MERGE,
        Action.UNCERTAIN,
        Action.SAME_PERSON,
        Action.PROMOTE,
        Action.RECENT_CONTACT,
    }

    assert set(ROLES) == set(Action) - system


def test_only_the_last_row_for_an_action_is_unconditional() -> None:
    """A row behind an unconditional one could never apply."""
    for rows in TRANSITIONS.values():
        assert all(row.when is not Guard.ALWAYS for row in rows[:-1])


def test_any_open_state_can_be_closed_withdrawn_and_doubted() -> None:
    """The rows for "any open" are there for each."""
    for state in OPEN:
        for action in (Action.CLOSE, Action.OPT_OUT, Action.ERASE, Action.UNCERTAIN, Action.RAISE):
            assert (state, action) in TRANSITIONS


def test_diagram_shows_every_way_from_one_state_to_another() -> None:
    """It is generated from the table, so it cannot be wrong."""
    lines = mermaid().splitlines()

    assert "    searching --> offered: offer" in lines
    pairs = {(state, row.to) for state, _, row in ROWS if row.to not in (None, state)}
    assert len(lines) == len(pairs) + 3

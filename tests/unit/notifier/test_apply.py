"""What single moves do to a case: the effects that whole stories do not reach."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.apply import apply
from services.notifier.domain.case import SYSTEM, Actor, Roster
from services.notifier.domain.errors import CodeInvalidError, NotApplicableError
from services.notifier.domain.move import Move
from services.notifier.domain.permissions import allowed, check_code
from services.notifier.domain.plan import Step
from services.notifier.domain.states import Action, MessageKind, State, TimerKind
from shared.contracts.words import ActorRole, FollowUp, Priority
from tests.builders.notifier import NOON, a_case, a_request

ROSTER = Roster(("cora", "dora"), ("lea",))
LATER = NOON + timedelta(hours=1)


def moved(action: Action, **extra: Any) -> Move:
    """Return a move an hour after noon."""
    return replace(Move(action, LATER, roster=ROSTER), **extra)


def test_a_case_without_check_ins_needs_no_timer_of_them() -> None:
    """A tenant may plan none; the case is closed by a human."""
    case = a_case(state=State.INVITED, supporter="sue")
    none = replace(case, plan=replace(case.plan, check_in_days=()))

    change = apply(none, moved(Action.PERSON_ACCEPTS))

    assert change.case.state is State.ENGAGED
    assert change.case.timers == {}


def test_the_next_check_in_is_at_least_a_day_away() -> None:
    """A supporter who reports late is not reminded the same minute."""
    case = a_case(
        state=State.ENGAGED, supporter="sue", check_ins=(NOON, NOON + timedelta(minutes=5))
    )

    change = apply(case, moved(Action.CHECK_IN_DONE, actor=Actor(ActorRole.SUPPORTER, "sue")))

    assert change.case.timers == {TimerKind.CHECK_IN: LATER + timedelta(days=1)}


@pytest.mark.parametrize("planned", [1, 2])
def test_a_date_agreed_in_a_check_in_is_the_next_one(planned: int) -> None:
    """Also in the last one that was planned: the conversations go on as long as both wish."""
    agreed = NOON + timedelta(days=10)
    check_ins = (NOON, NOON + timedelta(days=5))[:planned]
    case = a_case(state=State.ENGAGED, supporter="sue", check_ins=check_ins)

    change = apply(case, moved(Action.CHECK_IN_DONE, next_on=agreed))

    assert change.case.state is State.ENGAGED
    assert change.case.timers == {TimerKind.CHECK_IN: agreed}


def test_missed_check_in_and_touch_repeat_daily() -> None:
    """Coordinators are told each time; the person never."""
    for state, action, timer in (
        (State.ENGAGED, Action.CHECK_IN_MISSED, TimerKind.CHECK_IN_MISSED),
        (State.INVITED, Action.TOUCH_MISSED, TimerKind.TOUCH_MISSED),
    ):
        change = apply(a_case(state=state, supporter="sue"), moved(action))

        assert change.case.timers[timer] == LATER + timedelta(days=1)
        assert {message.recipient for message in change.messages} == {"cora", "dora"}


def test_attention_is_repeated_with_growing_pauses_up_to_a_day() -> None:
    """1 h, then doubled; the programme lead is told each time."""
    case = a_case(state=State.ATTENTION, code="no_supporter")
    pauses = []
    for _ in range(7):
        change = apply(case, moved(Action.ATTENTION_DUE))
        case = change.case
        pauses.append((case.timers[TimerKind.ATTENTION] - LATER) // timedelta(hours=1))

    assert pauses == [2, 4, 8, 16, 24, 24, 24]
    assert [message.recipient for message in change.messages] == ["lea"]


def test_respond_by_moves_the_search_on_and_is_told_once() -> None:
    """Whoever is being asked makes way for the next step; the last step keeps everybody."""
    case = a_case(state=State.OFFERED, asked=("sue",), timers={TimerKind.RESPOND_BY: NOON})

    early = apply(case, moved(Action.RESPOND_BY)).case
    late = apply(replace(case, step=Step.ALL), moved(Action.RESPOND_BY)).case

    assert early.timers == {TimerKind.ACKNOWLEDGE: LATER}
    assert late.timers == {}


def test_a_new_round_without_a_supporter_leaves_the_search_alone() -> None:
    """The case goes on as it was; one more message of each kind is possible."""
    case = a_case(state=State.SEARCHING, begun=True, timers={TimerKind.SEARCH: LATER})

    change = apply(case, moved(Action.RAISE, request=a_request()))

    assert (change.case.round, change.messages) == (2, ())
    assert change.case.timers == case.timers


def test_raise_and_amend_without_a_request_change_nothing_but_say_so() -> None:
    """A joined case that was resolved raises the open one without anything new."""
    case = a_case(state=State.SEARCHING, timers={TimerKind.SEARCH: LATER})

    for action, events in ((Action.RAISE, 1), (Action.AMEND, 0)):
        change = apply(case, moved(action))

        assert replace(change.case, seq=case.seq) == case
        assert len(change.told) == events


def test_longer_follow_up_and_more_exclusions_are_taken_over() -> None:
    """Never less than before."""
    case = a_case(state=State.SEARCHING, exclude=("p_a",), follow_up=FollowUp.EXTENDED)

    change = apply(case, moved(Action.AMEND, request=a_request(exclude=("p_b", "p_a"))))

    assert change.case.exclude == ("p_a", "p_b")
    assert change.case.follow_up is FollowUp.EXTENDED


def test_tier_three_alerts_the_programme_lead_once() -> None:
    """At opening or when the case rises to it."""
    case = a_case(state=State.SEARCHING, timers={TimerKind.SEARCH: LATER})

    once = apply(case, moved(Action.RAISE, request=a_request(tier=3)))
    again = apply(once.case, moved(Action.RAISE, request=a_request(tier=3)))

    assert [(m.kind, m.recipient) for m in once.messages] == [(MessageKind.ESCALATION, "lea")]
    assert again.messages == ()


def test_raise_shortens_the_clocks_that_run() -> None:
    """respond_by, contact_by and the acknowledgement; none is started that does not run."""
    timers = {
        TimerKind.RESPOND_BY: NOON + timedelta(days=3),
        TimerKind.CONTACT_BY: NOON + timedelta(days=4),
        TimerKind.ACKNOWLEDGE: NOON + timedelta(hours=8),
    }
    case = a_case(
        state=State.OFFERED,
        asked=("sue",),
        priority=Priority.ROUTINE,
        respond_by=timers[TimerKind.RESPOND_BY],
        contact_by=timers[TimerKind.CONTACT_BY],
        timers=timers,
    )
    request = a_request(respond_by=NOON + timedelta(hours=5))

    after = apply(case, moved(Action.RAISE, request=request)).case

    assert after.timers == {
        TimerKind.RESPOND_BY: request.respond_by,
        TimerKind.CONTACT_BY: request.respond_by,
        TimerKind.ACKNOWLEDGE: LATER + timedelta(minutes=15),
    }


def test_an_asked_supporter_may_answer_and_nothing_else() -> None:
    """Buttons are what is permitted and in the table right now."""
    case = a_case(state=State.OFFERED, asked=("sue",))

    asked = allowed(case, Actor(ActorRole.SUPPORTER, "sue"), NOON, ROSTER)

    assert asked == (Action.ACCEPT, Action.DECLINE)
    assert allowed(case, Actor(ActorRole.SUPPORTER, "tom"), NOON, ROSTER) == ()
    assert allowed(case, SYSTEM, NOON, ROSTER) == ()


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        (Action.DISMISS, "She said she is fine"),
        (Action.DISMISS, ""),
        (Action.CLOSE, None),
        (Action.CLOSE, "opted_out"),
        (Action.CLOSE, "erased"),
    ],
)
def test_reasons_are_codes_and_never_free_text(action: Action, reason: str | None) -> None:
    """What was said is written down nowhere; some endings are not a human's to choose."""
    with pytest.raises(CodeInvalidError):
        check_code(action, reason)


@pytest.mark.parametrize(
    ("action", "reason"),
    [(Action.DISMISS, "duplicate"), (Action.TAKE, None), (Action.CLOSE, "wrong")],
)
def test_codes_that_fit(action: Action, reason: str | None) -> None:
    """A code, or none where none is needed."""
    check_code(action, reason)


def test_closing_tells_the_supporter_unless_they_did_it() -> None:
    """Nobody waits for a case that is over."""
    case = a_case(state=State.INVITED, supporter="sue", timers={TimerKind.ANSWER: LATER})

    declined = apply(case, moved(Action.PERSON_DECLINES))
    own = apply(case, moved(Action.CONTACT_DECLINES, actor=Actor(ActorRole.SUPPORTER, "sue")))

    assert [message.kind for message in declined.messages] == [MessageKind.TAKEN]
    assert own.messages == ()


def test_later_is_possible_once() -> None:
    """One postponement, not an endless one."""
    case = a_case(state=State.INVITED, supporter="sue")

    once = apply(case, moved(Action.LATER)).case

    assert once.timers[TimerKind.ANSWER] == LATER + timedelta(hours=24)
    with pytest.raises(NotApplicableError):
        apply(once, moved(Action.LATER))


@pytest.mark.parametrize("action", [Action.ATTENTION_DUE, Action.CONFIRM_DUE, Action.CRISIS])
def test_whom_a_case_is_about_is_told_nothing_of_it(action: Action) -> None:
    """A coordinator may be the affected person: the others hear of it, else the programme lead."""
    state = State.PROPOSED if action is Action.CONFIRM_DUE else State.ATTENTION
    case = a_case(state=state, code="no_supporter", person_id="cora", confirm=True)
    lonely = Roster(("cora",), ("lea",))

    told = {one.recipient for one in apply(case, moved(action)).messages}
    told_alone = {one.recipient for one in apply(case, moved(action, roster=lonely)).messages}

    assert told
    assert "cora" not in told
    assert told_alone == {"lea"}


def test_whom_a_case_is_about_cannot_move_it_as_a_coordinator() -> None:
    """Neither confirm nor dismiss nor take; another coordinator can."""
    case = a_case(state=State.PROPOSED, person_id="cora")
    own, other = (Actor(ActorRole.COORDINATOR, ref) for ref in ("cora", "dora"))

    assert allowed(case, own, LATER, ROSTER) == ()
    assert Action.TAKE in allowed(case, other, LATER, ROSTER)


def test_a_message_that_left_before_attention_counts_as_a_contact() -> None:
    """Whoever goes on from there has one contact less to make."""
    case = a_case(state=State.ATTENTION, supporter="sue", contacts=1)

    change = apply(case, moved(Action.INVITATION_SENT))

    assert (change.case.state, change.case.contacts, change.case.begun) == (
        State.ATTENTION,
        2,
        True,
    )

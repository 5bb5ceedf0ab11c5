"""The full table of outreach.md section 3 as data: what is not in it is refused.

A row's `to` of None keeps the state. Of several rows for one action the first whose guard holds
applies. `Effect` names what follows inside the case; `effects.py` holds one function for each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType
from typing import Final, TypeAlias

from services.notifier.domain.case import Case, Told
from services.notifier.domain.errors import NotApplicableError
from services.notifier.domain.guards import Guard, holds
from services.notifier.domain.move import Move
from services.notifier.domain.states import (
    LOOKING,
    OPEN,
    SUPPORTED,
    Action,
    AttentionCode,
    ClosingCode,
    State,
)
from shared.contracts.words import CaseEvent


class Effect(StrEnum):
    """What a transition does besides changing the state."""

    SEARCH = auto()
    ASK_COORDINATOR = auto()
    OFFER = auto()
    NEXT_STEP = auto()
    ASK_COORDINATORS = auto()
    STOP_ASKING = auto()
    REFUSED = auto()
    KEPT_SILENT = auto()
    SUPPORTER = auto()
    TAKEN = auto()
    RESPOND_BREACHED = auto()
    CONTACT_BREACHED = auto()
    TOUCHED = auto()
    MARK_BEGUN = auto()
    AWAIT_ANSWER = auto()
    WRITE_FIRST = auto()
    WRITE_SECOND = auto()
    ENGAGED = auto()
    SAID_NO = auto()
    RELEASE_SUPPORTER = auto()
    TELL_SUPPORTER = auto()
    POSTPONE = auto()
    ASK_SECOND_TOUCH = auto()
    TOUCH_LATE = auto()
    REMIND_CHECK_IN = auto()
    CHECK_IN_LATE = auto()
    CHECKED_IN = auto()
    CALL_FOR_HELP = auto()
    STRENGTHEN = auto()
    NEW_ROUND = auto()
    REOPEN = auto()
    AMEND = auto()
    ALERT_EXCLUDED = auto()
    DOUBT = auto()
    DOUBT_OVER = auto()
    REMIND_ATTENTION = auto()


@dataclass(frozen=True, slots=True)
class Transition:
    """One row: where it leads, what is told, what it does."""

    to: State | None
    told: tuple[Told, ...] = ()
    code: str | None = None
    when: Guard = Guard.ALWAYS
    effects: tuple[Effect, ...] = ()


Row: TypeAlias = tuple[tuple[State, ...], Action, Transition]
_T: TypeAlias = Transition
_S, _A, _F, _G = State, Action, Effect, Guard
_ASSIGNED_TAKEN: Final = Told(CaseEvent.ASSIGNED, "taken")
_CONFIRMED: Final = Told(CaseEvent.CONFIRMED)
_ASSIGNED: Final = Told(CaseEvent.ASSIGNED)
_ACCEPTED: Final = Told(CaseEvent.ACCEPTED)
_DECLINED: Final = Told(CaseEvent.DECLINED)
_CONTACTED: Final = Told(CaseEvent.CONTACTED)
_ESCALATED: Final = Told(CaseEvent.ESCALATED)
_RAISED: Final = Told(CaseEvent.RAISED)
_OPENED: Final = Told(CaseEvent.OPENED)
_WITHDRAWN: Final = Told(CaseEvent.WITHDRAWN)
_BEGUN_ALREADY: Final = Told(CaseEvent.WITHDRAWN, "already_begun")
_SENT: Final = Told(CaseEvent.INVITATION_SENT)
_CLOSED: Final = Told(CaseEvent.CLOSED)


def _closed(code: ClosingCode, *before: Told, when: Guard = Guard.ALWAYS) -> Transition:
    effects = (_F.SAID_NO,) if _DECLINED in before else ()
    stop = (*effects, _F.STOP_ASKING)
    return _T(_S.CLOSED, (*before, Told(CaseEvent.CLOSED, code)), code, when, stop)


def _attention(
    code: AttentionCode, *told: Told, when: Guard = Guard.ALWAYS, effects: tuple[Effect, ...] = ()
) -> Transition:
    return _T(_S.ATTENTION, told, code, when, (_F.STOP_ASKING, *effects))


def _before_a_supporter() -> Iterator[Row]:
    search = _T(_S.SEARCHING, (_CONFIRMED,), effects=(_F.SEARCH,))
    yield (_S.PROPOSED,), _A.CONFIRM, search
    unattended = _T(_S.SEARCHING, (_CONFIRMED,), None, _G.NO_HUMAN_NEEDED, (_F.SEARCH,))
    yield (_S.PROPOSED,), _A.WINDOW_OVER, unattended
    another = _T(None, (_ESCALATED,), None, _G.MORE_COORDINATORS, (_F.ASK_COORDINATOR,))
    yield (_S.PROPOSED,), _A.CONFIRM_DUE, another
    yield (_S.PROPOSED,), _A.CONFIRM_DUE, _attention(AttentionCode.NO_COORDINATOR, _ESCALATED)
    yield LOOKING, _A.DISMISS, _closed(ClosingCode.DISMISSED, Told(CaseEvent.DISMISSED))
    given = (_F.STOP_ASKING, _F.SUPPORTER)
    yield (
        (_S.PROPOSED,),
        _A.ASSIGN,
        _T(_S.ASSIGNED, (_CONFIRMED, _ASSIGNED), effects=given),
    )
    yield (_S.SEARCHING, _S.OFFERED), _A.ASSIGN, _T(_S.ASSIGNED, (_ASSIGNED,), effects=given)
    offered = (Told(CaseEvent.OFFERED_TO_SUPPORTER),)
    yield (_S.SEARCHING,), _A.OFFER, _T(_S.OFFERED, offered, effects=(_F.OFFER,))
    climb = _T(None, (_ESCALATED,), None, _G.MORE_STEPS, (_F.ASK_COORDINATORS,))
    yield (_S.SEARCHING,), _A.NONE_LEFT, climb
    yield (_S.SEARCHING,), _A.NONE_LEFT, _attention(AttentionCode.NO_SUPPORTER, _ESCALATED)
    accepted = (Told(CaseEvent.SUPPORTER_ACCEPTED), _ASSIGNED)
    yield (_S.OFFERED,), _A.ACCEPT, _T(_S.ASSIGNED, accepted, None, _G.WAS_ASKED, given)
    late_yes = _T(_S.ASSIGNED, accepted, None, _G.STILL_WANTED, given)
    yield (_S.ATTENTION,), _A.ACCEPT, late_yes
    refused = (Told(CaseEvent.SUPPORTER_DECLINED),)
    last = (_F.REFUSED, _F.NEXT_STEP, _F.SEARCH)
    yield (_S.OFFERED,), _A.DECLINE, _T(_S.SEARCHING, refused, None, _G.LAST_ASKED, last)
    yield (_S.OFFERED,), _A.DECLINE, _T(None, refused, None, _G.WAS_ASKED, (_F.REFUSED,))
    silent = (_F.KEPT_SILENT, _F.NEXT_STEP, _F.SEARCH)
    yield (
        (_S.OFFERED,),
        _A.SILENT,
        _T(_S.SEARCHING, (Told(CaseEvent.SUPPORTER_SILENT),), effects=silent),
    )


def _clocks() -> Iterator[Row]:
    taken = (_F.TAKEN,)
    yield (
        (*LOOKING, _S.ATTENTION),
        _A.TAKE,
        _attention(AttentionCode.TAKEN, _ASSIGNED_TAKEN, effects=taken),
    )
    breached = (Told(CaseEvent.BREACHED, "respond_by"), Told(CaseEvent.ESCALATED, "respond_by"))
    untaken = _T(None, breached, None, _G.NOT_TAKEN, (_F.RESPOND_BREACHED,))
    yield (*LOOKING, _S.ATTENTION), _A.RESPOND_BY, untaken
    late = (Told(CaseEvent.BREACHED, "contact_by"), Told(CaseEvent.ESCALATED, "contact_by"))
    yield OPEN, _A.CONTACT_BY, _T(None, late, effects=(_F.CONTACT_BREACHED,))
    repeat = _T(None, (_ESCALATED,), effects=(_F.REMIND_ATTENTION,))
    yield (_S.ATTENTION,), _A.ATTENTION_DUE, repeat


def _with_a_supporter() -> Iterator[Row]:
    both = (_S.ASSIGNED, _S.INVITED)
    waits = (_F.TOUCHED, _F.AWAIT_ANSWER)
    yield (_S.ASSIGNED,), _A.CONTACT, _T(_S.INVITED, (_CONTACTED,), effects=waits)
    again = _T(None, (_CONTACTED,), None, _G.CONTACTS_LEFT, waits)
    yield (_S.INVITED,), _A.CONTACT, again
    # In a team case contact means that the coordinator has spoken to the unit.
    yield (_S.ATTENTION,), _A.CONTACT, _T(None, (_CONTACTED,), None, _G.TEAM, (_F.TOUCHED,))
    yield (
        (_S.ASSIGNED,),
        _A.SEND_INVITATION,
        _T(None, (), None, _G.CONTACTS_LEFT, (_F.WRITE_FIRST,)),
    )
    second = _T(None, (), None, _G.CONTACTS_LEFT, (_F.WRITE_SECOND,))
    yield (_S.INVITED,), _A.SEND_SECOND_TOUCH, second
    yield both, _A.INVITATION_SENT, _T(_S.INVITED, (_SENT,), effects=waits)
    # The message left just before the case moved on: the fact is kept, the state is not undone.
    # It counts as a contact of this round too, for whoever goes on from there.
    yield (_S.ATTENTION,), _A.INVITATION_SENT, _T(None, (_SENT,), effects=(_F.TOUCHED,))
    elsewhere = tuple(state for state in State if state not in (*both, _S.ATTENTION))
    yield elsewhere, _A.INVITATION_SENT, _T(None, (_SENT,), effects=(_F.MARK_BEGUN,))
    engaged = (_F.TOUCHED, _F.ENGAGED)
    yield both, _A.CONTACT_ACCEPTS, _T(_S.ENGAGED, (_CONTACTED, _ACCEPTED), effects=engaged)
    linked = (_F.ENGAGED, _F.TELL_SUPPORTER)
    yield both, _A.PERSON_ACCEPTS, _T(_S.ENGAGED, (_ACCEPTED,), effects=linked)
    # The answer proves that the message arrived, and a human gave it: doubt is over.
    answered = (_F.DOUBT_OVER, *linked)
    in_doubt = _T(_S.ENGAGED, (_ACCEPTED,), None, _G.ANSWERS_DOUBT, answered)
    yield (_S.ATTENTION,), _A.PERSON_ACCEPTS, in_doubt
    # A yes ends no other attention, least of all a crisis: whoever has the case hears of it.
    wish = Told(CaseEvent.ESCALATED, AttentionCode.WANTS_TO_TALK)
    yield (_S.ATTENTION,), _A.PERSON_ACCEPTS, _T(None, (wish,), effects=(_F.REMIND_ATTENTION,))
    back = _attention(AttentionCode.WANTS_TO_TALK, _OPENED, wish, when=_G.COMES_BACK)
    yield (_S.CLOSED,), _A.PERSON_ACCEPTS, back
    # A no is heard wherever the case stands by then.
    heard = (*LOOKING, _S.ATTENTION)
    yield heard, _A.PERSON_DECLINES, _closed(ClosingCode.DECLINED, _DECLINED)
    yield (_S.CLOSED,), _A.PERSON_DECLINES, _T(None, effects=(_F.SAID_NO,))
    yield both, _A.CONTACT_DECLINES, _closed(ClosingCode.DECLINED, _CONTACTED, _DECLINED)
    yield both, _A.PERSON_DECLINES, _closed(ClosingCode.DECLINED, _DECLINED)
    release = _T(
        _S.SEARCHING,
        (Told(CaseEvent.SUPPORTER_DECLINED),),
        effects=(_F.RELEASE_SUPPORTER, _F.SEARCH),
    )
    yield SUPPORTED, _A.HAND_BACK, release
    yield SUPPORTED, _A.OTHER_SUPPORTER, release
    later = (_F.POSTPONE, _F.TELL_SUPPORTER)
    asked_later = (Told(CaseEvent.CONTACTED, "asked_later"),)
    yield (_S.INVITED,), _A.LATER, _T(None, asked_later, None, _G.FIRST_LATER, later)


def _answers_and_check_ins() -> Iterator[Row]:
    touch = (Told(CaseEvent.CHECK_IN_DUE, "second_touch"),)
    ask = _T(None, touch, None, _G.CONTACTS_LEFT, (_F.ASK_SECOND_TOUCH,))
    yield (_S.INVITED,), _A.ANSWER_DUE, ask
    yield (
        (_S.INVITED,),
        _A.ANSWER_DUE,
        _attention(AttentionCode.NO_ANSWER, Told(CaseEvent.UNREACHABLE)),
    )
    # Assigned too: a supporter who lets contact_by pass, or takes a begun case, is reminded.
    yield SUPPORTED, _A.TOUCH_MISSED, _T(None, (_ESCALATED,), effects=(_F.TOUCH_LATE,))
    due = _T(None, (Told(CaseEvent.CHECK_IN_DUE),), effects=(_F.REMIND_CHECK_IN,))
    yield (_S.ENGAGED,), _A.CHECK_IN_DUE, due
    missed = _T(None, (_ESCALATED,), effects=(_F.CHECK_IN_LATE,))
    yield (_S.ENGAGED,), _A.CHECK_IN_MISSED, missed
    done = Told(CaseEvent.CHECK_IN_DONE)
    last = _closed(ClosingCode.COMPLETED, done, when=_G.LAST_CHECK_IN)
    yield (_S.ENGAGED,), _A.CHECK_IN_DONE, last
    yield (_S.ENGAGED,), _A.CHECK_IN_DONE, _T(None, (done,), effects=(_F.CHECKED_IN,))
    yield (_S.ENGAGED,), _A.STOP, _closed(ClosingCode.STOPPED, _DECLINED)
    yield SUPPORTED, _A.REFER, _T(None, (Told(CaseEvent.REFERRED),))
    crisis = (Told(CaseEvent.REFERRED, "crisis"), Told(CaseEvent.ESCALATED, "crisis"))
    help_now = _attention(AttentionCode.CRISIS, *crisis, effects=(_F.CALL_FOR_HELP,))
    yield OPEN, _A.CRISIS, help_now


def _requests() -> Iterator[Row]:
    again = (Told(CaseEvent.RAISED, "second_occurrence"),)
    rounds = (_F.STRENGTHEN, _F.NEW_ROUND)
    yield OPEN, _A.RAISE, _T(None, again, None, _G.BEGUN, rounds)
    yield OPEN, _A.RAISE, _T(None, (_RAISED,), effects=(_F.STRENGTHEN,))
    alert = (Told(CaseEvent.ESCALATED, "excluded"),)
    excluded = (_F.AMEND, _F.ALERT_EXCLUDED)
    yield OPEN, _A.AMEND, _T(None, alert, None, _G.SUPPORTER_EXCLUDED, excluded)
    # Nobody is left who was asked and may still accept: the next one is asked at once.
    next_one = _T(_S.SEARCHING, (), None, _G.ASKED_EXCLUDED, (_F.AMEND, _F.SEARCH))
    yield (_S.OFFERED,), _A.AMEND, next_one
    yield OPEN, _A.AMEND, _T(None, effects=(_F.AMEND,))
    yield OPEN, _A.WITHDRAW, _T(None, (_BEGUN_ALREADY,), None, _G.BEGUN)
    yield LOOKING, _A.WITHDRAW, _closed(ClosingCode.WITHDRAWN, _WITHDRAWN)
    yield (_S.ASSIGNED,), _A.WITHDRAW, _attention(AttentionCode.ASK_SUPPORTER, _WITHDRAWN)
    untouched = _closed(ClosingCode.WITHDRAWN, _WITHDRAWN, when=_G.NOBODY_ACCEPTED)
    yield (_S.ATTENTION,), _A.WITHDRAW, untouched
    yield (_S.ATTENTION,), _A.WITHDRAW, _T(None, (_WITHDRAWN,))
    # Two cases of one occurrence: the one that has begun goes on, a human decides if both have.
    twice = Told(CaseEvent.ESCALATED, "same_person")
    yield OPEN, _A.MERGE, _attention(AttentionCode.SAME_PERSON, twice, when=_G.BEGUN)
    merged = Told(CaseEvent.WITHDRAWN, "merged")
    yield OPEN, _A.MERGE, _closed(ClosingCode.WITHDRAWN, merged)


def _doubt_and_people() -> Iterator[Row]:
    doubt = (Told(CaseEvent.UNCERTAIN),)
    yield OPEN, _A.UNCERTAIN, _attention(AttentionCode.UNCERTAIN, *doubt, effects=(_F.DOUBT,))
    twice = Told(CaseEvent.ESCALATED, "same_person")
    yield OPEN, _A.SAME_PERSON, _attention(AttentionCode.SAME_PERSON, twice, when=_G.BEGUN)
    yield OPEN, _A.SAME_PERSON, _closed(ClosingCode.JOINED_OPEN_CASE)
    yield OPEN, _A.REMATCH, _closed(ClosingCode.WRONG)
    yield OPEN, _A.ADD_PERSON, _T(None)
    yield OPEN, _A.OPT_OUT, _closed(ClosingCode.OPTED_OUT)
    yield OPEN, _A.ERASE, _closed(ClosingCode.ERASED)
    # What a coordinator was told counts like an answer by link: nobody asks again for a while.
    told_so = (_F.SAID_NO, _F.STOP_ASKING)
    yield OPEN, _A.CLOSE, _T(_S.CLOSED, (_CLOSED,), None, _G.AFTER_CONTACT, told_so)
    yield OPEN, _A.CLOSE, _T(_S.CLOSED, (_CLOSED,), effects=(_F.STOP_ASKING,))


def _resolutions() -> Iterator[Row]:
    here = (_S.ATTENTION,)
    # Known now, and contacted lately in another case: a human decides again.
    yield here, _A.RECENT_CONTACT, _attention(AttentionCode.RECENT_CONTACT)
    over = (_F.DOUBT_OVER,)
    search = (_F.DOUBT_OVER, _F.RELEASE_SUPPORTER, _F.SEARCH)
    # An import may say who it is; what only a human may confirm still waits for one.
    to_confirm = _T(_S.PROPOSED, (), None, _G.STILL_TO_CONFIRM, (*over, _F.ASK_COORDINATOR))
    yield here, _A.RESOLVE_SEARCH, to_confirm
    go_on = _T(_S.SEARCHING, (_CONFIRMED,), None, _G.PERSON_KNOWN, search)
    yield here, _A.RESOLVE_SEARCH, go_on
    yield here, _A.RESOLVE_ASSIGN, _closed(ClosingCode.WITHDRAWN, when=_G.SPOKE_NOT_YET)
    assign = (*over, _F.SUPPORTER)
    with_one = _T(_S.ASSIGNED, (_ASSIGNED,), None, _G.PERSON_KNOWN, assign)
    yield here, _A.RESOLVE_ASSIGN, with_one
    # The second touch goes out again from where it is sent; it is counted when it has left.
    again = _T(_S.INVITED, (_ASSIGNED,), None, _G.SENT_AGAIN, (*over, _F.AWAIT_ANSWER))
    yield here, _A.RESOLVE_INVITED, again
    invited = (*over, _F.TOUCHED, _F.AWAIT_ANSWER)
    yield here, _A.RESOLVE_INVITED, _T(_S.INVITED, (_CONTACTED,), effects=invited)
    engaged = (*over, _F.TOUCHED, _F.ENGAGED)
    yield here, _A.RESOLVE_ENGAGED, _T(_S.ENGAGED, (_ACCEPTED,), effects=engaged)


def _after_the_end() -> Iterator[Row]:
    closed = (_S.CLOSED,)
    reopen = (_F.STRENGTHEN, _F.REOPEN)
    reopened = (_RAISED, _OPENED)
    team, unknown = AttentionCode.ASK_UNIT, AttentionCode.UNRESOLVED
    to_unit = _attention(team, *reopened, when=_G.REOPENS_TEAM, effects=reopen)
    yield closed, _A.RAISE, to_unit
    nobody = _attention(unknown, *reopened, when=_G.REOPENS_UNKNOWN, effects=reopen)
    yield closed, _A.RAISE, nobody
    yield closed, _A.RAISE, _T(_S.PROPOSED, reopened, None, _G.REOPENS, reopen)
    # A decline is a normal end: one later touch at most, and a human decides on it.
    no_before = _attention(AttentionCode.DECLINED_BEFORE, _RAISED, when=_G.SAID_NO, effects=reopen)
    yield closed, _A.RAISE, no_before
    yield closed, _A.RAISE, _T(_S.PROPOSED, reopened, None, _G.JOINED_ALONE, reopen)
    yield closed, _A.RAISE, _T(None)
    promoted = _T(_S.PROPOSED, (_OPENED,), None, _G.JOINED, (_F.REOPEN,))
    unresolved = _attention(unknown, _OPENED, when=_G.JOINED_UNKNOWN, effects=(_F.REOPEN,))
    yield closed, _A.PROMOTE, unresolved
    yield closed, _A.PROMOTE, promoted
    yield closed, _A.SPLIT, promoted
    for action in (_A.AMEND, _A.WITHDRAW, _A.MERGE):
        yield closed, action, _T(None)


def _table() -> dict[tuple[State, Action], tuple[Transition, ...]]:
    table: dict[tuple[State, Action], tuple[Transition, ...]] = {}
    parts = (_before_a_supporter, _clocks, _with_a_supporter, _answers_and_check_ins, _requests)
    for part in (*parts, _doubt_and_people, _resolutions, _after_the_end):
        for states, action, transition in part():
            for state in states:
                table[state, action] = (*table.get((state, action), ()), transition)
    return table


TRANSITIONS: Final[Mapping[tuple[State, Action], tuple[Transition, ...]]] = MappingProxyType(
    _table()
)


def advance(case: Case, move: Move) -> Transition:
    """Return what follows, or refuse.

    Raises:
        NotApplicableError: no row for this state and action, or none whose guard holds.
    """
    for transition in TRANSITIONS.get((case.state, move.action), ()):
        if holds(transition.when, case, move):
            return transition
    raise NotApplicableError(case.state, move.action)

"""Apply one move to a case: the state, its effects, the timers that belong to the new state."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.notifier.domain.case import Case, Change, Told
from services.notifier.domain.draft import Draft
from services.notifier.domain.effects import EFFECTS, propose
from services.notifier.domain.move import Move
from services.notifier.domain.states import (
    Action,
    AttentionCode,
    ClosingCode,
    MessageKind,
    State,
    TimerKind,
)
from services.notifier.domain.transitions import Effect, Transition, advance

_K = TimerKind
_BOTH: Final = frozenset({_K.RESPOND_BY, _K.CONTACT_BY})

TIMERS_OF: Final[Mapping[State, frozenset[TimerKind]]] = MappingProxyType(
    {
        State.PROPOSED: _BOTH | {_K.CONFIRM_WINDOW, _K.CONFIRM_DUE},
        State.SEARCHING: _BOTH | {_K.SEARCH},
        State.OFFERED: _BOTH | {_K.ACKNOWLEDGE},
        State.ASSIGNED: frozenset({_K.CONTACT_BY, _K.TOUCH_MISSED}),
        State.INVITED: frozenset({_K.CONTACT_BY, _K.ANSWER, _K.TOUCH_MISSED}),
        State.ENGAGED: frozenset({_K.CHECK_IN, _K.CHECK_IN_MISSED, _K.TOUCH_MISSED}),
        State.ATTENTION: _BOTH | {_K.ATTENTION},
        State.CLOSED: frozenset(),
    }
)

ACTION_OF: Final[Mapping[TimerKind, Action]] = MappingProxyType(
    {
        _K.CONFIRM_WINDOW: Action.WINDOW_OVER,
        _K.CONFIRM_DUE: Action.CONFIRM_DUE,
        _K.ACKNOWLEDGE: Action.SILENT,
        _K.RESPOND_BY: Action.RESPOND_BY,
        _K.CONTACT_BY: Action.CONTACT_BY,
        _K.ANSWER: Action.ANSWER_DUE,
        _K.TOUCH_MISSED: Action.TOUCH_MISSED,
        _K.CHECK_IN: Action.CHECK_IN_DUE,
        _K.CHECK_IN_MISSED: Action.CHECK_IN_MISSED,
        _K.ATTENTION: Action.ATTENTION_DUE,
    }
)  # SEARCH has no action of its own: the dispatcher matches and then offers, or finds nobody


def apply(case: Case, move: Move) -> Change:
    """Return the change that `move` makes.

    Raises:
        NotApplicableError: the move is not in the table for the case as it stands.
    """
    move = _among_others(case, move)
    transition = advance(case, move)
    entered = transition.to is not None and (transition.to, transition.code) != (
        case.state,
        case.code,
    )
    draft = Draft(_moved(case, transition, move), case, move)
    draft = _fired(draft)
    for effect in transition.effects:
        draft = EFFECTS[effect](draft)
    return settle(draft, _told(transition, move), entered=entered)


def begin(case: Case, move: Move, *told: Told) -> Change:
    """Return the change that opens `case` in the state it has: clocks, messages, events."""
    move = _among_others(case, move)
    draft = Draft(case, case, move)
    if case.is_open:
        draft = propose(draft)
    if case.state is State.SEARCHING:
        draft = EFFECTS[Effect.SEARCH](draft)
        draft = draft.tell(MessageKind.CONFIRM_REQUEST, move.roster.coordinators)
    return settle(draft, told, entered=True)


def settle(draft: Draft, told: tuple[Told, ...], *, entered: bool) -> Change:
    """Finish a draft: drop timers of other states, enter attention or the end, count events."""
    if entered and draft.case.state is State.ATTENTION:
        draft = _attention(draft)
    if entered and draft.case.state is State.CLOSED:
        draft = _closed(draft)
    kept = TIMERS_OF[draft.case.state]
    draft = draft.disarm(*(kind for kind in draft.case.timers if kind not in kept))
    case = replace(draft.case, seq=draft.case.seq + len(told))
    return Change(case, told, draft.messages, draft.move.actor)


def _among_others(case: Case, move: Move) -> Move:
    """A coordinator may be the affected person: their own case is then for the others."""
    return replace(move, roster=move.roster.without(case.person_id))


def _moved(case: Case, transition: Transition, move: Move) -> Case:
    if transition.to is None:
        return case
    code = transition.code
    if transition.to is State.CLOSED and code is None:
        code = move.reason or ClosingCode.DISMISSED
    return replace(case, state=transition.to, code=code)


def _fired(draft: Draft) -> Draft:
    """Clear the timer that brought this move; an effect may arm it again."""
    fired = [kind for kind, action in ACTION_OF.items() if action is draft.move.action]
    return draft.disarm(*fired)


def _told(transition: Transition, move: Move) -> tuple[Told, ...]:
    return tuple(
        told if told.reason else replace(told, reason=move.reason) for told in transition.told
    )


def _attention(draft: Draft) -> Draft:
    code = draft.case.code
    is_taken = code == AttentionCode.TAKEN
    if not is_taken and code != AttentionCode.CRISIS:
        draft = draft.tell(MessageKind.ESCALATION, draft.move.roster.all, code)
    plan = draft.case.plan
    wait = plan.attention_most if is_taken else plan.attention
    return draft.put(attention_count=0).arm_in(TimerKind.ATTENTION, wait)


def _closed(draft: Draft) -> Draft:
    """A supporter who has the case hears that it is over, unless they ended it themselves."""
    others = [ref for ref in (draft.before.supporter,) if ref != draft.move.actor.ref]
    return draft.tell(MessageKind.TAKEN, others).put(timers={}, check_ins=())

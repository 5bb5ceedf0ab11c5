"""Who may do what to a case: the roles of outreach.md section 15 as data."""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notifier.domain.case import Actor, Case, Roster
from services.notifier.domain.errors import CodeInvalidError, NotAllowedError, NotApplicableError
from services.notifier.domain.move import Move
from services.notifier.domain.states import Action, ClosingCode
from services.notifier.domain.transitions import advance
from shared.contracts.words import ActorRole

# How a human may end a case; the other codes belong to the person or to the system.
CLOSINGS: Final = (
    ClosingCode.COMPLETED,
    ClosingCode.DECLINED,
    ClosingCode.STOPPED,
    ClosingCode.UNREACHABLE,
    ClosingCode.HANDED_OVER,
    ClosingCode.DISMISSED,
    ClosingCode.WRONG,
)
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")
_LEADS: Final = frozenset({ActorRole.COORDINATOR, ActorRole.PROGRAMME_LEAD})
_SUPPORTER: Final = frozenset({ActorRole.SUPPORTER})
_BOTH: Final = _LEADS | _SUPPORTER
_PERSON: Final = frozenset({ActorRole.PERSON})

ROLES: Final[Mapping[Action, frozenset[ActorRole]]] = MappingProxyType(
    {
        Action.CONFIRM: _LEADS,
        Action.DISMISS: _LEADS,
        Action.ASSIGN: _LEADS,
        Action.TAKE: _LEADS,
        Action.CLOSE: _LEADS,
        Action.REMATCH: _LEADS,
        Action.ADD_PERSON: _LEADS,
        Action.SPLIT: _LEADS,
        Action.ERASE: _LEADS,
        Action.RESOLVE_SEARCH: _LEADS,
        Action.RESOLVE_ASSIGN: _BOTH,
        Action.RESOLVE_INVITED: _BOTH,
        Action.RESOLVE_ENGAGED: _BOTH,
        Action.ACCEPT: _SUPPORTER,
        Action.DECLINE: _SUPPORTER,
        Action.CONTACT: _BOTH,
        Action.CONTACT_ACCEPTS: _SUPPORTER,
        Action.CONTACT_DECLINES: _SUPPORTER,
        Action.SEND_INVITATION: _BOTH,
        Action.SEND_SECOND_TOUCH: _BOTH,
        Action.HAND_BACK: _SUPPORTER,
        Action.CHECK_IN_DONE: _SUPPORTER,
        Action.REFER: _BOTH,
        Action.CRISIS: _BOTH,
        Action.PERSON_ACCEPTS: _PERSON,
        Action.PERSON_DECLINES: _PERSON,
        Action.LATER: _PERSON,
        Action.OTHER_SUPPORTER: _PERSON,
        Action.STOP: _PERSON,
        Action.OPT_OUT: _PERSON,
    }
)


def permit(case: Case, action: Action, actor: Actor) -> None:
    """Return when the actor may do this to this case.

    A supporter answers offers made to them and moves only cases they have. Whom a case is about
    moves it as that person only, whatever else they are.

    Raises:
        NotAllowedError: the role may not, the case is another supporter's, or it is about them.
    """
    if actor.role not in ROLES.get(action, frozenset()) or _is_own(case, actor):
        raise NotAllowedError(actor.role, action)
    if actor.role is ActorRole.SUPPORTER and actor.ref not in _whose(case, action):
        raise NotAllowedError(actor.role, action)


def check_code(action: Action, reason: str | None) -> None:
    """Return when `reason` is a code that fits: free text never gets into a case.

    Raises:
        CodeInvalidError: it is not, or CLOSE names none of `CLOSINGS`.
    """
    if reason is not None and not _CODE.fullmatch(reason):
        raise CodeInvalidError
    if action is Action.CLOSE and reason not in CLOSINGS:
        raise CodeInvalidError


def allowed(case: Case, actor: Actor, at: datetime, roster: Roster) -> tuple[Action, ...]:
    """Return the actions whose buttons are shown: permitted, and in the table right now."""
    return tuple(action for action in ROLES if _possible(case, action, actor, at, roster))


def _possible(case: Case, action: Action, actor: Actor, at: datetime, roster: Roster) -> bool:
    try:
        permit(case, action, actor)
        advance(case, Move(action, at, actor, roster=roster))
    except (NotAllowedError, NotApplicableError):
        return False
    return True


def _is_own(case: Case, actor: Actor) -> bool:
    is_person = actor.role is ActorRole.PERSON
    return not is_person and actor.ref is not None and actor.ref == case.person_id


def _whose(case: Case, action: Action) -> tuple[str | None, ...]:
    if action in (Action.ACCEPT, Action.DECLINE):
        return (*case.asked, *case.was_asked)
    return (case.supporter,)

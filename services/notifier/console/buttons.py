"""Which buttons a case offers to whom; the same list decides whether a pressed one is obeyed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notifier.console import words
from services.notifier.console.access import Visitor
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.errors import CaseUnknownError, NotAllowedError, NotApplicableError
from services.notifier.domain.permissions import CLOSINGS, ROLES, allowed
from services.notifier.domain.states import Action, AttentionCode
from services.notifier.people import is_unresolved
from services.notifier.store.unit import Unit
from shared.contracts.words import ActorRole, SubjectKind


@dataclass(frozen=True, slots=True)
class Button:
    """One button; `choices` is the list that must be chosen from first, by code."""

    action: Action
    label: str
    help: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_main: bool = False


_CLOSING_CHOICES: Final = tuple((code.value, words.CLOSINGS[code]) for code in CLOSINGS)
_RESOLVING: Final = (
    Action.RESOLVE_SEARCH,
    Action.RESOLVE_ASSIGN,
    Action.RESOLVE_INVITED,
    Action.RESOLVE_ENGAGED,
)
# Erasure concerns a person, not a case; a split has to say who the second person is: screens of
# their own, not buttons.
_NOT_HERE: Final = (Action.ERASE, Action.SPLIT)

_LEAD: Final[Mapping[Action, Button]] = MappingProxyType(
    {
        one.action: one
        for one in (
            Button(Action.CONFIRM, "Confirm", "A supporter is looked for at once.", is_main=True),
            Button(Action.RESOLVE_SEARCH, "Look for a supporter", is_main=True),
            Button(Action.TAKE, "I take it myself", "The promise to answer in time is kept."),
            Button(Action.RESOLVE_ASSIGN, "Leave it with the supporter"),
            Button(Action.RESOLVE_INVITED, "They have been in contact, answer open"),
            Button(Action.RESOLVE_ENGAGED, "They are talking"),
            Button(Action.CONTACT, "Contact has been made", "The answer is open."),
            Button(
                Action.SEND_INVITATION,
                "Send the first message",
                "Short, in the supporter's name, with a link to answer.",
            ),
            Button(Action.SEND_SECOND_TOUCH, "Send a second and last message"),
            Button(Action.REFER, "Professional help was offered"),
            Button(
                Action.DISMISS,
                "Dismiss",
                "Nobody is contacted.",
                tuple(words.DISMISSALS.items()),
            ),
            Button(Action.CLOSE, "Close", "Nothing follows any more.", _CLOSING_CHOICES),
            Button(Action.REMATCH, "This is the wrong person", "The case closes."),
        )
    }
)
_TEAM_CONTACT: Final = Button(
    Action.CONTACT, "I have spoken to the unit", "First contact in time is kept."
)
_SUPPORTER: Final[Mapping[Action, Button]] = MappingProxyType(
    {
        one.action: one
        for one in (
            Button(Action.ACCEPT, "Yes, I can", "You then see whom it is about.", is_main=True),
            Button(Action.DECLINE, "No, not this time", "No reason is needed."),
            Button(
                Action.CONTACT,
                "We have spoken, the answer is open",
                "One tap; nothing of what was said is written down.",
                is_main=True,
            ),
            Button(Action.CONTACT_ACCEPTS, "We have spoken, and we go on talking"),
            Button(Action.CONTACT_DECLINES, "We have spoken, and it is a no, thank you"),
            Button(
                Action.SEND_INVITATION,
                "Send a first message in my name",
                "Short and neutral, with a link to answer. Never during their quiet hours.",
            ),
            Button(
                Action.SEND_SECOND_TOUCH,
                "Send a second and last message in my name",
                "After two contacts without an answer nobody writes any more.",
            ),
            Button(Action.REFER, "I have offered professional help"),
            Button(Action.HAND_BACK, "Hand it back", "No reason is needed. We ask somebody else."),
            Button(
                Action.RESOLVE_ASSIGN,
                "We have not spoken yet",
                "The report was withdrawn: nobody is contacted, the conversation is closed.",
            ),
            Button(Action.RESOLVE_INVITED, "We have spoken, the answer is open"),
            Button(Action.RESOLVE_ENGAGED, "We are talking"),
        )
    }
)


def actions_of(unit: Unit, case: Case, actor: Actor, at: datetime) -> tuple[Action, ...]:
    """Return what the actor may do with the case at this console, now."""
    roster = unit.directory.roster(case.tenant, at)
    fits = _fits_lead if actor.role is not ActorRole.SUPPORTER else _fits_supporter
    possible = allowed(case, actor, at, roster)
    return tuple(one for one in possible if one not in _NOT_HERE and fits(case, one))


def buttons(case: Case, actor: Actor, actions: tuple[Action, ...]) -> tuple[Button, ...]:
    """Return the plain buttons among the actions, in the order of the page."""
    known = _SUPPORTER if actor.role is ActorRole.SUPPORTER else _LEAD
    shown = (one for action, one in known.items() if action in actions)
    return tuple(_worded(case, one) for one in shown)


def _worded(case: Case, one: Button) -> Button:
    is_team = case.subject.kind is SubjectKind.TEAM
    return _TEAM_CONTACT if is_team and one.action is Action.CONTACT else one


def actors(visitor: Visitor, case: Case) -> Iterator[Actor]:
    """Return as whom a visitor may face the case: its supporter first, then coordinator or lead.

    Nobody faces a case about themselves: a coordinator is offered support like everybody else.
    """
    if is_about(visitor, case):
        return
    if visitor.supporter and visitor.supporter.ref in (case.supporter, *case.asked):
        yield visitor.supporter
    if visitor.lead:
        yield visitor.lead


def is_about(visitor: Visitor, case: Case) -> bool:
    """Say whether the visitor is the person the case is about."""
    return case.person_id == visitor.person.person_id


def actor_for(unit: Unit, visitor: Visitor, case: Case, action: Action, at: datetime) -> Actor:
    """Return as whom the visitor does this.

    Raises:
        CaseUnknownError: the case is not theirs to see.
        NotAllowedError: no role of theirs may do it.
        NotApplicableError: one may, but not as the case stands.
    """
    faces = tuple(actors(visitor, case))
    if not faces:
        raise CaseUnknownError
    for actor in faces:
        if action in actions_of(unit, case, actor, at):
            return actor
    if any(actor.role in ROLES.get(action, frozenset()) for actor in faces):
        raise NotApplicableError(case.state, action)
    raise NotAllowedError(faces[0].role, action)


def has_button(action: Action) -> bool:
    """Say whether the action needs nothing but its button."""
    return action in _LEAD or action in _SUPPORTER or action is Action.CRISIS


def _fits_lead(case: Case, action: Action) -> bool:
    """An action that the table allows may still make no sense before a human's eyes."""
    if action not in (*_RESOLVING, Action.ADD_PERSON, Action.REMATCH):
        return True
    unresolved = is_unresolved(case)
    if action is Action.ADD_PERSON:
        return not unresolved
    if action is Action.REMATCH:
        return case.person_id is not None
    decided_elsewhere = unresolved or case.code == AttentionCode.UNCERTAIN
    if decided_elsewhere or case.subject.kind is SubjectKind.TEAM:
        return False
    needs_supporter = action in (Action.RESOLVE_INVITED, Action.RESOLVE_ENGAGED)
    return not needs_supporter or case.supporter is not None


def _fits_supporter(case: Case, action: Action) -> bool:
    return action not in _RESOLVING or case.code == AttentionCode.ASK_SUPPORTER

"""Links in mails: GET looks and changes nothing, POST answers; one answer uses the link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notifier import casework, desk
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.errors import LinkUnusableError, NotApplicableError
from services.notifier.domain.move import Move
from services.notifier.domain.states import Action, AttentionCode, ClosingCode, State
from services.notifier.store.token_rows import Link, Purpose
from services.notifier.store.unit import Unit
from shared.contracts.words import ActorRole

CHOICES: Final[Mapping[Purpose, Mapping[str, Action]]] = MappingProxyType(
    {
        Purpose.OFFER: MappingProxyType(
            {
                "accept": Action.ACCEPT,
                "decline": Action.DECLINE,
                "someone_else": Action.DECLINE,
            }
        ),
        Purpose.INVITATION: MappingProxyType(
            {
                "accept": Action.PERSON_ACCEPTS,
                "later": Action.LATER,
                "decline": Action.PERSON_DECLINES,
                "other_supporter": Action.OTHER_SUPPORTER,
                "opt_out": Action.OPT_OUT,
            }
        ),
    }
)
_WAY_OUT: Final = "opt_out"
# After these the person may still say yes, or no.
_MAY_COME_BACK: Final = (
    ClosingCode.COMPLETED,
    ClosingCode.DECLINED,
    ClosingCode.STOPPED,
    ClosingCode.UNREACHABLE,
    ClosingCode.DISMISSED,
    ClosingCode.WITHDRAWN,
)
_ROLE_OF: Final = MappingProxyType(
    {Purpose.OFFER: ActorRole.SUPPORTER, Purpose.INVITATION: ActorRole.PERSON}
)


@dataclass(frozen=True, slots=True)
class LinkPage:
    """What the page of a link shows: the choices and the case, no name.

    `still_wanted` is False when the case has moved on; the page thanks and needs no answer.
    """

    link: Link
    case: Case
    choices: tuple[str, ...]
    still_wanted: bool


def look(unit: Unit, token: str, at: datetime, choice: str | None = None) -> LinkPage:
    """Return what a link offers; changes nothing, so that mail scanners may fetch it.

    Any answer uses a link, but the way out of every mail (`opt_out`) stays open until it expires.

    Raises:
        LinkUnusableError: used, expired or unknown; the same for all three.
    """
    link = unit.tokens.look(token, at)
    if link is not None:
        case = casework.case_of(unit, link.tenant, link.case_ref)
        return LinkPage(link, case, tuple(CHOICES[link.purpose]), _wanted(link, case))
    link = unit.tokens.look(token, at, used_too=True) if choice == _WAY_OUT else None
    if link is None or link.purpose is not Purpose.INVITATION:
        raise LinkUnusableError
    case = casework.case_of(unit, link.tenant, link.case_ref)
    return LinkPage(link, case, (_WAY_OUT,), _wanted(link, case))


def answer(unit: Unit, token: str, choice: str, at: datetime) -> Case:
    """Do what the holder of the link chose; return the case afterwards.

    An answer that comes too late changes nothing; an opt-out holds whatever the case became.

    Raises:
        LinkUnusableError: used, expired, unknown, or no such choice.
        NotApplicableError: the case has moved on; the page says thank you and who has it now.
        SupporterExcludedError: they may not take this case; it has become known since.
    """
    page = look(unit, token, at, choice)
    action = CHOICES[page.link.purpose].get(choice)
    if action is None:
        raise LinkUnusableError
    if action is Action.ACCEPT:
        desk.refuse_involved(unit, page.case, page.link.recipient, at)
    if action is Action.PERSON_DECLINES and page.case.state is State.ENGAGED:
        action = Action.STOP
    if action is Action.OPT_OUT:
        _opt_out(unit, page, at)
    unit.tokens.use(page.link, at)
    if action is Action.OPT_OUT and not page.case.is_open:
        return page.case
    return casework.move(unit, page.case, _move(unit, page, action, choice, at))


def _move(unit: Unit, page: LinkPage, action: Action, choice: str, at: datetime) -> Move:
    link = page.link
    actor = Actor(_ROLE_OF[link.purpose], link.recipient)
    roster = unit.directory.roster(link.tenant, at)
    reason = choice if choice == "someone_else" else None
    blocked = not page.case.is_open and casework.is_blocked(unit, page.case)
    return Move(action, at, actor, reason, roster=roster, blocked=blocked)


def _opt_out(unit: Unit, page: LinkPage, at: datetime) -> None:
    """Keep the wish for good and end the person's other open cases, in the same transaction."""
    case = page.case
    if case.person_key is None:
        return
    unit.directory.opt_out(case.tenant, case.person_key, at)
    keys = casework.keys_of(unit, case.tenant, case.person_id, case.subject.person_ref)
    step = _move(unit, page, Action.OPT_OUT, "opt_out", at)
    while other := unit.cases.open_of_person(case.tenant, keys, besides=case.case_ref):
        casework.move(unit, other, step)


def _wanted(link: Link, case: Case) -> bool:
    if link.purpose is Purpose.OFFER:
        asked = (*case.asked, *case.was_asked)
        still = case.state is State.OFFERED or case.code == AttentionCode.NO_SUPPORTER
        return still and link.recipient in asked
    return case.is_open or case.code in _MAY_COME_BACK


__all__ = [
    "CHOICES",
    "LinkPage",
    "LinkUnusableError",
    "NotApplicableError",
    "answer",
    "look",
]

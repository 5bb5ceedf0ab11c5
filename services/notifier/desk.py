"""What humans do to a case at the console or through a link.

Every function here and in `people`, `doubts`, `links` and `pages` works inside one unit of work
(`with store.begin() as unit:`; pages: `store.read()`) and either does all of it or raises a refusal
of `domain/errors.py` and changes nothing. What follows by time or by mail is picked up by the
dispatcher within a second.

| who | calls |
|---|---|
| coordinator, programme lead | `desk.act` with CONFIRM, DISMISS, ASSIGN, TAKE, CONTACT, CLOSE, … |
| | `people.resolve_person`, `people.add_person`, `doubts.settle` |
| supporter, signed in | `desk.act` with ACCEPT, DECLINE, CONTACT, SEND_INVITATION, HAND_BACK, … |
| whoever holds a link | `links.look` (GET, changes nothing), `links.answer` (POST) |
| pages | `pages.today`, `pages.closed`, `pages.case_page`, `pages.supporter_page` |

Which buttons a page shows is `CasePage.allowed`; `act` checks the same again.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifier import casework
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.directory import Role
from services.notifier.domain.errors import PersonUnknownError, SupporterExcludedError
from services.notifier.domain.matching import Exclusion, Wanted, hard_exclusion
from services.notifier.domain.move import Move
from services.notifier.domain.permissions import check_code, permit
from services.notifier.domain.states import Action
from services.notifier.store.unit import Unit

_NAMES_A_SUPPORTER = (Action.ASSIGN, Action.RESOLVE_ASSIGN)


@dataclass(frozen=True, slots=True)
class Order:
    """What a human asks for.

    `actor.ref` is their directory person_id. `reason` is a code (a-z, 0-9, _), never free text:
    for DISMISS why, for CLOSE one of `CLOSINGS`. `supporter` goes with ASSIGN and RESOLVE_ASSIGN,
    `last` ("finished") and `next_on` (UTC) with CHECK_IN_DONE.
    """

    tenant: str
    case_ref: UUID
    action: Action
    actor: Actor
    reason: str | None = None
    supporter: str | None = None
    last: bool = False
    next_on: datetime | None = None


def act(unit: Unit, order: Order, at: datetime) -> Case:
    """Move a case and return it as it stands then.

    Raises:
        CaseUnknownError, NotAllowedError, NotApplicableError: nothing has been changed.
        PersonUnknownError, SupporterExcludedError: the supporter named may not take the case.
        CodeInvalidError: `reason` is no code, or CLOSE has none of its own.
    """
    case = casework.case_of(unit, order.tenant, order.case_ref)
    permit(case, order.action, order.actor)
    check_code(order.action, order.reason)
    if order.action is Action.ACCEPT:
        refuse_involved(unit, case, order.actor.ref, at)
    if order.action in _NAMES_A_SUPPORTER and (order.supporter or case.supporter is None):
        _refuse_excluded(unit, case, order.supporter, at)
    step = Move(
        order.action,
        at,
        order.actor,
        order.reason,
        order.supporter,
        roster=unit.directory.roster(order.tenant, at),
        check_in_last=order.last,
        next_on=order.next_on,
    )
    return casework.move(unit, case, step)


def wanted(unit: Unit, case: Case, at: datetime) -> Wanted:
    """Return what the case asks of a supporter, with `exclude` resolved to directory persons."""
    person = unit.directory.find(case.tenant, case.person_id)
    excluded = unit.directory.resolve(case.tenant, case.exclude)
    return Wanted(
        case_ref=case.case_ref,
        at=at,
        plan=case.plan,
        zone=case.plan.zone,
        person=person,
        role=case.subject.role or (person.role if person else None),
        department=person.department if person else None,
        excluded=frozenset(excluded.values()),
        refused=frozenset(case.refused),
    )


def refuse_involved(unit: Unit, case: Case, supporter: str | None, at: datetime) -> None:
    """Return when a supporter who was asked may still accept; a change of mind is welcome.

    Raises:
        SupporterExcludedError: it has become known since that they are involved, or too near.
    """
    person = unit.directory.find(case.tenant, supporter)
    reason = None if person is None else hard_exclusion(person, wanted(unit, case, at))
    if reason is not None and reason is not Exclusion.REFUSED:
        raise SupporterExcludedError(reason)


def _refuse_excluded(unit: Unit, case: Case, supporter: str | None, at: datetime) -> None:
    person = unit.directory.find(case.tenant, supporter)
    if person is None or Role.SUPPORTER not in person.roles:
        raise PersonUnknownError
    reason = hard_exclusion(person, wanted(unit, case, at))
    if reason is not None:
        raise SupporterExcludedError(reason)

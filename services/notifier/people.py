"""Who a case is about: a coordinator resolves a person or adds one whom the unit named."""

from dataclasses import replace
from datetime import datetime

from services.notifier import asking, casework
from services.notifier.desk import Order
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.directory import Person
from services.notifier.domain.errors import (
    NotAllowedError,
    NotApplicableError,
    PersonUnknownError,
)
from services.notifier.domain.move import Move
from services.notifier.domain.opening import Situation
from services.notifier.domain.permissions import permit
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, AttentionCode, State
from services.notifier.store.unit import Unit
from shared.contracts import OutreachRequested
from shared.contracts.outreach_requested import PersonSubject
from shared.contracts.words import ActorRole, RequestAction, SubjectKind
from shared.identity import derive_id

_LEADS = (ActorRole.COORDINATOR, ActorRole.PROGRAMME_LEAD)
_PEER_TIER = 2


def resolve_person(unit: Unit, order: Order, person_id: str, at: datetime) -> Case:
    """Say who an unresolved case is about (`order.action` is RESOLVE_SEARCH).

    Both guards are checked again: the case joins the person's open case if there is one, stops at
    an opt-out, waits for a human after a recent contact, else a supporter is looked for.

    Raises:
        PersonUnknownError: nobody with this person_id is in the directory.
        NotAllowedError, NotApplicableError: not by this role; the case is not unresolved.
    """
    if order.actor.role not in _LEADS:
        raise NotAllowedError(order.actor.role, "resolve")
    case = casework.case_of(unit, order.tenant, order.case_ref)
    person = unit.directory.find(order.tenant, person_id)
    if person is None:
        raise PersonUnknownError
    if not is_unresolved(case):
        raise NotApplicableError(case.state, "resolve")
    return identify(unit, case, person, order.actor, at)


def is_unresolved(case: Case) -> bool:
    """Say whether the case waits for a human to say who it is about, whatever else it waits for."""
    is_person = case.subject.kind is SubjectKind.PERSON
    return case.state is State.ATTENTION and is_person and case.person_id is None


def identify(unit: Unit, case: Case, person: Person, actor: Actor, at: datetime) -> Case:
    """Give an unresolved case its directory person and let it go on; the resolution is stored.

    A case that a human has taken, or that waits for another reason too, stays with them.
    """
    roster = unit.directory.roster(case.tenant, at)
    ref = case.subject.person_ref
    if ref is not None:
        unit.directory.add_ref(case.tenant, ref, person.person_id)
    unit.cases.forget_sealed(case.tenant, case.case_ref)
    other = _other_open(unit, case, person)
    if other is not None:
        # A case that has begun stays open beside the other: only one of them may carry the person.
        known = case if case.begun else casework.resolved(case, person)
        return _join(unit, known, other, person, Move(Action.SAME_PERSON, at, actor, roster=roster))
    action = _next(unit, case, person, at)
    known = casework.resolved(case, person)
    if case.code != AttentionCode.UNRESOLVED and action is not Action.OPT_OUT:
        unit.cases.save(known, case)
        return known
    return casework.move(unit, known, Move(action, at, actor, roster=roster))


def add_person(unit: Unit, order: Order, person_id: str, policy: Policy, at: datetime) -> Case:
    """Open a case for a person whom the unit named; a human has confirmed it by asking.

    `order.action` is ADD_PERSON on the team's (or another) case. The new case_ref is a function of
    that case and the person, so that asking twice opens one case.

    Raises:
        PersonUnknownError: nobody with this person_id is in the directory.
        NotAllowedError, NotApplicableError: not by this role; the case is closed.
    """
    case = casework.case_of(unit, order.tenant, order.case_ref)
    permit(case, Action.ADD_PERSON, order.actor)
    person = unit.directory.find(order.tenant, person_id)
    if person is None:
        raise PersonUnknownError
    roster = unit.directory.roster(order.tenant, at)
    casework.move(unit, case, Move(Action.ADD_PERSON, at, order.actor, roster=roster))
    request = _request(unit, case, person, policy, at)
    known = unit.cases.find(order.tenant, request.case_ref)
    return known or asking.begin(unit, request, _facts(unit, request, policy, order.actor, at))


def _facts(
    unit: Unit, request: OutreachRequested, policy: Policy, actor: Actor, at: datetime
) -> Situation:
    facts = asking.situation(unit, request, policy, at)
    return replace(facts, actor=actor, already_confirmed=True)


def _request(
    unit: Unit, case: Case, person: Person, policy: Policy, at: datetime
) -> OutreachRequested:
    refs = unit.directory.refs_of(case.tenant, person.person_id)
    case_ref = derive_id("case", str(case.case_ref), person.person_id)
    return OutreachRequested(
        request_id=derive_id("request", str(case.case_ref), str(case_ref), "add_person"),
        case_ref=case_ref,
        tenant=case.tenant,
        subject=PersonSubject(person_ref=refs[0], role=person.role, unit_id=person.unit_id),
        action=RequestAction.OPEN,
        code="added",
        tier=max(case.tier, _PEER_TIER),
        priority=case.priority,
        respond_by=at + policy.plan.respond.of(case.priority),
        criteria=case.criteria,
        follow_up=case.follow_up,
        exclude=case.exclude,
    )


def _other_open(unit: Unit, case: Case, person: Person) -> Case | None:
    keys = casework.keys_of(unit, case.tenant, person.person_id, case.subject.person_ref)
    return unit.cases.open_of_person(case.tenant, keys, besides=case.case_ref)


def _join(unit: Unit, case: Case, other: Case, person: Person, step: Move) -> Case:
    """The person already has an open case: this one joins it, the other is raised."""
    joined = casework.move(unit, case, step)
    if joined.is_open:
        return joined
    raised = Move(Action.RAISE, step.at, step.actor, "second_occurrence", roster=step.roster)
    after = casework.move(unit, other, raised)
    if is_unresolved(after):  # it waited for the same person
        identify(unit, after, person, step.actor, step.at)
    return joined


def _next(unit: Unit, case: Case, person: Person, at: datetime) -> Action:
    keys = casework.keys_of(unit, case.tenant, person.person_id, case.subject.person_ref)
    if unit.directory.opted_out(case.tenant, keys):
        return Action.OPT_OUT
    last = unit.cases.last_touch(case.tenant, keys)
    recent = last is not None and at - last < case.plan.recent_contact
    return Action.RECENT_CONTACT if recent else Action.RESOLVE_SEARCH


def unresolved_of(unit: Unit, tenant: str, refs: tuple[str, ...]) -> Case | None:
    """Return the open unresolved case filed under one of a person's pseudonyms."""
    case = unit.cases.open_of_person(tenant, refs)
    return case if case is not None and is_unresolved(case) else None

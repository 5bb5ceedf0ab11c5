"""Applies a request of triage: opens, raises, amends, withdraws, merges (outreach.md section 2)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from services.notifier import casework
from services.notifier.domain.case import Case
from services.notifier.domain.move import Move
from services.notifier.domain.opening import Situation, open_case
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, ClosingCode, State
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.unit import Unit
from shared.contracts import OutreachRequested
from shared.contracts.words import RequestAction

ACTION_OF: Final[Mapping[RequestAction, Action]] = MappingProxyType(
    {
        RequestAction.OPEN: Action.RAISE,  # `open` on a known case is `raise`
        RequestAction.RAISE: Action.RAISE,
        RequestAction.AMEND: Action.AMEND,
        RequestAction.WITHDRAW: Action.WITHDRAW,
    }
)

_NEVER_AGAIN: Final = (ClosingCode.OPTED_OUT, ClosingCode.ERASED, ClosingCode.WRONG)


def receive(unit: Unit, request: OutreachRequested, policy: Policy, at: datetime) -> None:
    """Apply one request that has not been applied before.

    Raises:
        sqlalchemy.exc.IntegrityError: another transaction opened a case of the same person at the
            same moment; nothing is written, the caller tries again.
    """
    known = _survivor(unit, request, at)
    if known is not None:
        _note(unit, request, known, at)
        follow(unit, request, known, at)
    elif request.action is not RequestAction.AMEND:  # there is nothing yet to amend
        case = begin(unit, request, situation(unit, request, policy, at))
        _note(unit, request, case, at)
        for old in request.replaces:
            unit.cases.link(request.tenant, old, case.case_ref)


def begin(unit: Unit, request: OutreachRequested, facts: Situation) -> Case:
    """Open the case of a request, raise the person's open case when there is one."""
    change = open_case(request, facts)
    case = change.case
    casework.record(unit, change, facts.at, before=None)
    _keep_sealed(unit, request, case)
    if case.code == ClosingCode.JOINED_OPEN_CASE and facts.other_open is not None:
        other = casework.case_of(unit, case.tenant, facts.other_open)
        casework.move(unit, other, _raise(request, facts))
    return case


def _keep_sealed(unit: Unit, request: OutreachRequested, case: Case) -> None:
    """Keep the identifier while the person is unknown: a closed case too may open again."""
    if case.person_id is not None or case.code in _NEVER_AGAIN:
        return
    if request.subject.kind == "person" and request.subject.sealed:
        unit.cases.keep_sealed(case.tenant, case.case_ref, request.subject.sealed)


def situation(unit: Unit, request: OutreachRequested, policy: Policy, at: datetime) -> Situation:
    """Return what is known about the person of a request right now."""
    roster = unit.directory.roster(request.tenant, at)
    if request.subject.kind != "person":
        return Situation(at, policy.plan, roster, zone=policy.zone, quiet=policy.plan.quiet)
    ref = request.subject.person_ref
    person_id = unit.directory.resolve(request.tenant, [ref]).get(ref)
    person = unit.directory.find(request.tenant, person_id)
    keys = casework.keys_of(unit, request.tenant, person_id, ref)
    other = unit.cases.open_of_person(request.tenant, keys)
    return Situation(
        at,
        policy.plan,
        roster,
        person_id=person_id if person else None,
        zone=(person and person.zone) or policy.zone,
        quiet=(person and person.quiet) or policy.plan.quiet,
        opted_out=unit.directory.opted_out(request.tenant, keys),
        last_touch_at=unit.cases.last_touch(request.tenant, keys),
        other_open=other.case_ref if other else None,
    )


def follow(unit: Unit, request: OutreachRequested, case: Case, at: datetime) -> None:
    """Apply a request to a case that is already known."""
    case = _identified(unit, case)
    excluded = unit.directory.resolve(case.tenant, request.exclude)
    step = Move(
        ACTION_OF[request.action],
        at,
        reason=request.code,
        request=request,
        roster=unit.directory.roster(case.tenant, at),
        blocked=casework.is_blocked(unit, case),
        excluded_now=frozenset(excluded.values()),
    )
    if step.action is Action.RAISE and case.is_open and set(request.exclude) - set(case.exclude):
        # Whoever is newly excluded is dealt with as by an amend, before the case is raised.
        case = casework.move(unit, case, replace(step, action=Action.AMEND))
    after = casework.move(unit, case, step)
    _keep_sealed(unit, request, after)
    if step.action is Action.RAISE and after.state is State.CLOSED:
        _raise_the_open_one(unit, after, step)


def _raise_the_open_one(unit: Unit, case: Case, step: Move) -> None:
    keys = casework.keys_of(unit, case.tenant, case.person_id, case.subject.person_ref)
    other = unit.cases.open_of_person(case.tenant, keys)
    if other is not None:
        casework.move(unit, other, replace(step, reason="second_occurrence"))


def _survivor(unit: Unit, request: OutreachRequested, at: datetime) -> Case | None:
    """Return the case that goes on under this request, closing the others it replaces."""
    tenant = request.tenant
    named = (request.case_ref, *request.replaces)
    refs = dict.fromkeys(unit.cases.now_ref(tenant, ref) for ref in named)
    found = [case for ref in refs if (case := unit.cases.find(tenant, ref)) is not None]
    if not found:
        return None
    found.sort(key=lambda case: (not case.begun, not case.is_open, case.opened_at, case.seq))
    survivor, *others = found
    roster = unit.directory.roster(tenant, at)
    for other in others:
        if other.is_open:
            merged = casework.move(unit, other, Move(Action.MERGE, at, roster=roster))
            if merged.is_open:  # both have begun: a human decides
                continue
        unit.cases.link(tenant, other.case_ref, survivor.case_ref)
    for ref in named:
        if unit.cases.find(tenant, ref) is None:
            unit.cases.link(tenant, ref, survivor.case_ref)
    return survivor


def _identified(unit: Unit, case: Case) -> Case:
    """A person whom the directory has learnt to know since is found before a closed case opens."""
    ref = case.subject.person_ref
    if case.is_open or case.person_id is not None or ref is None:
        return case
    person = unit.directory.find(case.tenant, unit.directory.resolve(case.tenant, [ref]).get(ref))
    return case if person is None else casework.resolved(case, person)


def _raise(request: OutreachRequested, facts: Situation) -> Move:
    reason = "second_occurrence"
    return Move(Action.RAISE, facts.at, reason=reason, request=request, roster=facts.roster)


def _note(unit: Unit, request: OutreachRequested, case: Case, at: datetime) -> None:
    line = Line(at, Sort.REQUEST, request.action, request.code)
    unit.history.add(case.tenant, case.case_ref, line)

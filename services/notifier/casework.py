"""Applies moves and requests to cases in one transaction: the only writer of a case's state."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import product
from uuid import UUID

from services.notifier.domain.apply import apply
from services.notifier.domain.case import Case, Change, Message, Told
from services.notifier.domain.clocks import contact_by
from services.notifier.domain.directory import Person
from services.notifier.domain.draft import Draft
from services.notifier.domain.errors import CaseUnknownError
from services.notifier.domain.move import Move
from services.notifier.domain.sending import NotSent
from services.notifier.domain.states import (
    TO_PERSON,
    Action,
    ClosingCode,
    MessageKind,
    State,
    TimerKind,
)
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.message_rows import key_of
from services.notifier.store.unit import Unit
from shared.contracts import OutreachCaseEvent

CHANNEL = "email"
_PROMOTING = (ClosingCode.WITHDRAWN, ClosingCode.DISMISSED)
# Each brings somebody nearer to the person: an opt-out known by then ends the case instead.
_NEARER = (
    Action.CONFIRM,
    Action.WINDOW_OVER,
    Action.OFFER,
    Action.ASSIGN,
    Action.RESOLVE_SEARCH,
    Action.RESOLVE_ASSIGN,
)


def case_of(unit: Unit, tenant: str, case_ref: UUID) -> Case:
    """Return the case, locked, also under a reference it had before a merge.

    Raises:
        CaseUnknownError: there is none.
    """
    case = unit.cases.find(tenant, unit.cases.now_ref(tenant, case_ref))
    if case is None:
        raise CaseUnknownError
    return case


def move(unit: Unit, case: Case, step: Move) -> Case:
    """Apply one move and write all that follows from it; return the case after it.

    A move that would bring somebody nearer to a person who has opted out ends the case instead.

    Raises:
        NotApplicableError: the move is not in the table; nothing is written.
    """
    change = apply(case, step)
    if step.action in _NEARER and _opted_out(unit, case):
        change = apply(case, Move(Action.OPT_OUT, step.at, step.actor, roster=step.roster))
    record(unit, change, step.at, before=case)
    promote_joined(unit, change.case, step)
    return change.case


def record(unit: Unit, change: Change, at: datetime, before: Case | None) -> None:
    """Write the case, its events (outbox and history) and its messages."""
    case = change.case
    unit.cases.save(case, before)
    if before is not None and before.supporter not in (None, case.supporter):
        _take_back(unit, before, at)
    first = case.seq - len(change.told) + 1
    for seq, told in enumerate(change.told, first):
        unit.outbox.add(case.tenant, case.case_ref, seq, _body(change, told, seq, at), at)
        line = Line(at, Sort.EVENT, told.event, told.reason, change.actor)
        unit.history.add(case.tenant, case.case_ref, line)
    queue(unit, change)


def _take_back(unit: Unit, before: Case, at: datetime) -> None:
    """A message waits in a supporter's name: it never goes out in that of the next one."""
    recipient = before.person_key
    if recipient is None:
        return
    for kind, number in product(TO_PERSON, range(1, before.round + 1)):
        message = Message(kind, recipient, number, 0, at)
        if unit.messages.remove(key_of(before.tenant, before.case_ref, message, CHANNEL)):
            line = Line(at, Sort.NOT_SENT, kind, NotSent.NOT_CONFIRMED, recipient=recipient)
            unit.history.add(before.tenant, before.case_ref, line)


def queue(unit: Unit, change: Change) -> None:
    """Queue the messages of a change."""
    case = change.case
    for message in change.messages:
        key = key_of(case.tenant, case.case_ref, message, CHANNEL)
        unit.messages.add(key, message.due_at, message.reason)


def tell(
    unit: Unit, case: Case, step: Move, kind: MessageKind, recipients: Iterable[str | None]
) -> Case:
    """Queue a message that no transition asks for, and write the case's message count."""
    draft = Draft(case, case, step).tell(kind, recipients, step.reason)
    unit.cases.save(draft.case, case)
    queue(unit, Change(draft.case, (), draft.messages))
    return draft.case


def keys_of(unit: Unit, tenant: str, person_id: str | None, person_ref: str | None) -> set[str]:
    """Return every key under which cases of the person may be filed."""
    keys = {key for key in (person_id, person_ref) if key is not None}
    if person_id is not None:
        keys |= set(unit.directory.refs_of(tenant, person_id))
    return keys


def is_blocked(unit: Unit, case: Case) -> bool:
    """Say whether the person has another open case or never wants to be asked."""
    keys = keys_of(unit, case.tenant, case.person_id, case.subject.person_ref)
    other = unit.cases.open_of_person(case.tenant, keys, besides=case.case_ref)
    return other is not None or _opted_out(unit, case)


def _opted_out(unit: Unit, case: Case) -> bool:
    keys = keys_of(unit, case.tenant, case.person_id, case.subject.person_ref)
    return unit.directory.opted_out(case.tenant, keys)


def promote_joined(unit: Unit, case: Case, step: Move) -> None:
    """When an open case ends without outreach, its most urgent joined case opens."""
    ended = case.state is State.CLOSED and case.code in _PROMOTING
    if not ended or case.person_key is None:
        return
    joined = unit.cases.joined_of_person(case.tenant, case.person_key)
    if joined is None or is_blocked(unit, joined):
        return
    follow = Move(Action.PROMOTE, step.at, roster=step.roster)
    record(unit, apply(joined, follow), step.at, before=joined)


def resolved(case: Case, person: Person) -> Case:
    """Return the case with its directory person and the clocks of their time zone."""
    zone, quiet = person.zone or case.plan.zone, person.quiet or case.plan.quiet
    reach_by = contact_by(case.respond_by, quiet, zone)
    timers = dict(case.timers)
    if TimerKind.CONTACT_BY in timers:
        timers[TimerKind.CONTACT_BY] = reach_by
    return replace(
        case,
        person_id=person.person_id,
        zone=zone,
        quiet=quiet,
        contact_by=reach_by,
        timers=timers,
    )


def _body(change: Change, told: Told, seq: int, at: datetime) -> str:
    case = change.case
    event = OutreachCaseEvent(
        case_ref=case.case_ref,
        tenant=case.tenant,
        seq=seq,
        at=at,
        event=told.event,
        reason=told.reason,
        tier=case.tier,
        priority=case.priority,
        respond_by=case.respond_by,
        subject_kind=case.subject.kind,
        origin=case.origin,
        role_group=case.subject.role,
        unit_id=case.subject.unit_id if case.plan.unit_in_events else None,
        actor_role=change.actor.role,
    )
    return event.to_json().decode()

"""How a case opens: the first row of the transition table, with all that may stand in its way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.notifier.domain.apply import begin
from services.notifier.domain.case import (
    NOBODY,
    SYSTEM,
    Actor,
    Case,
    Change,
    Roster,
    Told,
    subject_of,
)
from services.notifier.domain.clocks import contact_by
from services.notifier.domain.move import Move
from services.notifier.domain.plan import NIGHT, Plan, QuietHours
from services.notifier.domain.states import Action, AttentionCode, ClosingCode, State
from shared.contracts.outreach_requested import OutreachRequested
from shared.contracts.words import CaseEvent, Origin, RequestAction, SubjectKind

_LOCAL_TIER = 1


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a request arrives.

    `person_id` is None while the directory does not know the person; `zone` and `quiet` are theirs
    or the tenant's. `last_touch_at` is the last contact with, or decline of, the person.
    `other_open` is the person's open case. `already_confirmed`: a human asked for this case.
    """

    at: datetime
    plan: Plan
    roster: Roster = NOBODY
    person_id: str | None = None
    zone: str = "UTC"
    quiet: QuietHours = NIGHT
    opted_out: bool = False
    last_touch_at: datetime | None = None
    other_open: UUID | None = None
    actor: Actor = SYSTEM
    origin: Origin = Origin.REPORT
    already_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class _Start:
    state: State
    code: str | None
    told: tuple[Told, ...]


def open_case(request: OutreachRequested, situation: Situation) -> Change:
    """Return the opened (or at once closed) case with its first events and messages."""
    start = _start(request, situation)
    plan = situation.plan
    case = Case(
        tenant=request.tenant,
        case_ref=request.case_ref,
        subject=subject_of(request),
        state=start.state,
        code=start.code,
        tier=request.tier,
        priority=request.priority,
        opened_at=situation.at,
        respond_by=request.respond_by,
        contact_by=contact_by(request.respond_by, situation.quiet, situation.zone),
        plan=plan,
        origin=situation.origin,
        criteria=request.criteria,
        follow_up=request.follow_up,
        group_support=request.group_support,
        confirm=_human_needed(request, situation),
        exclude=request.exclude,
        zone=situation.zone,
        quiet=situation.quiet,
        person_id=situation.person_id,
    )
    move = Move(Action.RAISE, situation.at, situation.actor, roster=situation.roster)
    return begin(case, move, Told(CaseEvent.OPENED, request.code), *start.told)


def _start(request: OutreachRequested, situation: Situation) -> _Start:
    if request.action is RequestAction.WITHDRAW:
        return _closed(ClosingCode.WITHDRAWN, Told(CaseEvent.WITHDRAWN))
    if subject_of(request).kind is SubjectKind.TEAM:
        return _Start(State.ATTENTION, AttentionCode.ASK_UNIT, ())
    return _end(request, situation) or _attention(situation) or _go(request, situation)


def _end(request: OutreachRequested, situation: Situation) -> _Start | None:
    if situation.opted_out:
        return _closed(ClosingCode.OPTED_OUT)
    if request.tier <= _LOCAL_TIER:
        return _Start(State.CLOSED, ClosingCode.COMPLETED, (Told(CaseEvent.CLOSED, "local_check"),))
    if situation.other_open is not None:
        return _closed(ClosingCode.JOINED_OPEN_CASE)
    return None


def _attention(situation: Situation) -> _Start | None:
    if situation.person_id is None:
        return _Start(State.ATTENTION, AttentionCode.UNRESOLVED, ())
    last = situation.last_touch_at
    recent = last is not None and situation.at - last < situation.plan.recent_contact
    if recent and not situation.already_confirmed:
        return _Start(State.ATTENTION, AttentionCode.RECENT_CONTACT, ())
    return None


def _go(request: OutreachRequested, situation: Situation) -> _Start:
    window = situation.plan.confirm_window.of(request.priority)
    at_once = window <= timedelta() and not _human_needed(request, situation)
    if situation.already_confirmed or at_once:
        return _Start(State.SEARCHING, None, (Told(CaseEvent.CONFIRMED),))
    return _Start(State.PROPOSED, None, ())


def _human_needed(request: OutreachRequested, situation: Situation) -> bool:
    if situation.already_confirmed:
        return False
    return situation.plan.human_must_confirm(request, situation.at)


def _closed(code: ClosingCode, *before: Told) -> _Start:
    return _Start(State.CLOSED, code, (*before, Told(CaseEvent.CLOSED, code)))

"""The lists of cases: one line each, without a name."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notifier.console import words
from services.notifier.console.clocks import Clock, next_clock
from services.notifier.domain.case import Case
from services.notifier.domain.states import State
from shared.contracts.words import SubjectKind


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case in a list; `number` is the short form of its reference."""

    case_ref: UUID
    number: str
    state: str
    why: str
    who: str
    priority: str
    needs_human: bool
    clock: Clock | None


def line(case: Case, zone: str, now: datetime) -> CaseLine:
    """Return a case as one line; times in the viewer's zone."""
    return CaseLine(
        case_ref=case.case_ref,
        number=number(case.case_ref),
        state=words.say(words.STATES, case.state),
        why=why(case),
        who=who(case),
        priority=words.say(words.PRIORITIES, case.priority),
        needs_human=case.state is State.ATTENTION,
        clock=next_clock(case, zone, now),
    )


def number(case_ref: UUID) -> str:
    """Return what people call a case on the telephone."""
    return str(case_ref)[:8].upper()


def why(case: Case) -> str:
    """Return why a human is needed, or why the case is closed."""
    if case.state is State.ATTENTION:
        return words.say(words.ATTENTION, case.code)
    return words.say(words.CLOSINGS, case.code) if case.state is State.CLOSED else ""


def who(case: Case) -> str:
    """Return role and place, never a name."""
    place = case.subject.unit_id or case.subject.campus
    if case.subject.kind is SubjectKind.TEAM:
        kind = "Team"
    else:
        kind = words.say(words.STAFF, case.subject.role).capitalize() or "Colleague"
    return f"{kind}, {place}" if place else kind

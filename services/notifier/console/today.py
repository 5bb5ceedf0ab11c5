"""The lists of cases: one line each, without a name."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.notifier.console import words
from services.notifier.console.clocks import Clock, next_clock
from services.notifier.domain.case import Case
from services.notifier.domain.states import AttentionCode, State
from shared.contracts.words import SubjectKind

_ELSEWHERE: Final = "With the coordinators"


class Face(StrEnum):
    """As whom somebody looks at a case."""

    LEAD = "lead"
    SUPPORTER = "supporter"
    ASKED = "asked"  # role and unit could tell who it is, so they come with the name


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


def line(case: Case, zone: str, now: datetime, face: Face = Face.LEAD) -> CaseLine:
    """Return a case as one line; times in the viewer's zone."""
    is_mine = face is Face.LEAD or case.code == AttentionCode.ASK_SUPPORTER
    waits = case.state is State.ATTENTION
    return CaseLine(
        case_ref=case.case_ref,
        number=number(case.case_ref),
        state=_ELSEWHERE if waits and not is_mine else words.say(words.STATES, case.state),
        why=why(case) if is_mine or not waits else "",
        who="A colleague" if face is Face.ASKED else who(case),
        priority=words.say(words.PRIORITIES, case.priority),
        needs_human=waits and is_mine,
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
        kind = words.role(case.subject.role) or "Colleague"
    return f"{kind}, {place}" if place else kind

"""A case: one person (or one team) and one occurrence, and what is sent and told about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.notifier.domain.plan import NIGHT, Plan, QuietHours, Step
from services.notifier.domain.states import MessageKind, State, TimerKind
from shared.contracts.outreach_requested import OutreachRequested
from shared.contracts.words import (
    ActorRole,
    CaseEvent,
    Family,
    FollowUp,
    Origin,
    Priority,
    StaffRole,
    SubjectKind,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom the offer is for; a team's window is shown to the coordinator only."""

    kind: SubjectKind
    person_ref: str | None = None
    role: StaffRole | None = None
    unit_id: str | None = None
    campus: str | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    headcount: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a decision about the case depends on; `plan` is a copy made at opening.

    `person_id` is the directory person once resolved. `asked` waits for an answer, `was_asked`
    kept silent, `refused` said no. `contacts` counts unanswered contacts of this round. `taken_at`
    set means respond_by is met.
    `zone` and `quiet` are the person's, else the tenant's. `touched_at` is the last contact or
    decline. Times are UTC.
    """

    tenant: str
    case_ref: UUID
    subject: Subject
    state: State
    tier: int
    priority: Priority
    opened_at: datetime
    respond_by: datetime
    contact_by: datetime
    plan: Plan
    code: str | None = None
    origin: Origin = Origin.REPORT
    criteria: tuple[Family, ...] = ()
    follow_up: FollowUp = FollowUp.STANDARD
    group_support: bool = False
    confirm: bool = False
    exclude: tuple[str, ...] = ()
    zone: str = "UTC"
    quiet: QuietHours = NIGHT
    person_id: str | None = None
    round: int = 1
    step: Step = Step.BEST
    asked: tuple[str, ...] = ()
    was_asked: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    supporter: str | None = None
    owner: str | None = None
    taken_at: datetime | None = None
    touched_at: datetime | None = None
    begun: bool = False
    contacts: int = 0
    postponed: bool = False
    uncertain: bool = False
    check_ins: tuple[datetime, ...] = ()
    timers: Mapping[TimerKind, datetime] = field(default_factory=dict)
    seq: int = 0
    messages: int = 0
    coordinators_asked: int = 0
    attention_count: int = 0

    @property
    def is_open(self) -> bool:
        """Whether anything may still happen by itself."""
        return self.state is not State.CLOSED

    @property
    def person_key(self) -> str | None:
        """Return what the second guard is unique on; None for a team."""
        return self.person_id or self.subject.person_ref


@dataclass(frozen=True, slots=True)
class Actor:
    """Who moves a case: a role and, for humans, the directory person."""

    role: ActorRole = ActorRole.SYSTEM
    ref: str | None = None


SYSTEM = Actor()


@dataclass(frozen=True, slots=True)
class Roster:
    """The directory ids of those who are told, in the order in which they are asked."""

    coordinators: tuple[str, ...] = ()
    programme_leads: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Return coordinators and programme leads, each once."""
        return tuple(dict.fromkeys((*self.coordinators, *self.programme_leads)))

    def without(self, person_id: str | None) -> "Roster":
        """Return who is told of a case about `person_id`: nobody learns of their own from here."""
        coordinators = tuple(one for one in self.coordinators if one != person_id)
        leads = tuple(one for one in self.programme_leads if one != person_id)
        return Roster(coordinators or leads, leads or coordinators)


NOBODY = Roster()


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one recipient, to be sent when `due_at` has come.

    `number` is 0 for the affected person and counts 1…n per case for everybody else, so that the
    key of an attempt says which message it was.
    """

    kind: MessageKind
    recipient: str
    round: int
    number: int
    due_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One event of `outreach.case.v1` before it has its sequence number."""

    event: CaseEvent
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one move did: the case after it, the events in order, the messages to send."""

    case: Case
    told: tuple[Told, ...] = ()
    messages: tuple[Message, ...] = ()
    actor: Actor = SYSTEM


def subject_of(request: OutreachRequested) -> Subject:
    """Return the subject of a request without what a case need not keep (`sealed`)."""
    who = request.subject
    if who.kind == "person":
        return Subject(SubjectKind.PERSON, who.person_ref, who.role, who.unit_id)
    return Subject(
        SubjectKind.TEAM,
        unit_id=who.unit_id,
        campus=who.campus,
        earliest=who.earliest,
        latest=who.latest,
        headcount=who.headcount,
    )

"""The plan that is frozen into a case when it opens: waits, quiet hours, limits, check-ins.

All durations are defaults of outreach.md section 4 (judgement) and are set per tenant; edits act
on later cases only.
"""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum

from shared.contracts.outreach_requested import OutreachRequested
from shared.contracts.words import FollowUp, Priority


class Step(IntEnum):
    """The supporters' chain, climbed in this order."""

    BEST = 1
    NEXT_BEST = 2
    ALL = 3
    COORDINATOR = 4
    PROGRAMME_LEAD = 5


class Department(StrEnum):
    """Whether a supporter should come from the person's own department; sources conflict."""

    ANY = "any"
    SAME = "same"
    OTHER = "other"


class Preference(StrEnum):
    """What makes one supporter fit better than another; a tenant orders them."""

    ROLE_GROUP = "role_group"
    DEPARTMENT = "department"
    FEWEST_OPEN = "fewest_open"
    LONGEST_SINCE = "longest_since"


@dataclass(frozen=True, slots=True)
class Waits:
    """One duration per priority."""

    urgent: timedelta
    high: timedelta
    routine: timedelta

    def of(self, priority: Priority) -> timedelta:
        """Return the wait of `priority`; no priority waits like routine."""
        if priority is Priority.URGENT:
            return self.urgent
        return self.high if priority is Priority.HIGH else self.routine


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local times between which nothing is sent to the affected person; may span midnight."""

    start: time = time(21)
    end: time = time(7)


NIGHT = QuietHours()


def _hours(urgent: float, high: float, routine: float) -> Waits:
    return Waits(timedelta(hours=urgent), timedelta(hours=high), timedelta(hours=routine))


@dataclass(frozen=True, slots=True)
class Plan:
    """How one case is worked; `human_confirms` lists priorities whose window is `never`."""

    version: str = "default-1"
    confirm_window: Waits = field(default_factory=lambda: _hours(0, 2, 8))
    human_confirms: tuple[Priority, ...] = ()
    confirm_next: Waits = field(default_factory=lambda: _hours(0.25, 2, 8))
    acknowledge: Waits = field(default_factory=lambda: _hours(0.25, 1, 8))
    respond: Waits = field(default_factory=lambda: _hours(4, 24, 72))
    answer: Waits = field(default_factory=lambda: _hours(24, 48, 120))
    quiet: QuietHours = NIGHT
    zone: str = "UTC"
    load_limit: int = 3
    most_contacts: int = 2
    recent_contact: timedelta = timedelta(days=14)
    overdue: timedelta = timedelta(days=7)
    missed: timedelta = timedelta(hours=48)
    missed_again: timedelta = timedelta(days=1)
    attention: timedelta = timedelta(hours=1)
    attention_most: timedelta = timedelta(days=1)
    matching: tuple[Preference, ...] = tuple(Preference)
    department: Department = Department.ANY
    exclude_risk_legal_hr: bool = False
    unit_in_events: bool = True
    check_in_days: tuple[int, ...] = (3, 14, 30)
    extended_days: tuple[int, ...] = (180,)

    def check_ins(self, follow_up: FollowUp) -> tuple[int, ...]:
        """Return the days after acceptance on which the supporter is reminded."""
        extended = follow_up is FollowUp.EXTENDED
        return self.check_in_days + (self.extended_days if extended else ())

    def human_must_confirm(self, request: OutreachRequested, at: datetime) -> bool:
        """Say whether the case may not go on by itself: asked for, `never`, or long overdue."""
        overdue = at - request.respond_by > self.overdue
        return request.confirm or overdue or request.priority in self.human_confirms

"""The people a case is worked with: directory persons, supporters and who may not be asked."""

from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.notifier.domain.plan import QuietHours
from shared.contracts.words import StaffRole


class Role(StrEnum):
    """What a directory person may do; one person may have several roles.

    `risk_legal_hr` gives no right: a tenant may keep such supporters from being asked.
    """

    STAFF = "staff"
    SUPPORTER = "supporter"
    COORDINATOR = "coordinator"
    PROGRAMME_LEAD = "programme_lead"
    RISK_LEGAL_HR = "risk_legal_hr"


@dataclass(frozen=True, slots=True)
class OnCall:
    """Weekly hours in the person's own zone: days 0 (Monday) to 6, `end` may be past midnight."""

    days: tuple[int, ...]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the directory; contact data lives only here.

    `person_id` is ours and stable; `manager` is the manager's person_id. `on_call` empty means
    always. `absent_from`/`absent_until` are UTC.
    """

    tenant: str
    person_id: str
    given_name: str
    family_name: str
    email: str
    roles: tuple[Role, ...] = (Role.STAFF,)
    language: str | None = None
    zone: str | None = None
    unit_id: str | None = None
    department: str | None = None
    role: StaffRole | None = None
    telephone: str | None = None
    manager: str | None = None
    quiet: QuietHours | None = None
    on_call: tuple[OnCall, ...] = ()
    absent_from: datetime | None = None
    absent_until: datetime | None = None
    paused: bool = False

    @property
    def name(self) -> str:
        """Return given and family name."""
        return f"{self.given_name} {self.family_name}".strip()

    def absent(self, at: datetime) -> bool:
        """Say whether the person is away at `at`; one open end means until further notice."""
        if self.absent_from is None and self.absent_until is None:
            return False
        begun = self.absent_from is None or self.absent_from <= at
        return begun and (self.absent_until is None or at < self.absent_until)

    def on_shift(self, at: datetime, zone: str) -> bool:
        """Say whether the person is on call at `at`; `zone` is the tenant's."""
        if not self.on_call:
            return True
        local = at.astimezone(ZoneInfo(self.zone or zone))
        return any(_within(hours, local) for hours in self.on_call)


def _within(hours: OnCall, local: datetime) -> bool:
    today, now = local.weekday(), local.time()
    if hours.start < hours.end:
        return today in hours.days and hours.start <= now < hours.end
    evening = today in hours.days and now >= hours.start
    morning = (today - 1) % 7 in hours.days and now < hours.end
    return evening or morning

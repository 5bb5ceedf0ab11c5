"""One thing done to a case, with all the facts its guards and effects need."""

from dataclasses import dataclass
from datetime import datetime

from services.notifier.domain.case import NOBODY, SYSTEM, Actor, Roster
from services.notifier.domain.plan import Step
from services.notifier.domain.states import Action
from shared.contracts.outreach_requested import OutreachRequested


@dataclass(frozen=True, slots=True)
class Move:
    """What is done, by whom and when (`at`, UTC).

    `supporter` is the one assigned; `asked`, `step` belong to an offer; `blocked`: the person has
    another open case or has opted out; `excluded_now` are the directory persons that `request`
    newly excludes; `next_on` is the next check-in as agreed in this one.
    """

    action: Action
    at: datetime
    actor: Actor = SYSTEM
    reason: str | None = None
    supporter: str | None = None
    asked: tuple[str, ...] = ()
    step: Step | None = None
    request: OutreachRequested | None = None
    roster: Roster = NOBODY
    blocked: bool = False
    excluded_now: frozenset[str] = frozenset()
    check_in_last: bool = False
    next_on: datetime | None = None

    def planned(self, left: tuple[datetime, ...]) -> tuple[datetime, ...]:
        """Return the check-ins to come: the one agreed now, then those planned after it."""
        agreed = self.next_on
        return left if agreed is None else (agreed, *(at for at in left if at > agreed))

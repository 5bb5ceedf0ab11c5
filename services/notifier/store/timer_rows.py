"""Timers: what falls due, claimed and cleared in the transaction that acts on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, select

from services.notifier.domain.states import TimerKind
from services.notifier.store.tables import cases, timers

_OF_CASE = (timers.c.tenant == cases.c.tenant) & (timers.c.case_ref == cases.c.case_ref)


@dataclass(frozen=True, slots=True)
class DueTimer:
    """One timer that has fallen due."""

    tenant: str
    case_ref: UUID
    kind: TimerKind
    due_at: datetime


class TimerRows:
    """Claims due timers; written by `CaseRows.save` together with the case."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def claim_due(self, at: datetime) -> DueTimer | None:
        """Delete and return the timer that has been due longest, or None.

        The deletion and what follows from it are one transaction: whoever dies in between has
        claimed nothing. The case is locked first, as everywhere else, and cases that somebody else
        holds are skipped (SQLite: one writer at a time).
        """
        due = select(timers).join(cases, _OF_CASE).where(timers.c.due_at <= at)
        due = due.order_by(timers.c.due_at).limit(1)
        while row := self._connection.execute(
            due.with_for_update(skip_locked=True, of=cases)
        ).one_or_none():
            timer = DueTimer(row.tenant, row.case_ref, TimerKind(row.kind), row.due_at)
            if self._delete(timer):
                return timer
        return None

    def _delete(self, timer: DueTimer) -> bool:
        here = and_(
            timers.c.tenant == timer.tenant,
            timers.c.case_ref == timer.case_ref,
            timers.c.kind == timer.kind,
            timers.c.due_at == timer.due_at,
        )
        return self._connection.execute(delete(timers).where(here)).rowcount == 1

    def next_due(self) -> datetime | None:
        """Return when the next timer falls due."""
        found: datetime | None = self._connection.execute(
            select(func.min(timers.c.due_at))
        ).scalar()
        return found

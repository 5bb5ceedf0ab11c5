"""Timers: what falls due, claimed and cleared in the transaction that acts on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, delete, func, select

from services.notifier.domain.states import TimerKind
from services.notifier.store.tables import timers


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
        claimed nothing. Two dispatchers never get the same row (skip locked; begin immediate).
        """
        due = select(timers).where(timers.c.due_at <= at).order_by(timers.c.due_at).limit(1)
        row = self._connection.execute(due.with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        here = and_(
            timers.c.tenant == row.tenant,
            timers.c.case_ref == row.case_ref,
            timers.c.kind == row.kind,
        )
        self._connection.execute(delete(timers).where(here))
        return DueTimer(row.tenant, row.case_ref, TimerKind(row.kind), row.due_at)

    def next_due(self) -> datetime | None:
        """Return when the next timer falls due."""
        found: datetime | None = self._connection.execute(
            select(func.min(timers.c.due_at))
        ).scalar()
        return found

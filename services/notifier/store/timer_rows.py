"""Timers: what falls due, claimed and cleared in the transaction that acts on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from services.notifier.domain.states import TimerKind
from services.notifier.store.tables import cases, timers

_OF_CASE = (timers.c.tenant == cases.c.tenant) & (timers.c.case_ref == cases.c.case_ref)

_PARTS: Final = ("tenant", "case_ref", "kind", "due_at")
_DUE: Final = (
    select(timers)
    .join(cases, _OF_CASE)
    .where(timers.c.due_at <= bindparam("now"))
    .order_by(timers.c.due_at)
    .limit(1)
    .with_for_update(skip_locked=True, of=cases)
)
_DELETE: Final = delete(timers).where(
    and_(*(timers.c[name] == bindparam(f"of_{name}") for name in _PARTS))
)


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
        while row := self._connection.execute(_DUE, {"now": at}).one_or_none():
            timer = DueTimer(row.tenant, row.case_ref, TimerKind(row.kind), row.due_at)
            if self._delete(timer):
                return timer
        return None

    def _delete(self, timer: DueTimer) -> bool:
        mine = {f"of_{name}": getattr(timer, name) for name in _PARTS}
        return self._connection.execute(_DELETE, mine).rowcount == 1

    def next_due(self) -> datetime | None:
        """Return when the next timer falls due."""
        found: datetime | None = self._connection.execute(
            select(func.min(timers.c.due_at))
        ).scalar()
        return found

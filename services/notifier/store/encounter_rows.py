"""Encounters: that a supporter and a colleague have met; no text, never what was said."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, insert, select

from services.notifier.store.tables import encounters


@dataclass(frozen=True, slots=True)
class Encounter:
    """One conversation: `mode`, `duration` and `outcome` are codes, `at` is UTC."""

    supporter: str
    at: datetime
    mode: str
    duration: str
    outcome: str
    next_on: date | None = None


class EncounterRows:
    """The encounters of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def add(self, tenant: str, case_ref: UUID, one: Encounter, recorded_at: datetime) -> None:
        """Keep one encounter."""
        values = {
            "tenant": tenant,
            "case_ref": case_ref,
            "supporter": one.supporter,
            "at": one.at,
            "recorded_at": recorded_at,
            "mode": one.mode,
            "duration": one.duration,
            "outcome": one.outcome,
            "next_on": one.next_on.isoformat() if one.next_on else None,
        }
        self._connection.execute(insert(encounters).values(**values))

    def of_case(self, tenant: str, case_ref: UUID) -> tuple[Encounter, ...]:
        """Return the encounters of a case, oldest first."""
        mine = (encounters.c.tenant == tenant) & (encounters.c.case_ref == case_ref)
        rows = self._connection.execute(select(encounters).where(mine).order_by(encounters.c.id))
        return tuple(
            Encounter(
                row.supporter,
                row.at,
                row.mode,
                row.duration,
                row.outcome,
                date.fromisoformat(row.next_on) if row.next_on else None,
            )
            for row in rows
        )

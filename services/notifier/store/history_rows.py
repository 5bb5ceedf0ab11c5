"""The history of a case: every event, every send and every non-send with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select

from services.notifier.domain.case import SYSTEM, Actor
from services.notifier.store.tables import history, views


class Sort(StrEnum):
    """What a line of the history is about."""

    EVENT = "event"
    MATCH = "match"
    SENT = "sent"
    NOT_SENT = "not_sent"
    DEFERRED = "deferred"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `name` is the event, message kind or action, `recipient` a directory person."""

    at: datetime
    sort: str
    name: str
    reason: str | None = None
    actor: Actor = SYSTEM
    recipient: str | None = None
    details: Mapping[str, Any] | None = None


class HistoryRows:
    """The history of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def add(self, tenant: str, case_ref: UUID, line: Line) -> None:
        """Append one line."""
        values = {
            "tenant": tenant,
            "case_ref": case_ref,
            "at": line.at,
            "sort": line.sort,
            "name": line.name,
            "reason": line.reason,
            "actor_role": line.actor.role,
            "actor_ref": line.actor.ref,
            "recipient_ref": line.recipient,
            "details": line.details,
        }
        self._connection.execute(insert(history), values)

    def of_case(self, tenant: str, case_ref: UUID) -> Sequence[Line]:
        """Return all lines of a case, oldest first."""
        mine = (history.c.tenant == tenant) & (history.c.case_ref == case_ref)
        rows = self._connection.execute(select(history).where(mine).order_by(history.c.id))
        return [
            Line(
                row.at,
                row.sort,
                row.name,
                row.reason,
                Actor(row.actor_role, row.actor_ref),
                row.recipient_ref,
                row.details,
            )
            for row in rows
        ]

    def viewed(self, tenant: str, case_ref: UUID, viewer: str, at: datetime) -> None:
        """Record that somebody looked at an identity."""
        values = {"tenant": tenant, "case_ref": case_ref, "viewer_ref": viewer, "at": at}
        self._connection.execute(insert(views), values)

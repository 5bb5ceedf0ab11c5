"""The outbox: events written with the change they tell of, claimed by the relay under a lease."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, insert, or_, select, update

from services.notifier.store.tables import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event to publish; `body` is the record's value."""

    id: int
    tenant: str
    case_ref: UUID
    seq: int
    body: str
    at: datetime


class OutboxRows:
    """The outbox of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def add(self, tenant: str, case_ref: UUID, seq: int, body: str, at: datetime) -> None:
        """Append an event; a sequence number used twice is refused by the unique index."""
        values = {"tenant": tenant, "case_ref": case_ref, "seq": seq, "body": body, "at": at}
        self._connection.execute(insert(outbox), values)

    def claim(self, lease: UUID, at: datetime, until: datetime, limit: int) -> list[OutboxRow]:
        """Lease the oldest waiting rows, by state, never by "id greater than last seen"."""
        free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= at)
        waiting = select(outbox.c.id).where(outbox.c.sent_at.is_(None) & free)
        waiting = waiting.order_by(outbox.c.id).limit(limit).with_for_update(skip_locked=True)
        claimed = (
            update(outbox)
            .where(outbox.c.id.in_(waiting.scalar_subquery()))
            .values(lease=lease, lease_until=until)
            .returning(*(outbox.c[name] for name in OutboxRow.__slots__))
        )
        rows = self._connection.execute(claimed).all()
        return sorted((OutboxRow(*row) for row in rows), key=lambda row: row.id)

    def mark_sent(self, lease: UUID, ids: Sequence[int], at: datetime) -> None:
        """Kafka has the rows; a lease that has been taken over marks nothing."""
        mine = outbox.c.id.in_(ids) & (outbox.c.lease == lease)
        self._connection.execute(update(outbox).where(mine).values(sent_at=at))

    def release(self, lease: UUID) -> None:
        """Give back what could not be published."""
        mine = (outbox.c.lease == lease) & outbox.c.sent_at.is_(None)
        self._connection.execute(update(outbox).where(mine).values(lease_until=None))

    def waiting(self) -> int:
        """Return how many events are not yet published."""
        unsent = select(func.count()).select_from(outbox).where(outbox.c.sent_at.is_(None))
        return self._connection.execute(unsent).scalar_one()

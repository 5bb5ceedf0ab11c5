"""What has been read from Kafka: positions, applied requests, poison by its coordinates."""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Connection, func, select

from services.notifier.store.tables import inbox, position, refused
from services.notifier.store.upsert import insert_new, put

Place: TypeAlias = tuple[UUID, int, int]  # topic id, partition, offset


class InboxRows:
    """The inbox of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def next_offset(self, topic_id: UUID, partition: int) -> int | None:
        """Return the first offset not yet applied, None for a topic never read."""
        here = (position.c.topic_id == topic_id) & (position.c.partition == partition)
        return self._connection.execute(select(position.c.next_offset).where(here)).scalar()

    def move_to(self, topic_id: UUID, partition: int, next_offset: int) -> None:
        """Remember how far the partition has been applied."""
        values = {"topic_id": topic_id, "partition": partition, "next_offset": next_offset}
        put(self._connection, position, values)

    def first_time(self, tenant: str, request_id: UUID, case_ref: UUID, at: datetime) -> bool:
        """Record the request; False when it has been applied before."""
        values = {
            "tenant": tenant,
            "request_id": request_id,
            "case_ref": case_ref,
            "received_at": at,
        }
        return insert_new(self._connection, inbox, values)

    def refuse(self, place: Place, code: str, pointer: str | None, at: datetime) -> None:
        """Record a record that cannot be read, never what it holds."""
        topic_id, partition, offset = place
        values = {"topic_id": topic_id, "partition": partition, "offset": offset}
        told = {"code": code, "pointer": pointer, "at": at}
        insert_new(self._connection, refused, values | told)

    def refused_count(self) -> int:
        """Return how many records were refused."""
        return self._connection.execute(select(func.count()).select_from(refused)).scalar_one()

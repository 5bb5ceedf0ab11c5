"""The status store in SQL, beside the data keys: SQLite or PostgreSQL."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Engine,
    Index,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    Uuid,
    delete,
    func,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from services.intake.keystore.batches import batches
from services.intake.keystore.schema import prepare_tables, translated, writing
from services.intake.status.store import Place, Rejection, State, Status, Viewer
from shared.contracts.words import QualityFlag, RejectionCode

SCHEMA_VERSION: Final = 1
_COMPONENT: Final = "status"
_JOINT: Final = ","  # no slug and no flag has one
_CODE_LENGTH: Final = 512
# PostgreSQL's integer. A body of that size was declared, never sent: a megabyte more tells nothing.
_LARGEST_SIZE: Final = 2**31 - 1

_metadata = MetaData()
_status = Table(
    "intake_status",
    _metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("systems", Text, nullable=False),
    Column("state", String(20), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("incident_key", String(_CODE_LENGTH), nullable=True),
    Column("content_hash", String(80), nullable=True),
    Column("flags", String(1000), nullable=False),
    Column("code", String(40), nullable=True),
    Column("pointer", String(_CODE_LENGTH), nullable=True),
    Index("intake_status_received", "received_at"),
)
_rejection = Table(
    "intake_rejection",
    _metadata,
    Column("rejected_id", Uuid, primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("systems", Text, nullable=False),
    Column("code", String(40), nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("noted_at", DateTime(timezone=True), nullable=False),
    Column("place", Integer, nullable=False),
    Column("pointer", String(_CODE_LENGTH), nullable=True),
    Column("event_id", Uuid, nullable=True),
    Column("raw_sha256", String(80), nullable=True),
    Column("size_bytes", Integer, nullable=True),
    Index("intake_rejection_noted", "tenant", "noted_at", "rejected_id"),
)


class SqlStatusStore:
    """`StatusStore` on two tables of the key store's database."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine of the key store's `open_engine`; no connection is made yet."""
        self._engine = engine

    def prepare(self) -> None:
        """Create the tables where they are missing; raises as `prepare_tables` does."""
        prepare_tables(self._engine, _metadata, _COMPONENT, SCHEMA_VERSION)

    def announce(self, statuses: Sequence[Status]) -> None:
        """Note reports as received, unless they are known."""
        if not statuses:
            return
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # What this loses in a crash, the normaliser notes again.
                connection.execute(text("set local synchronous_commit = off"))
            insert = _insert(connection, _status).on_conflict_do_nothing()
            connection.execute(insert, _ordered(map(_status_row, statuses), "event_id"))

    def settle(self, statuses: Sequence[Status], rejections: Sequence[Rejection]) -> None:
        """Note what became of reports."""
        if not statuses and not rejections:
            return
        with writing(self._engine) as connection:
            if statuses:
                rows = _ordered(map(_status_row, statuses), "event_id")
                connection.execute(_settling(connection), rows)
            if rejections:
                rows = _ordered(map(_rejection_row, rejections), "rejected_id")
                # The first time counts: a reader's place must not move.
                insert = _insert(connection, _rejection).on_conflict_do_nothing()
                connection.execute(insert, rows)

    def erase(self, event_ids: Collection[UUID]) -> None:
        """Note reports as erased that were only received."""
        for some in batches(event_ids):
            erased = (
                update(_status)
                .where(_status.c.event_id.in_(some))
                .where(_status.c.state == State.RECEIVED.value)
                .values(state=State.ERASED.value)
            )
            with writing(self._engine) as connection:
                connection.execute(erased)

    def find(self, viewer: Viewer, event_id: UUID) -> Status | None:
        """Return the status where the viewer may see it."""
        wanted = select(_status).where(
            _status.c.event_id == event_id, _status.c.tenant == viewer.tenant
        )
        with translated(), self._engine.connect() as connection:
            row = connection.execute(wanted).one_or_none()
        found = None if row is None else _status_of(row)
        return found if found is not None and viewer.may_see(found.systems) else None

    def known(self, event_ids: Collection[UUID]) -> Mapping[UUID, Status]:
        """Return what is known of each."""
        found: dict[UUID, Status] = {}
        with translated(), self._engine.connect() as connection:
            for some in batches(event_ids):
                wanted = select(_status).where(_status.c.event_id.in_(some))
                found |= {row.event_id: _status_of(row) for row in connection.execute(wanted)}
        return found

    def rejections(
        self, viewer: Viewer, after: Place, until: datetime, most: int
    ) -> tuple[Rejection, ...]:
        """Return one page."""
        columns = _rejection.c
        with translated(), self._engine.connect() as connection:
            known = select(columns.systems).where(columns.tenant == viewer.tenant).distinct()
            texts = connection.execute(known).scalars()
            own = [text for text in texts if viewer.may_see(text.split(_JOINT))]
            place = tuple_(columns.noted_at, columns.rejected_id)
            wanted = (
                select(_rejection)
                .where(
                    columns.tenant == viewer.tenant,
                    columns.systems.in_(own),
                    place > tuple_(*_bound(after)),
                    columns.noted_at < until,
                )
                .order_by(columns.noted_at, columns.rejected_id)
                .limit(most)
            )
            return tuple(_rejection_of(row) for row in connection.execute(wanted))

    def prune(self, before: datetime) -> int:
        """Forget old rows."""
        with writing(self._engine) as connection:
            return sum(
                connection.execute(delete(table).where(table.c.received_at < before)).rowcount
                for table in (_status, _rejection)
            )


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def _settling(connection: Connection) -> sqlite.Insert | postgresql.Insert:
    insert = _insert(connection, _status)
    changed: dict[str, ColumnElement[Any]] = {
        column.name: insert.excluded[column.name]
        for column in _status.columns
        if not column.primary_key
    }
    # An event_id that comes again is a duplicate for triage: what it first stood for is in force.
    changed["content_hash"] = func.coalesce(_status.c.content_hash, insert.excluded["content_hash"])
    return insert.on_conflict_do_update(index_elements=[_status.c.event_id], set_=changed)


def _bound(place: Place) -> tuple[Any, Any]:
    # Typed like the columns, so that each dialect writes moments and ids as it stores them.
    return (
        literal(place.noted_at, _rejection.c.noted_at.type),
        literal(place.rejected_id, _rejection.c.rejected_id.type),
    )


def _ordered(rows: Iterable[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    # One row per key, and always in the same order: two writers must not wait for each other.
    unique = {row[key]: row for row in rows}
    return [unique[name] for name in sorted(unique)]


def _status_row(status: Status) -> dict[str, Any]:
    return {
        "event_id": status.event_id,
        "tenant": status.tenant,
        "systems": _JOINT.join(sorted(status.systems)),
        "state": status.state.value,
        "received_at": status.received_at,
        "incident_key": status.incident_key,
        "content_hash": status.content_hash,
        "flags": _JOINT.join(status.flags),
        "code": status.code,
        "pointer": status.pointer,
    }


def _rejection_row(rejection: Rejection) -> dict[str, Any]:
    return {
        "rejected_id": rejection.rejected_id,
        "tenant": rejection.tenant,
        "systems": _JOINT.join(sorted(rejection.systems)),
        "code": rejection.code.value,
        "received_at": rejection.received_at,
        "noted_at": rejection.noted_at,
        "place": rejection.index,
        "pointer": rejection.pointer,
        "event_id": rejection.event_id,
        "raw_sha256": rejection.raw_sha256,
        "size_bytes": _size(rejection.size_bytes),
    }


def _status_of(row: Row[Any]) -> Status:
    return Status(
        event_id=row.event_id,
        tenant=row.tenant,
        systems=tuple(row.systems.split(_JOINT)),
        state=State(row.state),
        received_at=_moment(row.received_at),
        incident_key=row.incident_key,
        content_hash=row.content_hash,
        flags=tuple(QualityFlag(flag) for flag in row.flags.split(_JOINT) if flag),
        code=None if row.code is None else RejectionCode(row.code),
        pointer=row.pointer,
    )


def _rejection_of(row: Row[Any]) -> Rejection:
    return Rejection(
        rejected_id=row.rejected_id,
        tenant=row.tenant,
        systems=tuple(row.systems.split(_JOINT)),
        code=RejectionCode(row.code),
        received_at=_moment(row.received_at),
        noted_at=_moment(row.noted_at),
        index=row.place,
        pointer=row.pointer,
        event_id=row.event_id,
        raw_sha256=row.raw_sha256,
        size_bytes=row.size_bytes,
    )


def _size(size_bytes: int | None) -> int | None:
    return None if size_bytes is None else min(size_bytes, _LARGEST_SIZE)


def _moment(stored: datetime) -> datetime:
    # SQLite drops the zone; every moment in these tables is UTC.
    return stored.replace(tzinfo=stored.tzinfo or UTC)

"""The key store in SQL: SQLite in WAL mode by default, PostgreSQL by URL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Uuid,
    create_engine,
    event,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url

from services.intake.keystore.batches import batches
from services.intake.keystore.cipher import StoredKey
from services.intake.keystore.errors import ErasedKeyLingersError
from services.intake.keystore.schema import SCHEMA, prepare_tables, translated, writing
from services.intake.keystore.store import Erased, Found
from shared.clock import Clock

SCHEMA_VERSION: Final = 1
PATIENCE_SECONDS: Final = 3

_metadata = MetaData()
# `wrapped` is null once the key is erased; the row that stays is the tombstone.
_data_key = Table(
    "intake_data_key",
    _metadata,
    Column("key_id", Uuid, primary_key=True),
    Column("tenant", String(63), nullable=False),
    Column("wrapped", LargeBinary, nullable=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("erased_at", DateTime(timezone=True), nullable=True),
)
_COMPONENT: Final = "keystore"


def open_engine(url: str, password: str | None = None) -> Engine:
    """Return an engine for `url` whose commits are durable and whose waits are short (3 s)."""
    if make_url(url).get_backend_name() != "sqlite":
        address = make_url(url) if password is None else make_url(url).set(password=password)
        options = f"-c statement_timeout={PATIENCE_SECONDS * 1000} -c synchronous_commit=on"
        arguments = {"connect_timeout": PATIENCE_SECONDS, "options": options}
        return create_engine(
            address, connect_args=arguments, pool_timeout=PATIENCE_SECONDS, pool_pre_ping=True
        )
    engine = create_engine(
        url, connect_args={"timeout": PATIENCE_SECONDS}, pool_timeout=PATIENCE_SECONDS
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


class _SqliteConnection(Protocol):
    def execute(self, statement: str) -> object: ...


def _prepare_sqlite(connection: _SqliteConnection, _record: object) -> None:
    # FULL: a commit has reached the disk; secure_delete: an erased key is overwritten in its page.
    for setting in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")


class SqlKeyStore:
    """`KeyStore` on one table; `created_at` and `erased_at` are this program's clock, in UTC."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        """Take an engine of `open_engine`; no connection is made yet."""
        self._engine = engine
        self._clock = clock

    def prepare(self) -> None:
        """Create the tables where they are missing; safe for several processes at once.

        Raises:
            KeyStoreSchemaError: they are there in another version.
            KeyStoreUnavailableError: the database does not answer.
        """
        prepare_tables(self._engine, _metadata, _COMPONENT, SCHEMA_VERSION)

    def put(self, keys: Sequence[StoredKey]) -> None:
        """Store all keys in one durable commit."""
        if not keys:
            return
        now = self._clock.now()
        rows = [
            {"key_id": k.key_id, "tenant": k.tenant, "wrapped": k.wrapped, "created_at": now}
            for k in keys
        ]
        with writing(self._engine) as connection:
            connection.execute(insert(_data_key), rows)

    def find(self, key_ids: Collection[UUID]) -> Mapping[UUID, Found]:
        """Return the keys and tombstones among `key_ids`."""
        found: dict[UUID, Found] = {}
        with translated(), self._engine.connect() as connection:
            for some in batches(key_ids):
                wanted = select(_data_key).where(_data_key.c.key_id.in_(some))
                found |= {row.key_id: _found(row) for row in connection.execute(wanted)}
        return found

    def erase(self, key_ids: Collection[UUID]) -> int:
        """Replace the keys by tombstones, 500 in a commit; return how many were still there."""
        erased = sum(self._erase(some) for some in batches(key_ids))
        if self._engine.dialect.name == "sqlite":
            self._empty_log()
        return erased

    def _erase(self, key_ids: Sequence[UUID]) -> int:
        tombstones = (
            update(_data_key)
            .where(_data_key.c.key_id.in_(key_ids), _data_key.c.wrapped.is_not(None))
            .values(wrapped=None, erased_at=self._clock.now())
        )
        with writing(self._engine) as connection:
            return connection.execute(tombstones).rowcount

    def _empty_log(self) -> None:
        # Otherwise the key would lie readable in the write-ahead log until it is reused. SQLite
        # itself waits for readers, as long as for locks, and then says in the first column that
        # one is in the way.
        with translated(), self._engine.connect() as connection:
            is_busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
        if is_busy:
            raise ErasedKeyLingersError

    def probe(self) -> None:
        """Write the time of this probe: the store is writable."""
        own = SCHEMA.c.component == _COMPONENT
        with writing(self._engine) as connection:
            connection.execute(update(SCHEMA).where(own).values(probed_at=self._clock.now()))


def _found(row: Row[Any]) -> Found:
    if row.wrapped is not None:
        return StoredKey(row.key_id, row.tenant, bytes(row.wrapped))
    # SQLite drops the zone; every moment in this table is UTC.
    return Erased(row.key_id, row.erased_at.replace(tzinfo=row.erased_at.tzinfo or UTC))


def sqlite_file(url: str) -> Path | None:
    """Return the file of the SQLite database that `url` names, None for any other database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)

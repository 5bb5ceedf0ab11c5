"""Opens the database: SQLite by default (WAL, `begin immediate`), PostgreSQL by URL."""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.pool import StaticPool

from services.notifier.store.unit import Unit

_BUSY_SECONDS = 30
# What a loop waits out in place: the server is away, restarting, locked, or broke a deadlock.
SQL_DOWN: Final = (OperationalError, InterfaceError)


def open_engine(url: str, password: str | None = None) -> Engine:
    """Return an engine for a SQLAlchemy URL; `postgresql://` means the psycopg driver.

    `password`, where given, is the one of the URL's user.
    """
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        return _sqlite(url, in_memory=target.database in (None, "", ":memory:"))
    if target.drivername == "postgresql":
        target = target.set(drivername="postgresql+psycopg")
    if password is not None:
        target = target.set(password=password)
    return create_engine(target, pool_pre_ping=True)


def _sqlite(url: str, *, in_memory: bool) -> Engine:
    settings: dict[str, Any] = {"connect_args": {"timeout": _BUSY_SECONDS}}
    if in_memory:
        settings["poolclass"] = StaticPool
        settings["connect_args"]["check_same_thread"] = False
    engine = create_engine(url, **settings)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, see _on_begin
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    # Immediate: a reader that becomes a writer would fail instead of waiting.
    read_only = connection.get_execution_options().get("peerline_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


class Store:
    """Hands out units of work; safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        """Keep the engine; nothing is read or created."""
        self.engine = engine
        # SQLite's own waiting sleeps up to 100 ms at a time; our threads queue instead.
        in_file = engine.dialect.name == "sqlite" and not isinstance(engine.pool, StaticPool)
        self._writers: AbstractContextManager[object] = Lock() if in_file else nullcontext()

    @contextmanager
    def begin(self) -> Iterator[Unit]:
        """Open one transaction: committed at the end, rolled back when anything is raised."""
        with self._writers, self.engine.begin() as connection:
            yield Unit(connection)

    @contextmanager
    def read(self) -> Iterator[Unit]:
        """Open one reading transaction; it takes no lock that a writer would wait for."""
        with self.engine.connect() as connection:
            quiet = connection.execution_options(peerline_read_only=True)
            with quiet.begin():
                yield Unit(quiet)

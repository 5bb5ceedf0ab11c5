"""The tables of intake's database and their versions: made where missing, never guessed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, String, Table, insert, select
from sqlalchemy import text as sql
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateIndex, CreateTable

from services.intake.keystore.errors import KeyStoreSchemaError, KeyStoreUnavailableError

_SCHEMA_LOCK: Final = 7_305_001  # any number that no other lock of this database uses

# One row per component: each part of intake that has tables counts its own versions.
SCHEMA: Final = Table(
    "intake_schema",
    MetaData(),
    Column("component", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("probed_at", DateTime(timezone=True), nullable=True),
)


def prepare_tables(engine: Engine, tables: MetaData, component: str, version: int) -> None:
    """Create the tables of a component where they are missing; safe for several processes at once.

    Raises:
        KeyStoreSchemaError: they are there in another version.
        KeyStoreUnavailableError: the database does not answer.
    """
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sql(f"select pg_advisory_xact_lock({_SCHEMA_LOCK})"))
        for table in (SCHEMA, *tables.sorted_tables):
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))
        found = _claim_version(connection, component, version)
    if found != version:
        raise KeyStoreSchemaError(component, found, version)


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open one transaction, committed at the end of the block; errors as the key store's own."""
    with translated(), engine.begin() as connection:
        yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Turn any error of the database into KeyStoreUnavailableError, without its text."""
    try:
        yield
    except SQLAlchemyError as error:
        raise KeyStoreUnavailableError(error) from None


def _claim_version(connection: Connection, component: str, version: int) -> int:
    if connection.dialect.name == "sqlite":
        # A write first: SQLite lets one process in, the other waits and then finds the row.
        connection.execute(sql("update intake_schema set version = version"))
    wanted = select(SCHEMA.c.version).where(SCHEMA.c.component == component)
    found = connection.execute(wanted).scalar()
    if found is not None:
        return int(found)
    connection.execute(insert(SCHEMA), {"component": component, "version": version})
    return version

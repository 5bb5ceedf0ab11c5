"""Insert statements that SQLite and PostgreSQL understand alike, built once each."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is there; say whether it was inserted.

    On PostgreSQL a second writer of the same key waits for the first, then inserts nothing.
    """
    statement = _insert_new(connection.dialect.name, table)
    return connection.execute(statement, values).first() is not None


def put(
    connection: Connection, table: Table, values: Mapping[str, Any], unless_set: str | None = None
) -> None:
    """Insert a row or replace what its primary key already holds.

    `unless_set` names a column: a row that holds something there stays as it is.
    """
    connection.execute(_put(connection.dialect.name, table, frozenset(values), unless_set), values)


@lru_cache(maxsize=64)
def _insert_new(dialect: str, table: Table) -> Any:  # noqa: ANN401 - one of two dialects
    key = list(table.primary_key)
    names = [column.name for column in key]
    # RETURNING, since a count of rows is not reliable across drivers.
    return _insert(dialect, table).on_conflict_do_nothing(index_elements=names).returning(*key)


@lru_cache(maxsize=64)
def _put(dialect: str, table: Table, given: frozenset[str], unless_set: str | None) -> Any:  # noqa: ANN401 - as above
    key = [column.name for column in table.primary_key]
    statement = _insert(dialect, table)
    rest = {name: statement.excluded[name] for name in sorted(given - set(key))}
    if not rest:
        return statement.on_conflict_do_nothing(index_elements=key)
    where = None if unless_set is None else table.c[unless_set].is_(None)
    return statement.on_conflict_do_update(index_elements=key, set_=rest, where=where)


def _insert(dialect: str, table: Table) -> Any:  # noqa: ANN401 - as above
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)

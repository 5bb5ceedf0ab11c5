"""Insert statements that SQLite and PostgreSQL understand alike."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key is there; say whether it was inserted.

    On PostgreSQL a second writer of the same key waits for the first, then inserts nothing.
    """
    statement = (
        _insert(connection, table)
        .values(**values)
        .on_conflict_do_nothing(index_elements=[column.name for column in table.primary_key])
        .returning(*table.primary_key)  # a count of rows is not reliable across drivers
    )
    return connection.execute(statement).first() is not None


def put(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row or replace what its primary key already holds."""
    key = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in key}
    insert = _insert(connection, table).values(**values)
    if rest:
        connection.execute(insert.on_conflict_do_update(index_elements=key, set_=rest))
    else:
        connection.execute(insert.on_conflict_do_nothing(index_elements=key))


def _insert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - one of two dialects
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    return dialect.insert(table)

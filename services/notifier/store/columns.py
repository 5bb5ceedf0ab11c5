"""Column types that behave alike on SQLite and PostgreSQL."""

from datetime import UTC, datetime

from sqlalchemy import Dialect, String, TypeDecorator

from shared.contracts.values import write_moment

_WIDTH = 27  # 2026-01-31T12:00:00.000000Z


# SQLAlchemy names the arguments of both methods.
# ruff: noqa: ARG002


class Moment(TypeDecorator[datetime]):
    """An aware UTC time as fixed-width RFC 3339 text: sorts and compares alike everywhere."""

    impl = String(_WIDTH)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Write the one spelling."""
        return None if value is None else write_moment(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """Read it back, aware, in UTC."""
        return None if value is None else datetime.fromisoformat(value).astimezone(UTC)

"""The notifier's store on SQLite in a file and on a real PostgreSQL, made by the migration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.notifier.store.engine import Store, open_engine
from services.notifier.store.schema import migrate
from tests.builders.databases import fresh_database, own_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give one PostgreSQL server for the run."""
    with own_postgresql() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty database of each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'notifier.sqlite'}"
    return fresh_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give a migrated store of each engine."""
    engine = open_engine(database_url)
    migrate(engine)
    yield Store(engine)
    engine.dispose()

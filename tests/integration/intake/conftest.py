"""Key stores on real databases, and intake's processes on a Kafka of their own."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest may be read before the filters for Kafka's own warnings are set
    from collections.abc import Iterator

    from services.intake.keystore.sql import SqlKeyStore
    from shared.kafka.client import KafkaClient
    from tests.builders.intake_processes import IntakeProcesses
    from tests.builders.keystore import MemoryKeyStore


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """An empty database on a real PostgreSQL."""
    from tests.builders.databases import fresh_database, own_postgresql

    with own_postgresql() as url:
        yield fresh_database(url)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def key_store(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[SqlKeyStore | MemoryKeyStore]:
    """Every kind of key store in turn: the fake promises what the real ones keep."""
    from services.intake.keystore.sql import SqlKeyStore, open_engine
    from shared.clock import FixedClock
    from tests.builders.keystore import ERASED_AT, MemoryKeyStore

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


@pytest.fixture
def processes(tmp_path: Path, lonely_kafka: KafkaClient) -> Iterator[IntakeProcesses]:
    """Intake's processes, none started, small transactions."""
    from tests.builders.intake_processes import IntakeProcesses

    made = IntakeProcesses(
        tmp_path,
        lonely_kafka,
        INTAKE_NORMALISER__RECORDS_PER_TRANSACTION="5",
        INTAKE_IMPORTER__RECORDS_PER_TRANSACTION="5",
        INTAKE_IMPORTER__REREAD_SECONDS="0.5",
    )
    yield made
    made.close()
    gc.collect()  # what clients left open is noticed here, where it is allowed

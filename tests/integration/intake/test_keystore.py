"""One behaviour of the key store, on the fake, on SQLite and on PostgreSQL."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.intake.keystore import sql
from services.intake.keystore.errors import (
    ErasedKeyLingersError,
    KeyStoreSchemaError,
    KeyStoreUnavailableError,
)
from services.intake.keystore.sql import SqlKeyStore, open_engine
from services.intake.keystore.store import Erased, KeyStore
from shared.clock import FixedClock
from tests.builders.keystore import ERASED_AT, a_data_key


def test_keys_that_were_put_are_found(key_store: KeyStore) -> None:
    """Several keys of one request, one commit."""
    keys = [a_data_key()[1] for _ in range(3)]

    key_store.put(keys)

    assert key_store.find([key.key_id for key in keys]) == {key.key_id: key for key in keys}


def test_a_key_that_was_never_put_is_left_out(key_store: KeyStore) -> None:
    """Missing is neither an error nor a tombstone."""
    _, known = a_data_key()
    _, missing = a_data_key()
    key_store.put([known])

    assert set(key_store.find([known.key_id, missing.key_id])) == {known.key_id}


def test_an_erased_key_leaves_a_tombstone(key_store: KeyStore) -> None:
    """Erasing is told apart from losing."""
    _, gone = a_data_key()
    _, stays = a_data_key()
    key_store.put([gone, stays])

    assert key_store.erase([gone.key_id]) == 1
    found = key_store.find([gone.key_id, stays.key_id])
    assert found == {gone.key_id: Erased(gone.key_id, ERASED_AT), stays.key_id: stays}


def test_erasing_again_counts_nothing(key_store: KeyStore) -> None:
    """`peerline intake erase` may be repeated."""
    _, key = a_data_key()
    key_store.put([key])
    key_store.erase([key.key_id])

    assert key_store.erase([key.key_id]) == 0


def test_more_keys_than_one_statement_takes_are_found_and_erased(key_store: KeyStore) -> None:
    """SQLite takes 32,766 values at most, PostgreSQL 65,535."""
    keys = [a_data_key()[1] for _ in range(2)]
    key_store.put(keys)
    many = [keys[0].key_id, *(uuid4() for _ in range(70_000)), keys[1].key_id]

    assert len(key_store.find(many)) == 2
    assert key_store.erase(many) == 2


def test_a_batch_is_stored_whole_or_not_at_all(key_store: KeyStore) -> None:
    """A request of which one key cannot be stored leaves none behind."""
    _, first = a_data_key()
    _, second = a_data_key()
    key_store.put([first])

    with pytest.raises(KeyStoreUnavailableError):
        key_store.put([second, first])
    assert key_store.find([second.key_id]) == {}


def test_nothing_to_put_and_nothing_to_find(key_store: KeyStore) -> None:
    """An empty request asks nothing of the database."""
    key_store.put([])

    assert key_store.find([]) == {}


def test_a_probe_of_a_working_store_returns(key_store: KeyStore) -> None:
    """Readiness asks this."""
    key_store.probe()


def test_several_processes_may_prepare_at_once(postgresql_url: str, tmp_path: Path) -> None:
    """HTTP edge and normaliser start together on an empty database."""
    for url in (postgresql_url, f"sqlite:///{tmp_path}/both.db"):
        engines = [open_engine(url) for _ in range(4)]
        stores = [SqlKeyStore(engine, FixedClock(ERASED_AT)) for engine in engines]

        with ThreadPoolExecutor() as pool:
            list(pool.map(SqlKeyStore.prepare, stores))

        stores[0].probe()
        for engine in engines:
            engine.dispose()


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    """An older program never writes into a newer database."""
    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    store = SqlKeyStore(engine, FixedClock(ERASED_AT))
    store.prepare()
    with engine.begin() as connection:
        connection.execute(text("update intake_schema set version = 99"))

    with pytest.raises(KeyStoreSchemaError, match="99"):
        store.prepare()
    engine.dispose()


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    """The driver's text, which may hold a password, does not come along."""
    engine = open_engine(f"sqlite:///{tmp_path}/no-such-folder/canary.db")

    with pytest.raises(KeyStoreUnavailableError) as refusal:
        SqlKeyStore(engine, FixedClock(ERASED_AT)).put([a_data_key()[1]])
    assert "canary" not in str(refusal.value)


def test_an_erased_key_is_in_no_file_of_the_database(tmp_path: Path) -> None:
    """Neither in a free page nor in the write-ahead log: erased means gone."""
    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    store = SqlKeyStore(engine, FixedClock(ERASED_AT))
    store.prepare()
    _, key = a_data_key()
    store.put([key])
    assert key.wrapped in b"".join(path.read_bytes() for path in tmp_path.iterdir())

    store.erase([key.key_id])

    assert key.wrapped not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    engine.dispose()


def test_an_erased_key_that_lies_in_the_log_is_told_until_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that reads all the time keeps SQLite from emptying its write-ahead log."""
    monkeypatch.setattr(sql, "PATIENCE_SECONDS", 0.1)
    engine = open_engine(f"sqlite:///{tmp_path}/intake.db")
    store = SqlKeyStore(engine, FixedClock(ERASED_AT))
    store.prepare()
    _, key = a_data_key()
    store.put([key])
    with closing(sqlite3.connect(tmp_path / "intake.db", isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select * from intake_data_key").fetchall()
        with pytest.raises(ErasedKeyLingersError, match="run the same command again"):
            store.erase([key.key_id])

    assert store.erase([key.key_id]) == 0
    assert key.wrapped not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    engine.dispose()

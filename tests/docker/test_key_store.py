"""Intake's key-store suite on PostgreSQL as a site runs it: from the image, over TCP."""

from collections.abc import Iterator

import pytest

from services.intake.keystore.sql import SqlKeyStore, open_engine
from shared.clock import FixedClock
from tests.builders.keystore import ERASED_AT
from tests.docker.suites import suite_of
from tests.integration.intake import test_keystore

pytestmark = pytest.mark.docker
globals().update(suite_of({"key_store", "postgresql_url"}, test_keystore))


@pytest.fixture
def key_store(postgresql_url: str) -> Iterator[SqlKeyStore]:
    """Give a key store in an empty database."""
    engine = open_engine(postgresql_url)
    store = SqlKeyStore(engine, FixedClock(ERASED_AT))
    store.prepare()
    yield store
    engine.dispose()

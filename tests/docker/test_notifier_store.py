"""The notifier's store suite on PostgreSQL as a site runs it: from the image, over TCP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from services.notifier.bootstrap import open_store
from services.notifier.settings import NotifierSettings
from services.notifier.store.engine import Store, open_engine
from services.notifier.store.schema import migrate
from tests.docker.suites import suite_of
from tests.integration.notifier import test_store

pytestmark = pytest.mark.docker
globals().update(suite_of({"store"}, test_store))


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    """Give a migrated store in an empty database."""
    engine = open_engine(postgresql_url)
    migrate(engine)
    yield Store(engine)
    engine.dispose()


def test_the_password_may_come_from_a_file(postgresql_url: str, tmp_path: Path) -> None:
    """A URL without a password and a file with it open the same database."""
    url = make_url(postgresql_url)
    secret = tmp_path / "password"
    secret.write_text(f"{url.password}\n")
    bare = url.set(password=None).render_as_string()

    opened = open_store(NotifierSettings(database_url=bare, database_password_file=secret))

    with opened.engine.connect() as connection:
        assert connection.execute(text("select current_database()")).scalar() == url.database
    opened.engine.dispose()

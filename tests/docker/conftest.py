"""What runs in containers: skipped, with a line that says so, where no Docker Engine answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # the library warns on import; see `containers.py`
    from collections.abc import Iterator

NOT_TESTED = "NOT TESTED: images, testcontainers and docker-compose.yml; no Docker Engine answers"


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """Skip everything here where no engine answers."""
    import docker
    from docker.errors import DockerException

    # The reaper is an image of its own; every test here removes what it started.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    try:
        client = docker.from_env(timeout=20)
        client.ping()
    except DockerException:
        pytest.skip(NOT_TESTED)
    client.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Give the URL of a PostgreSQL server in a container."""
    from tests.docker.containers import a_postgresql

    with a_postgresql() as url:
        yield url


@pytest.fixture
def postgresql_url(postgresql: str) -> str:
    """Give an empty database on it."""
    from tests.builders.databases import fresh_database

    return fresh_database(postgresql)

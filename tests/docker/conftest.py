"""What runs in containers: skipped, with a line that says so, where no Docker Engine answers."""

import os
import subprocess
from collections.abc import Iterator

import pytest

NOT_TESTED = "NOT TESTED: images, testcontainers and docker-compose.yml; no Docker Engine answers"


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    """Skip everything here where no engine answers."""
    # The reaper is an image of its own; every test here removes what it started.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    if not _answers():
        pytest.skip(NOT_TESTED)


def _answers() -> bool:
    try:
        asked = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


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

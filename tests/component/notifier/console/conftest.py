"""A console in front of a notifier, on a SQLite file of the test."""

from pathlib import Path

import pytest

from tests.builders.console import ConsoleStage


@pytest.fixture
def console(tmp_path: Path) -> ConsoleStage:
    """Return a console with the people of `some_people` and no case."""
    return ConsoleStage(tmp_path)

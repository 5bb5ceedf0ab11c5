"""A console in front of a notifier, on a SQLite database of its own."""

import pytest

from tests.builders.console import ConsoleStage


@pytest.fixture
def console() -> ConsoleStage:
    """Return a console with the people of `some_people` and no case."""
    return ConsoleStage()

"""A stage per test, closed whatever happens."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.kafka.client import KafkaClient
from tests.builders.triage_stage import Stage


@pytest.fixture
def new_stage(kafka: KafkaClient, tmp_path: Path) -> Iterator[Callable[..., Stage]]:
    """Return a maker of stages on the session's broker."""
    stages: list[Stage] = []

    def make(**changes: Any) -> Stage:
        stages.append(Stage(kafka, tmp_path, **changes))
        return stages[-1]

    yield make
    for stage in stages:
        stage.close()

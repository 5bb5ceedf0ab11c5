"""A stage per test, closed whatever happens."""

import socket
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


@pytest.fixture
def free_port() -> int:
    """Return a loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

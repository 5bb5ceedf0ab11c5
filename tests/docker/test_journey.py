"""The whole story of the demo, with all services, on Kafka's public image."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.demo.ending import checks, failed
from services.demo.play import Play
from services.demo.stage import Stage
from shared.clock import SystemClock
from tests.docker.containers import a_kafka

pytestmark = pytest.mark.docker


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a running Peerline on a Kafka in a container."""
    with a_kafka() as bootstrap, Stage(tmp_path / "stage", bootstrap) as stage:
        yield stage


def test_the_story_ends_as_it_must(stage: Stage) -> None:
    """Seven reports, a supporter who accepts, and a replay that decides the same."""
    told: list[str] = []
    play = Play(stage, SystemClock(), told.append)

    play.run()

    assert failed(list(checks(play)), told.append) == [], "\n".join(told)

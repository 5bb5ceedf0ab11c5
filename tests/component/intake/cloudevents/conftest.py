"""One intake for all tests here: they only send, and each looks at what came of its own event."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest may be read before the filters for Kafka's own warnings are set
    from shared.kafka.records import Outgoing
    from tests.builders.cloudevents import HttpWire, KafkaWire, Wire
    from tests.builders.intake_edge import IntakeStage


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> IntakeStage:
    """An edge, an importer with a bound topic, a normaliser."""
    from tests.builders.intake_edge import an_intake
    from tests.builders.intake_import import bind

    intake = an_intake(tmp_path_factory.mktemp("site"), rate=1e5, burst=1_000_000)
    bind(intake)
    return intake


@pytest.fixture
def http(stage: IntakeStage) -> HttpWire:
    """The HTTP edge."""
    from tests.builders.cloudevents import HttpWire

    return HttpWire(stage)


@pytest.fixture
def kafka(stage: IntakeStage) -> KafkaWire:
    """A publisher's topic."""
    from tests.builders.cloudevents import KafkaWire

    return KafkaWire(stage)


@pytest.fixture(params=["http", "kafka"])
def wire(request: pytest.FixtureRequest) -> Wire:
    """Both ways in, one after the other."""
    found: Wire = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> list[Outgoing]:
    """What intake publishes of two reports and a refused one: raw, reported, rejected."""
    from tests.builders.cloudevents import REPORT
    from tests.builders.intake_edge import an_intake

    intake = an_intake(tmp_path_factory.mktemp("site"))
    for report in (REPORT, {**REPORT, "record_id": "2"}, {"kind": "incident"}):
        intake.post([report, report])
    settled = intake.normalise()
    return [*intake.log.records, *(each for records, _ in settled for each in records)]

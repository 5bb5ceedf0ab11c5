"""What every test may use: closed sockets where nothing may connect, one real Kafka elsewhere."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket

if TYPE_CHECKING:  # the fast tiers do not pay for a Kafka client
    from collections.abc import Iterator

    from shared.kafka.client import KafkaClient
    from tests.builders.broker import FreshTopics

pytest_plugins = ["tests.builders.canaries.plugin"]
SEALED_OFF = ("unit", "contracts", "rules")

settings.register_profile(
    "full",
    deadline=None,  # the machine is shared; speed is measured by `make bench`
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# `make fast` and `make check` draw fewer examples, `make test` all of them.
settings.register_profile("quick", settings.get_profile("full"), max_examples=15)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "full")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on Kafka by the fixture that it asks for."""
    for item in items:
        if {"kafka", "lonely_kafka"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.kafka)


@pytest.fixture(autouse=True)
def _sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close sockets (but unix ones, which event loops need) in the tiers that are values only."""
    tier = request.path.relative_to(request.config.rootpath / "tests").parts[0]
    if tier not in SEALED_OFF:
        yield
        return
    disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaClient]:
    """Give one Kafka with all topics: KAFKA_BOOTSTRAP_SERVERS, else an embedded one of this run."""
    from shared.kafka.admin import create_topics
    from shared.kafka.client import KafkaClient
    from tests.builders.broker import own_broker

    explicit = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    if explicit:
        client = KafkaClient(explicit, "tests")
        create_topics(client)
        yield client
        return
    with own_broker(tmp_path_factory.mktemp("kafka")) as broker:
        yield KafkaClient(broker.start(), "tests")


@pytest.fixture(scope="module")
def lonely_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaClient]:
    """Give a module an embedded Kafka of its own, all topics empty (some 4 s)."""
    from shared.kafka.client import KafkaClient
    from tests.builders.broker import own_broker

    with own_broker(tmp_path_factory.mktemp("lonely-kafka")) as broker:
        yield KafkaClient(broker.start(), "tests")


@pytest.fixture
def fresh_topics(kafka: KafkaClient) -> FreshTopics:
    """Give topics and groups that no other test has: `fresh_topics("in", "out", partitions=2)`."""
    from tests.builders.broker import FreshTopics

    return FreshTopics(kafka)


@pytest.fixture(scope="session")
def samples() -> Path:
    """Give the folder of real samples beside the checkout, or skip."""
    folder = Path(__file__).parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("not tested against real samples: ../shared/samples is not there")
    return folder

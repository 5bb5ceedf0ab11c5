"""A broker that gives nothing more is given up by name; the rest runs on a real Kafka."""

from collections.abc import Iterable, Mapping
from typing import cast

import pytest
from kafka import TopicPartition

from shared.kafka.client import KafkaClient
from shared.kafka.reader import ReadStalledError, read_range


class SilentConsumer:
    """Knows of ten records in one partition and never hands out one."""

    is_closed = False

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0}

    def assign(self, _partitions: object) -> None:
        """Accept."""

    def seek(self, *_place: object) -> None:
        """Accept."""

    def pause(self, *_partitions: object) -> None:
        """Accept."""

    def end_offsets(self, wanted: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(wanted, 10)

    def beginning_offsets(self, wanted: Iterable[TopicPartition]) -> Mapping[TopicPartition, int]:
        return dict.fromkeys(wanted, 0)

    def position(self, _partition: TopicPartition) -> int:
        return 0

    def poll(self, **_settings: int) -> Mapping[TopicPartition, list[object]]:
        return {}

    def close(self) -> None:
        self.is_closed = True


def test_a_broker_that_gives_nothing_is_given_up() -> None:
    """The error names what is left; the connection is closed."""
    consumer = SilentConsumer()

    class Client:
        def consumer(self, **_settings: object) -> SilentConsumer:
            return consumer

    with pytest.raises(ReadStalledError, match=r"nothing new for 0.02 s from partitions \[0\]"):
        list(read_range(cast("KafkaClient", Client()), "log", timeout_seconds=0.02))

    assert consumer.is_closed

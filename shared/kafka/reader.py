"""Reading a stretch of a topic, offset to offset: no group, nothing committed, ends by itself."""

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from kafka import TopicPartition

from shared.clock import monotonic
from shared.kafka.client import KafkaClient
from shared.kafka.consumer import Consumer
from shared.kafka.records import Incoming, incoming

POLL_MS: Final = 500


class ReadStalledError(RuntimeError):
    """Kafka gave nothing for too long although the end was not reached."""

    def __init__(self, topic: str, partitions: Collection[int], seconds: float) -> None:
        """Name what is left and how long was waited."""
        super().__init__(
            f"Reading {topic} stopped: nothing new for {seconds:g} s from partitions "
            f"{sorted(partitions)}, and their end was not reached. Is the broker up, and is no "
            "transaction left open on that topic? Start again: reading changes nothing."
        )


def read_range(
    client: KafkaClient,
    topic: str,
    *,
    partitions: Collection[int] | None = None,
    start: Mapping[int, int] | None = None,
    end: Mapping[int, int] | None = None,
    timeout_seconds: float = 30.0,
) -> Iterator[Incoming]:
    """Yield the committed records of `topic`, in order within each partition.

    `start` is the first offset wanted per partition (default: the oldest kept), `end` the first not
    wanted (default: the end of what is committed now). The end is reached by position, since
    transaction markers and compaction leave offsets without a record.

    Raises:
        ReadStalledError: nothing came for `timeout_seconds` before the end.
        TopicNotReadableError: the topic does not exist, or its metadata may not be read.
    """
    consumer = client.consumer(group_id=None)
    try:
        wanted = _assign(consumer, topic, partitions)
        ends = _ends(consumer, wanted, end or {})
        _seek(consumer, wanted, start or {})
        yield from _read(consumer, ends, topic, timeout_seconds)
    finally:
        consumer.close()


class TopicNotReadableError(RuntimeError):
    """The topic is not there for this principal."""

    def __init__(self, topic: str) -> None:
        """Name the topic and the likely causes."""
        super().__init__(
            f"Topic {topic} cannot be read: it does not exist on this broker or this principal may "
            "not describe it. Run 'peerline kafka topics' to see what is there."
        )


def _assign(
    consumer: Consumer, topic: str, partitions: Collection[int] | None
) -> list[TopicPartition]:
    present = consumer.partitions_for_topic(topic)
    if not present:
        raise TopicNotReadableError(topic)
    chosen = sorted(present if partitions is None else partitions)
    wanted = [TopicPartition(topic, number) for number in chosen]
    consumer.assign(wanted)
    return wanted


def _ends(
    consumer: Consumer, wanted: list[TopicPartition], end: Mapping[int, int]
) -> dict[TopicPartition, int]:
    committed = consumer.end_offsets(wanted)
    return {at: min(end.get(at.partition, committed[at]), committed[at]) for at in wanted}


def _seek(consumer: Consumer, wanted: list[TopicPartition], start: Mapping[int, int]) -> None:
    oldest = consumer.beginning_offsets(wanted)
    for at in wanted:
        consumer.seek(at, max(start.get(at.partition, 0), oldest[at]))


def _read(
    consumer: Consumer, ends: dict[TopicPartition, int], topic: str, timeout_seconds: float
) -> Iterator[Incoming]:
    positions = dict.fromkeys(ends, -1)
    moved_at = monotonic()
    while left := _unfinished(consumer, ends):
        consumer.pause(*(ends.keys() - left.keys()))
        for at, records in consumer.poll(timeout_ms=POLL_MS).items():
            yield from (incoming(record) for record in records if record.offset < ends[at])
        if any(positions[at] != left[at] for at in left):
            positions |= left
            moved_at = monotonic()
        elif monotonic() - moved_at > timeout_seconds:
            raise ReadStalledError(topic, [at.partition for at in left], timeout_seconds)


def _unfinished(consumer: Consumer, ends: dict[TopicPartition, int]) -> dict[TopicPartition, int]:
    positions = {at: consumer.position(at) for at in ends}
    return {at: position for at, position in positions.items() if position < ends[at]}

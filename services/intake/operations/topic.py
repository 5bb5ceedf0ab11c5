"""The raw topic as operators' commands use it: read to its end of now, append, wait."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, Protocol

from kafka import TopicPartition

from services.intake.keystore.batches import batches
from shared.contracts.topics import RAW, REJECTED
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming, Outgoing

_SECONDS: Final = 30.0


class OperatedTopic(Protocol):
    """What operators' commands need of Kafka; every method raises KafkaError when it is down."""

    def refused(self) -> Iterable[Incoming]:
        """Return the records of incident.rejected.v1, as far as they are committed now."""
        ...

    def size(self, start: Mapping[int, int]) -> int:
        """Return how many offsets of the raw topic there are from `start`, per partition."""
        ...

    def read(self, start: Mapping[int, int]) -> Iterable[Incoming]:
        """Return the raw records of the partitions of `start`, each from its offset on."""
        ...

    def append(self, records: Iterable[Outgoing]) -> int:
        """Append all, wait until all are durable, return how many."""
        ...


class RawTopic:
    """`OperatedTopic` on a broker: reads without a group, commits nothing, writes acks=all."""

    def __init__(self, client: KafkaClient) -> None:
        """Take the client; nothing is connected yet."""
        self._client = client

    def refused(self) -> Iterator[Incoming]:
        """Yield the refusals."""
        return read_range(self._client, REJECTED.name)

    def size(self, start: Mapping[int, int]) -> int:
        """Return how many offsets there are to the end."""
        consumer = self._client.consumer(group_id=None)
        try:
            wanted = [TopicPartition(RAW.name, number) for number in start]
            first, last = consumer.beginning_offsets(wanted), consumer.end_offsets(wanted)
        finally:
            consumer.close()
        return sum(max(0, last[at] - max(first[at], start[at.partition])) for at in wanted)

    def read(self, start: Mapping[int, int]) -> Iterator[Incoming]:
        """Yield the raw records."""
        return read_range(self._client, RAW.name, partitions=start.keys(), start=start)

    def append(self, records: Iterable[Outgoing]) -> int:
        """Append all and wait for all; return how many.

        Raises:
            KafkaError: some were not taken; which ones, the next run finds out by itself.
        """
        producer = self._client.producer()
        count = 0
        try:
            for some in batches(records):
                sent = [
                    producer.send(
                        each.topic,
                        value=each.value,
                        key=each.key,
                        headers=list(each.headers),
                        partition=each.partition,
                    )
                    for each in some
                ]
                for future in sent:
                    future.get(timeout=_SECONDS)
                count += len(some)
        finally:
            producer.close(timeout=_SECONDS)
        return count


def from_the_beginning(partitions: Collection[int]) -> Mapping[int, int]:
    """Return `start` for all that is kept of the partitions."""
    return dict.fromkeys(partitions, 0)

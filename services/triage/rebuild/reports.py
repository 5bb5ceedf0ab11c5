"""The reports of one partition as a rebuild reads them: what is kept, and who has passed what."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from kafka import TopicPartition

from services.triage.rebuild.errors import WorkersRunError
from services.triage.rebuild.recorded import Advance, nothing_advances
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming


@dataclass(frozen=True, slots=True)
class Reports:
    """One partition of the input topic."""

    kafka: KafkaClient
    topic: str
    partition: int
    advance: Advance = nothing_advances

    def read(self, end: int) -> Iterator[Incoming]:
        """Yield the records below the offset `end`, in order, from the oldest kept."""
        number = self.partition
        for record in read_range(self.kafka, self.topic, partitions=[number], end={number: end}):
            self.advance(1)
            yield record

    def between(self, start: int, end: int) -> bool:
        """Return whether a record stands at `start` or behind it, before `end`."""
        if end <= start:
            return False
        number = self.partition
        found = read_range(
            self.kafka,
            self.topic,
            partitions=[number],
            start={number: start},
            end={number: end},
        )
        return next(found, None) is not None

    def oldest(self) -> int:
        """Return the offset of the oldest record kept."""
        at = TopicPartition(self.topic, self.partition)
        consumer = self.kafka.consumer(group_id=None)
        try:
            return int(consumer.beginning_offsets([at])[at])
        finally:
            consumer.close()

    def committed(self, group: str) -> int:
        """Return the offset that the group goes on from, 0 if it never committed one."""
        consumer = self.kafka.consumer(group_id=group)
        try:
            return int(consumer.committed(TopicPartition(self.topic, self.partition)) or 0)
        finally:
            consumer.close()


def how_many(kafka: KafkaClient, topics: Collection[str], partitions: Collection[int]) -> int:
    """Return how many offsets the partitions of the topics span: an upper bound of records."""
    places = [TopicPartition(topic, number) for topic in topics for number in partitions]
    consumer = kafka.consumer(group_id=None)
    try:
        oldest, ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
    finally:
        consumer.close()
    return sum(ends[at] - oldest[at] for at in places)


def refuse_while_workers_run(kafka: KafkaClient, group: str) -> None:
    """Return when nobody is in the group.

    Raises:
        WorkersRunError: somebody is.
    """
    admin = kafka.admin()
    try:
        members = admin.describe_groups([group])[group]["members"]
    finally:
        admin.close()
    if members:
        raise WorkersRunError(group, len(members))

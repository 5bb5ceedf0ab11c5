"""Writes a rebuilt memory to the state topic: fenced, in transactions, void until the last one."""

from collections.abc import Iterable, Iterator
from typing import Final

from aiokafka import AIOKafkaProducer, TopicPartition

from services.triage.journal.changelog import NEXT_OFFSET_KEY, next_offset_value
from services.triage.journal.partition import JournalPlace
from services.triage.journal.transaction import record_bytes, write
from shared.kafka.records import Outgoing

BYTES_PER_TRANSACTION: Final = 8_000_000


async def write_memory(
    producer: AIOKafkaProducer,
    place: JournalPlace,
    partition: int,
    memos: Iterable[tuple[str, bytes | None]],
    next_offset: int,
) -> None:
    """Write `memos` (None forgets one) and then, alone, that the partition goes on at an offset.

    The offset is taken away first: a rebuild that dies half-way leaves a memory that counts as
    lost, so no worker goes on with it. Group and changelog end at the same offset.

    Raises:
        KafkaError: the broker refused, or a worker has taken the partition over meanwhile.
    """

    def record(key: str, value: bytes | None) -> Outgoing:
        return Outgoing(place.state_topic, key.encode(), value, (), partition)

    await write(producer, [record(NEXT_OFFSET_KEY, None)], group=place.group)
    for batch in _batches(record(key, value) for key, value in memos):
        await write(producer, batch, group=place.group)
    await write(
        producer,
        [record(NEXT_OFFSET_KEY, next_offset_value(next_offset))],
        offsets={TopicPartition(place.input_topic, partition): next_offset},
        group=place.group,
    )


def _batches(records: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    batch: list[Outgoing] = []
    size_bytes = 0
    for record in records:
        batch.append(record)
        size_bytes += record_bytes(record)
        if size_bytes >= BYTES_PER_TRANSACTION:
            yield batch
            batch, size_bytes = [], 0
    if batch:
        yield batch

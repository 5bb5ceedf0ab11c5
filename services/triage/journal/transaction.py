"""One Kafka transaction: records in batches with the group's offset, deliveries awaited."""

import asyncio
import zlib
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from services.triage.journal.crash_points import CrashPoints, Step, no_crash
from shared.kafka.records import Outgoing

MAX_BATCH_BYTES: Final = 900_000
RECORD_OVERHEAD_BYTES: Final = 512
TRANSACTION_TIMEOUT_MS: Final = 15_000
COMPRESSION: Final = "gzip"


def transactional_producer(client: Mapping[str, Any], transactional_id: str) -> AIOKafkaProducer:
    """Return a producer (not started) whose start fences every other one of the same id."""
    return AIOKafkaProducer(
        **client,
        transactional_id=transactional_id,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=MAX_BATCH_BYTES,
        request_timeout_ms=TRANSACTION_TIMEOUT_MS,
        transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        retry_backoff_ms=5,
        compression_type=COMPRESSION,
    )


def record_bytes(record: Outgoing) -> int:
    """Return how large the record is before compression."""
    headers = sum(len(name) + len(value) for name, value in record.headers)
    return len(record.key) + len(record.value or b"") + headers


def fits(record: Outgoing) -> bool:
    """Return whether the record, compressed, fits a batch that every topic takes (1 MiB)."""
    if record_bytes(record) + RECORD_OVERHEAD_BYTES <= MAX_BATCH_BYTES:
        return True
    compressed = len(zlib.compress(record.value or b""))
    return (
        record_bytes(record) - len(record.value or b"") + compressed + RECORD_OVERHEAD_BYTES
        <= MAX_BATCH_BYTES
    )


async def write(
    producer: AIOKafkaProducer,
    records: Iterable[Outgoing],
    *,
    offsets: Mapping[TopicPartition, int] | None = None,
    group: str,
    reach: CrashPoints = no_crash,
) -> None:
    """Write `records` and the group's `offsets` in one transaction and return when it is committed.

    Raises:
        KafkaError: anything at all went wrong; the caller must end the process, not repair.
    """
    await producer.begin_transaction()
    deliveries: list[Awaitable[Any]] = []
    for place, batch in _by_place(records).items():
        deliveries += await _send(producer, place, batch)
    reach(Step.AFTER_PRODUCE)
    if offsets:
        deliveries.append(producer.send_offsets_to_transaction(offsets, group))
    await asyncio.gather(*deliveries)
    reach(Step.BEFORE_COMMIT)
    await producer.commit_transaction()


def _by_place(records: Iterable[Outgoing]) -> dict[TopicPartition, list[Outgoing]]:
    places: dict[TopicPartition, list[Outgoing]] = {}
    for record in records:
        places.setdefault(TopicPartition(record.topic, record.partition), []).append(record)
    return places


async def _send(
    producer: AIOKafkaProducer, place: TopicPartition, records: Sequence[Outgoing]
) -> list[Awaitable[Any]]:
    deliveries: list[Awaitable[Any]] = []
    batch = producer.create_batch()
    for record in records:
        if not _append(batch, record):
            deliveries.append(
                await producer.send_batch(batch, place.topic, partition=place.partition)
            )
            batch = producer.create_batch()
            # A batch takes any first record; `fits` has seen to it that the topic does too.
            _append(batch, record)
    deliveries.append(await producer.send_batch(batch, place.topic, partition=place.partition))
    return deliveries


def _append(batch: BatchBuilder, record: Outgoing) -> bool:
    appended = batch.append(
        timestamp=None, key=record.key, value=record.value, headers=list(record.headers)
    )
    return appended is not None

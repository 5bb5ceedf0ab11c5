"""Reads one partition of the changelog to its end by position: what a life starts from.

Transaction markers, aborted tails and compaction gaps never show as records, so the last offset
seen proves nothing; the consumer's position does.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from services.triage.journal.suspicion import Suspicion, read_suspicion

# Incident keys always contain a bar, so these two cannot be mistaken for one.
NEXT_OFFSET_KEY: Final = "journal/next"
SUSPICION_KEY: Final = "journal/suspicion"
POLL_MS: Final = 200


@dataclass(frozen=True, slots=True)
class Restored:
    """The journal's own two records; None where the changelog never had one."""

    next_offset: int | None
    suspicion: Suspicion | None


def next_offset_value(offset: int) -> bytes:
    """Return the changelog value that says which input offset comes next."""
    return json.dumps({"next": offset}, separators=(",", ":")).encode()


async def restore(
    client: Mapping[str, Any],
    partition: TopicPartition,
    into: Callable[[str, bytes | None], None],
) -> Restored:
    """Give every committed memo of the partition to `into`, in order; return the rest.

    The caller must have fenced the predecessor first, or the end could still move.
    """
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_partition_fetch_bytes=8 * 1_048_576,
    )
    await consumer.start()
    try:
        return await _read_to_end(consumer, partition, into)
    finally:
        await consumer.stop()


async def _read_to_end(
    consumer: AIOKafkaConsumer, partition: TopicPartition, into: Callable[[str, bytes | None], None]
) -> Restored:
    consumer.assign([partition])
    end = (await consumer.end_offsets([partition]))[partition]
    next_offset: int | None = None
    suspicion: Suspicion | None = None
    while await consumer.position(partition) < end:
        fetched = await consumer.getmany(partition, timeout_ms=POLL_MS)
        for record in fetched.get(partition, ()):
            key = (record.key or b"").decode()
            if key == NEXT_OFFSET_KEY:
                # A rebuild that did not finish has taken the offset away.
                next_offset = json.loads(record.value)["next"] if record.value else None
            elif key == SUSPICION_KEY:
                suspicion = read_suspicion(record.value)
            else:
                into(key, record.value)
    return Restored(next_offset, suspicion)

"""The journal of one input partition: its producer, its next offset, what it suspects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from services.triage.journal.answered import answered_to
from services.triage.journal.changelog import (
    NEXT_OFFSET_KEY,
    SUSPICION_KEY,
    next_offset_value,
    restore,
)
from services.triage.journal.crash_points import CrashPoints, Step, no_crash
from services.triage.journal.suspicion import Suspicion, inherited
from services.triage.journal.transaction import transactional_producer, write
from shared.kafka.records import Incoming, Outgoing


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """Where a journal reads and writes; `group` also begins the transactional ids."""

    client: Mapping[str, Any]
    group: str
    input_topic: str
    state_topic: str
    reach: CrashPoints = no_crash


class StateLostError(RuntimeError):
    """The changelog is behind what was answered: deciding on would decide without memory."""

    def __init__(self, partition: int, answered: int, known: int) -> None:
        """Name the partition and both offsets."""
        super().__init__(
            f"partition {partition}: reports below offset {answered} are decided, the state topic "
            f"knows of {known}: the memory of what was decided is gone, and going on would decide "
            "some reports twice; stop the workers and run 'peerline triage rebuild'"
        )
        self.partition = partition


class PartitionJournal:
    """All that is durable about one input partition; every write is a transaction.

    A journal that was fenced by a successor raises `ProducerFenced` at its next write and is good
    for nothing.
    """

    def __init__(self, place: JournalPlace, partition: int, producer: AIOKafkaProducer) -> None:
        """Use `open_journal`, which fences and restores."""
        self.partition = partition
        self.next_offset = 0
        self.suspicion: Suspicion | None = None
        self._place = place
        self._producer = producer

    def trim(self, records: Sequence[Incoming]) -> Sequence[Incoming]:
        """Return what is not decided yet: a fetched group offset may lag a transaction."""
        if records[0].offset >= self.next_offset:
            return records
        return [record for record in records if record.offset >= self.next_offset]

    async def commit(
        self, outputs: Iterable[Outgoing], memos: Mapping[str, bytes | None], next_offset: int
    ) -> None:
        """Make outputs, memos and the next offset durable in one transaction."""
        bookkeeping = self._state(NEXT_OFFSET_KEY, next_offset_value(next_offset))
        memo_records = [self._state(key, value) for key, value in memos.items()]
        source = TopicPartition(self._place.input_topic, self.partition)
        await write(
            self._producer,
            [*memo_records, *outputs, bookkeeping],
            offsets={source: next_offset},
            group=self._place.group,
            reach=self._place.reach,
        )
        self._place.reach(Step.AFTER_COMMIT)
        self.next_offset = next_offset
        if self.suspicion is not None and next_offset >= self.suspicion.until:
            self.suspicion = None

    async def remember(self, mark: Suspicion) -> None:
        """Make a mark durable, in a transaction of its own: it must outlive this process."""
        await write(
            self._producer, [self._state(SUSPICION_KEY, mark.to_json())], group=self._place.group
        )

    async def close(self) -> None:
        """Let go of the partition."""
        await self._producer.stop()

    async def restore(self, into: Callable[[str, bytes | None], None]) -> None:
        """Read the changelog; refuse to go on where it has lost what the group knows.

        Raises:
            StateLostError: the group, or what was answered, is ahead of the changelog.
        """
        state = TopicPartition(self._place.state_topic, self.partition)
        restored = await restore(self._place.client, state, into)
        self.next_offset = restored.next_offset or 0
        self.suspicion = inherited(restored.suspicion, self.next_offset)
        answered = await self._committed()
        if restored.next_offset is None:
            # The group's offset may be gone too: without memory only the answers can be trusted.
            place = self._place
            recorded = await answered_to(place.client, place.input_topic, self.partition)
            answered = max(answered, recorded)
        if answered > self.next_offset:
            raise StateLostError(self.partition, answered, self.next_offset)

    async def _committed(self) -> int:
        consumer = AIOKafkaConsumer(
            **self._place.client, group_id=self._place.group, enable_auto_commit=False
        )
        source = TopicPartition(self._place.input_topic, self.partition)
        consumer.assign([source])
        await consumer.start()
        try:
            return await consumer.committed(source) or 0
        finally:
            await consumer.stop()

    def _state(self, key: str, value: bytes | None) -> Outgoing:
        return Outgoing(
            topic=self._place.state_topic,
            key=key.encode(),
            value=value,
            headers=(),
            partition=self.partition,
        )


async def open_journal(
    place: JournalPlace, partition: int, into: Callable[[str, bytes | None], None]
) -> PartitionJournal:
    """Fence the predecessor, restore its state into `into`, and return the journal ready to write.

    Raises:
        StateLostError: see `PartitionJournal.restore`.
    """
    producer = transactional_producer(place.client, f"{place.group}-{partition}")
    await producer.start()
    journal = PartitionJournal(place, partition, producer)
    try:
        await journal.restore(into)
    except BaseException:
        # A rebalance may cancel a restore; the producer must not outlive it.
        await producer.stop()
        raise
    return journal

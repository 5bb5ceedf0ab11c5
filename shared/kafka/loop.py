"""Consume, transform, produce: one transaction per poll, so each record has effect exactly once."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from kafka import (
    ConsumerGroupMetadata,
    KafkaProducer,
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.errors import KafkaError

from shared.clock import monotonic
from shared.kafka.backoff import pause_seconds
from shared.kafka.client import MAX_REQUEST_BYTES, KafkaClient
from shared.kafka.consumer import Consumer
from shared.kafka.records import Incoming, Outgoing, incoming
from shared.kafka.rejection_bound import RejectionBound
from shared.kafka.settlement import Place, Result, Retry, Settlement, settle
from shared.observability import event_log

Transform: TypeAlias = Callable[[Sequence[Incoming]], Sequence[Result]]
POLL_MS: Final = 500
MAX_RECORDS: Final = 500
TRANSACTION_TIMEOUT_MS: Final = 15_000
# Kafka answers "the last transaction is still ending" to the first request of the next one: with
# the client's default of 100 ms each transaction takes 117 ms, with this 11 (measured on 4.1.1).
RETRY_MS: Final = 5
_CLOSE_SECONDS: Final = 5.0
_RECORD_OVERHEAD: Final = 256  # batch header, lengths, timestamp; headers are counted apart


class OutgoingTooLargeError(RuntimeError):
    """A transform made a record that no topic takes; only its topic and size are told."""

    def __init__(self, topic: str, size: int) -> None:
        """Name the topic and the size in bytes."""
        super().__init__(
            f"A record for {topic} has {size} bytes, at most {MAX_REQUEST_BYTES} can be sent. The "
            "transform must refuse such a record before it gets here; nothing was committed."
        )


@dataclass(slots=True)
class _Hold:
    """A partition that waits after RetryLater."""

    until: float
    attempts: int


class TransactionalLoop:
    """Reads topics as one static member of a group and writes what `transform` returns.

    `transform` gets the records of one poll (order kept within a partition) and owes one result per
    record. It may block; it must be repeatable, since a crash before the commit shows it the same
    records again. Whatever it raises ends `run` with nothing committed. `slot` names this process
    for good: a process that restarts under its slot takes up its partitions at once and fences its
    predecessor.
    """

    def __init__(
        self,
        client: KafkaClient,
        group: str,
        topic: str | Sequence[str],
        slot: str,
        transform: Transform,
        *,
        observe: Callable[[Settlement], None] = lambda _: None,
        max_records: int = MAX_RECORDS,
    ) -> None:
        """Take what is needed; nothing is connected before `run`.

        `observe` is told of each settlement after its commit, for counting.
        """
        self._client = client
        self._group = group
        self._topics = [topic] if isinstance(topic, str) else list(topic)
        self._slot = slot
        self._transform = transform
        self._log = event_log(group)
        self._observe = observe
        self._max_records = max_records
        self._bound = RejectionBound()
        self._holds: dict[TopicPartition, _Hold] = {}
        self.assignment: frozenset[Place] = frozenset()
        self.progress_at = monotonic()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; the transaction of the current poll is finished first.

        Blocks, so it wants a thread or process of its own.

        Raises:
            KafkaError: Kafka refused or fenced us. The process should end and be restarted.
            Exception: whatever `transform` raised. The offset stays uncommitted.
        """
        producer = self._producer()
        try:
            # First of all: this ends what a predecessor of our slot left open.
            producer.init_transactions()
            consumer = self._consumer()
            try:
                self._work(consumer, producer, stop)
            finally:
                consumer.close()
        finally:
            # What is still open here is ended by the next start, or by its time-out.
            producer.close(timeout=_CLOSE_SECONDS)
        self._log.info("loop_stopped", topic=",".join(self._topics))

    def _producer(self) -> KafkaProducer:
        return self._client.producer(
            transactional_id=f"{self._group}-{self._slot}",
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            request_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=RETRY_MS,
        )

    def _consumer(self) -> Consumer:
        consumer = self._client.consumer(
            group_id=self._group,
            group_instance_id=f"{self._group}-{self._slot}",
            max_poll_records=self._max_records,
        )
        consumer.subscribe(self._topics)
        return consumer

    def _work(self, consumer: Consumer, producer: KafkaProducer, stop: threading.Event) -> None:
        self._log.info("loop_started", topic=",".join(self._topics))
        while not stop.is_set():
            self._release(consumer)
            polled = consumer.poll(timeout_ms=POLL_MS)
            self._note_assignment(consumer)
            records = [incoming(record) for part in polled.values() for record in part]
            if records:
                self._step(consumer, producer, records)
            self.progress_at = monotonic()

    def _step(
        self, consumer: Consumer, producer: KafkaProducer, records: Sequence[Incoming]
    ) -> None:
        settlement = settle(records, self._transform(records))
        self._bound.note(settlement.settled, settlement.rejected)
        for outgoing in settlement.outgoing:
            _refuse_too_large(outgoing)
        if settlement.offsets:
            _commit(producer, settlement, consumer.group_metadata())
        for place in settlement.offsets.keys() - settlement.retries.keys():
            self._holds.pop(TopicPartition(*place), None)
        for place, retry in settlement.retries.items():
            self._hold(consumer, TopicPartition(*place), retry, moved=place in settlement.offsets)
        self._observe(settlement)

    def _hold(self, consumer: Consumer, at: TopicPartition, retry: Retry, *, moved: bool) -> None:
        before = self._holds.get(at)
        attempts = 1 if before is None or moved else before.attempts + 1
        pause = pause_seconds(attempts, f"{self._slot}|{at.partition}", retry.later.after_seconds)
        self._holds[at] = _Hold(monotonic() + pause, attempts)
        consumer.seek(at, retry.offset)
        consumer.pause(at)
        self._log.notice(
            "partition_paused",
            topic=at.topic,
            partition=at.partition,
            offset=retry.offset,
            reason=retry.later.reason,
            attempts=attempts,
            duration_ms=round(pause * 1000),
        )

    def _release(self, consumer: Consumer) -> None:
        paused = consumer.paused()
        now = monotonic()
        for at in paused:
            if at not in self._holds or self._holds[at].until <= now:
                consumer.resume(at)

    def _note_assignment(self, consumer: Consumer) -> None:
        current = frozenset((at.topic, at.partition) for at in consumer.assignment())
        if current == self.assignment:
            return
        self.assignment = current
        self._holds = {at: hold for at, hold in self._holds.items() if tuple(at) in current}
        self._log.info(
            "partitions_assigned", state=",".join(f"{t}-{p}" for t, p in sorted(current))
        )


def _commit(
    producer: KafkaProducer, settlement: Settlement, membership: ConsumerGroupMetadata
) -> None:
    producer.begin_transaction()
    try:
        for record in settlement.outgoing:
            _send(producer, record)
        producer.send_offsets_to_transaction(_next_offsets(settlement), membership)
        producer.commit_transaction()
    except KafkaError:
        # Fenced or cut off: an abort would wait for ever. The next start of this slot aborts.
        raise
    except Exception:
        producer.abort_transaction()
        raise


def _send(producer: KafkaProducer, record: Outgoing) -> None:
    producer.send(
        record.topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
    )


def _next_offsets(settlement: Settlement) -> dict[TopicPartition, OffsetAndMetadata]:
    return {
        TopicPartition(*place): OffsetAndMetadata(offset, "", -1)
        for place, offset in settlement.offsets.items()
    }


def _refuse_too_large(record: Outgoing) -> None:
    headers = sum(len(name.encode()) + len(value) for name, value in record.headers)
    size = len(record.key) + len(record.value or b"") + headers + _RECORD_OVERHEAD
    if size > MAX_REQUEST_BYTES:
        raise OutgoingTooLargeError(record.topic, size)

"""Appending to Kafka so that it is safe to say so: acks=all, awaited, within a few seconds.

RawLogUnavailableError       Kafka did not take the records
└── RecordTooLargeError      because of one of them; alone, the others would be taken
"""

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from kafka import KafkaProducer
from kafka.errors import (
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    RetriableError,
)
from kafka.producer.future import FutureRecordMetadata

from shared.clock import monotonic
from shared.contracts.topics import RAW, REJECTED, TOPICS
from shared.kafka.admin import PartitionCountError
from shared.kafka.client import KafkaClient
from shared.kafka.records import Outgoing
from shared.observability import event_log

RETRY_AFTER_SECONDS: Final = 5
_MARGIN_SECONDS: Final = 0.5
_COOL_SECONDS: Final = 1.0
# What Kafka writes around a batch of one record, and around each header of it, at most.
_RECORD_OVERHEAD: Final = 128
_HEADER_OVERHEAD: Final = 10
_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


class RawLogUnavailableError(Exception):
    """Kafka did not take the records; those of this call count as not accepted."""

    def __init__(self, reason: str) -> None:
        """Keep a short reason for the log: an exception's type, never its text."""
        super().__init__(
            f"Kafka did not confirm the records ({reason}). Nothing was acknowledged, so the "
            "sender sends them again. Check the brokers that KAFKA_BOOTSTRAP_SERVERS names."
        )
        self.reason = reason


class RecordTooLargeError(RawLogUnavailableError):
    """One of the records is larger than its topic takes: whoever sent several tries each alone."""

    def __init__(self) -> None:
        """Name the fault."""
        super().__init__("record_too_large")


class RawLog(Protocol):
    """Called from several threads; blocks until every in-sync replica has all records."""

    def append(self, records: Sequence[Outgoing]) -> None:
        """Return when all records are durable.

        Raises:
            RawLogUnavailableError: they are not, or it is not known; some may have been written.
            RecordTooLargeError: and that is the fault of one of them.
        """
        ...

    def probe(self) -> None:
        """Return when Kafka answers now; raises RawLogUnavailableError."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait for a connection, for metadata and for all acknowledgements."""

    connect_seconds: float = 3.0
    delivery_seconds: float = 5.0


class KafkaRawLog:
    """`RawLog` on one idempotent producer, made at first use and made again after a fatal error.

    Once Kafka did not answer, callers fail at once for a second: a queue of waiting requests would
    keep each sender waiting for the sum of all.
    """

    def __init__(self, client: KafkaClient, partitions: int, patience: Patience) -> None:
        """Take what is needed; nothing is connected yet, so intake starts without Kafka."""
        self._client = client
        self._partitions = partitions
        self._patience = patience
        self._lock = threading.Lock()
        self._producer: KafkaProducer | None = None
        self._down_until = 0.0
        self._log = event_log("intake-http")

    def append(self, records: Sequence[Outgoing]) -> None:
        """Send all, then wait for all."""
        if any(_is_too_large(record) for record in records):
            raise RecordTooLargeError
        producer = self._connected()
        try:
            futures = [_send(producer, record) for record in records]
            deadline = monotonic() + self._patience.delivery_seconds + _MARGIN_SECONDS
            for future in futures:
                future.get(timeout=max(0.0, deadline - monotonic()))
        except KafkaError as error:
            raise self._failed(producer, error) from None

    def probe(self) -> None:
        """Look whether a broker takes connections, and the producer is there or can be made."""
        # Not by a client of its own: one that cannot connect leaves a thread behind (3.0.12).
        self._connected()
        if not any(_answers(at, self._patience) for at in self._client.bootstrap.split(",")):
            raise RawLogUnavailableError("no_broker_answers")

    def close(self) -> None:
        """Close the producer; what was acknowledged stays so."""
        with self._lock:
            self._drop()

    def _connected(self) -> KafkaProducer:
        with self._lock:
            if monotonic() < self._down_until:
                raise RawLogUnavailableError("cooling_down")
            if self._producer is None:
                self._producer = self._connect()
            return self._producer

    def _connect(self) -> KafkaProducer:
        connect_ms = round(self._patience.connect_seconds * 1000)
        delivery_ms = round(self._patience.delivery_seconds * 1000)
        try:
            producer = self._client.producer(
                bootstrap_timeout_ms=connect_ms,
                max_block_ms=connect_ms,
                delivery_timeout_ms=delivery_ms,
                request_timeout_ms=delivery_ms - 1,
                reconnect_backoff_max_ms=1000,
            )
            self._check_partitions(producer)
        except KafkaError as error:
            raise self._cooled(error) from None
        self._log.info("kafka_connected", topic=RAW.name)
        return producer

    def _check_partitions(self, producer: KafkaProducer) -> None:
        # With another count a tenant's reports would go to a partition that is not the tenant's.
        for topic in (RAW, REJECTED):
            found = len(producer.partitions_for(topic.name))
            if found != self._partitions:
                producer.close(timeout=0)
                error = PartitionCountError(topic.name, found, self._partitions)
                self._log.alarm("partition_count_wrong", error, topic=topic.name)
                raise self._cooled(error)

    def _failed(self, producer: KafkaProducer, error: KafkaError) -> RawLogUnavailableError:
        with self._lock:
            if not isinstance(error, RetriableError) and self._producer is producer:
                self._drop()
            if isinstance(error, _TOO_LARGE):
                # The topic takes less than it should. Kafka answers, so nobody has to wait; but to
                # kafka-python (3.0.12) this error is fatal: the producer would fail for all.
                return RecordTooLargeError()
            return self._cooled(error)

    def _cooled(self, error: Exception) -> RawLogUnavailableError:
        self._down_until = monotonic() + _COOL_SECONDS
        self._log.notice("kafka_unavailable", error_type=type(error).__name__)
        return RawLogUnavailableError(type(error).__name__)

    def _drop(self) -> None:
        if self._producer is not None:
            with suppress(KafkaError):
                self._producer.close(timeout=1)
        self._producer = None


def _is_too_large(record: Outgoing) -> bool:
    headers = sum(len(name) + len(value) + _HEADER_OVERHEAD for name, value in record.headers)
    size = len(record.key) + len(record.value or b"") + headers + _RECORD_OVERHEAD
    return size > TOPICS[record.topic].max_message_bytes


def _answers(address: str, patience: Patience) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), patience.connect_seconds):
            return True
    except (OSError, ValueError):
        return False


def _send(producer: KafkaProducer, record: Outgoing) -> FutureRecordMetadata:
    return producer.send(
        record.topic,
        value=record.value,
        key=record.key,
        headers=list(record.headers),
        partition=record.partition,
    )

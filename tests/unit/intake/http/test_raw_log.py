"""Appending: whose fault a failure is decides who waits, and whether the producer goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from kafka.errors import (
    BrokerResponseError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)

from services.intake.http.raw_log import (
    KafkaRawLog,
    Patience,
    RawLogUnavailableError,
    RecordTooLargeError,
)
from shared.contracts.topics import RAW
from shared.kafka.client import KafkaClient
from shared.kafka.records import Outgoing


@dataclass
class Producer:
    """Takes what it is sent until it was given an `error`; that of a future and of all later."""

    errors: list[KafkaError]
    sent: list[Any] = field(default_factory=list)
    is_closed: bool = False

    def partitions_for(self, topic: str) -> set[int]:
        assert topic
        return {0}

    def send(self, topic: str, value: bytes, **_: Any) -> "Producer":
        assert topic
        self.sent.append(value)
        return self

    def get(self, timeout: float) -> None:
        assert timeout > 0
        if self.errors:
            raise self.errors.pop()

    def close(self, timeout: float) -> None:
        self.is_closed = timeout > 0


@dataclass
class Client:
    """Makes producers; the first has errors to give."""

    errors: list[KafkaError]
    made: list[Producer] = field(default_factory=list)

    def producer(self, **_: Any) -> Producer:
        self.made.append(Producer(self.errors if not self.made else []))
        return self.made[-1]


def a_log(*errors: KafkaError) -> tuple[KafkaRawLog, Client]:
    """Give a log whose first producer fails with `errors`, the last first."""
    client = Client(list(errors))
    return KafkaRawLog(cast("KafkaClient", client), 1, Patience()), client


def records(*sizes: int, header: int = 0) -> Sequence[Outgoing]:
    """Give records with values of so many bytes."""
    headers = (("ce_note", b"x" * header),)
    return [Outgoing(RAW.name, b"northwick", b"x" * size, headers, 0) for size in sizes]


@pytest.mark.parametrize(
    ("size", "header"), [(RAW.max_message_bytes, 0), (1, RAW.max_message_bytes)]
)
def test_what_no_topic_takes_is_not_even_sent(size: int, header: int) -> None:
    """The broker's refusal would end the producer, which all tenants share."""
    log, client = a_log()

    with pytest.raises(RecordTooLargeError):
        log.append(records(1, size, header=header))

    assert client.made == []


def test_what_just_fits_is_sent() -> None:
    """The bound is the topic's, less what Kafka writes around a record."""
    log, client = a_log()

    log.append(records(RAW.max_message_bytes - 1000, 1))

    assert len(client.made[0].sent) == 2


@pytest.mark.parametrize("error", [MessageSizeTooLargeError(), RecordListTooLargeError()])
def test_a_topic_that_takes_less_keeps_nobody_waiting(error: KafkaError) -> None:
    """The library's producer is dead after it; the next caller has a new one at once."""
    log, client = a_log(error)

    with pytest.raises(RecordTooLargeError):
        log.append(records(1))
    log.append(records(1))

    assert [each.is_closed for each in client.made] == [True, False]


@pytest.mark.parametrize(
    ("error", "is_closed"), [(KafkaTimeoutError(), False), (BrokerResponseError(), True)]
)
def test_after_another_failure_callers_fail_at_once(error: KafkaError, *, is_closed: bool) -> None:
    """Kafka does not answer as it should: a queue of waiting requests would help nobody."""
    log, client = a_log(error)

    for reason in (type(error).__name__, "cooling_down"):
        with pytest.raises(RawLogUnavailableError) as failed:
            log.append(records(1))
        assert failed.value.reason == reason

    assert [each.is_closed for each in client.made] == [is_closed]

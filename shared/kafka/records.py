"""Records as plain values, so that no code behind an edge knows a client library."""

from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as it was read; `timestamp_ms` is Kafka's (append or create time), in UTC.

    `value` None is a tombstone; a header that Kafka carries without a value is empty here.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write to the partition that the caller chose; `value` None is a tombstone."""

    topic: str
    key: bytes
    value: bytes | None
    headers: Headers
    partition: int


class ClientRecord(Protocol):
    """What the records of kafka-python and of aiokafka have in common."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: Any
    value: Any
    headers: Any


def incoming(record: ClientRecord) -> Incoming:
    """Return `record` of a client library as our own value."""
    return Incoming(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp_ms=record.timestamp,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers or ()),
    )

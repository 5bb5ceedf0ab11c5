"""Records as plain values, so that no code behind an edge knows a client library."""

from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeAlias

_LOG_APPEND_TIME: Final = 1  # bit 3 of a batch's attributes, as both client libraries hand it out

Headers: TypeAlias = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One record as it was read; `timestamp_ms` is Kafka's (append or create time), in UTC.

    `is_append_time` says that the broker set it, not the writer. `value` None is a tombstone; a
    header that Kafka carries without a value is empty here. The repr says where it lies, not what.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: Headers = field(default=(), repr=False)
    is_append_time: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to write to the partition that the caller chose; `value` None is a tombstone."""

    topic: str
    key: bytes = field(repr=False)
    value: bytes | None = field(repr=False)
    headers: Headers = field(repr=False)
    partition: int


class ClientRecord(Protocol):
    """What the records of kafka-python and of aiokafka have in common."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: Any
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
        is_append_time=record.timestamp_type == _LOG_APPEND_TIME,
    )

"""Records as they come from Kafka, with defaults."""

from shared.kafka.records import Incoming, Outgoing


def an_incoming(
    *,
    topic: str = "in",
    partition: int = 0,
    offset: int = 0,
    timestamp_ms: int = 0,
    key: bytes | None = b"key",
    value: bytes | None = b"value",
    headers: tuple[tuple[str, bytes], ...] = (),
) -> Incoming:
    """Return a record read from `topic`."""
    return Incoming(topic, partition, offset, timestamp_ms, key, value, headers)


def an_outgoing(
    *,
    topic: str = "out",
    key: bytes = b"key",
    value: bytes | None = b"value",
    headers: tuple[tuple[str, bytes], ...] = (),
    partition: int = 0,
) -> Outgoing:
    """Return a record to be written to `topic`."""
    return Outgoing(topic, key, value, headers, partition)

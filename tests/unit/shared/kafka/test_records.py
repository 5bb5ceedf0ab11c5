"""Records of the client libraries become our own values."""

from dataclasses import dataclass

from shared.kafka.records import Incoming, incoming


@dataclass
class ClientsRecord:
    """As kafka-python and aiokafka hand it out."""

    topic: str = "in"
    partition: int = 2
    offset: int = 7
    timestamp: int = 1_760_000_000_000
    timestamp_type: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: object = None


def test_a_tombstone_without_headers_stays_what_it_is() -> None:
    """No key, no value, no headers: nothing is made up."""
    assert incoming(ClientsRecord()) == Incoming("in", 2, 7, 1_760_000_000_000, None, None, ())


def test_a_header_without_a_value_is_empty() -> None:
    """Kafka allows null there; our codec refuses empty attributes by name."""
    record = incoming(ClientsRecord(headers=[("ce_id", None), ("ce_type", b"t")]))

    assert record.headers == (("ce_id", b""), ("ce_type", b"t"))


def test_a_time_that_the_broker_set_is_told_from_the_writers() -> None:
    """Only the former may become a received_at."""
    assert incoming(ClientsRecord(timestamp_type=1)).is_append_time
    assert not incoming(ClientsRecord(timestamp_type=0)).is_append_time

"""A raw record again: the same ciphertext under the same key, so that erasing it erases both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from services.intake.raw.record import Label
from shared.contracts.values import write_moment
from shared.kafka.cloudevents import from_headers, to_headers
from shared.kafka.records import Incoming, Outgoing

_LEFT_BEHIND: Final = frozenset({"refusal", "transaction"})
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def received_at(record: Incoming, label: Label) -> datetime:
    """Return when the first record that Kafka saw of this report was appended."""
    return label.received_at or _EPOCH + timedelta(milliseconds=record.timestamp_ms)


def copy_of(record: Incoming, label: Label, event_id: UUID, generation: int) -> Outgoing:
    """Return the record to append to the raw topic, so that its report is mapped once more.

    A refusal that the edge noted is left behind, and the transaction that it was for.

    `generation` is that of the record, or more after a mapping was corrected. The time at which the
    report was received goes along.
    """
    attributes = from_headers(record.headers)
    kept = {name: v for name, v in attributes.extensions.items() if name not in _LEFT_BEHIND}
    carried = {
        "mappinggeneration": str(generation),
        "receivedat": write_moment(received_at(record, label)),
    }
    again = replace(attributes, id=str(event_id), extensions={**kept, **carried})
    return Outgoing(
        record.topic, label.tenant.encode(), record.value, to_headers(again), record.partition
    )

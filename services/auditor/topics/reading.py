"""Reads the topics an auditor may read: assigned, read committed, no group, no producer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from shared.contracts import (
    IncidentRejected,
    IncidentReported,
    TriageDecision,
    TriageRejected,
)
from shared.contracts.cloudevents import CloudEventInvalidError
from shared.contracts.topics import DECISION, REJECTED, REPORTED, RULESET, TRIAGE_REJECTED, Topic
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import from_headers
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Topics:
    """What an auditor can ask of a broker; each method reads from the oldest record kept."""

    kafka: KafkaClient

    def decisions(self, partitions: Collection[int] | None = None) -> Iterator[TriageDecision]:
        """Yield the decisions, per partition in order."""
        return self._read(DECISION, TriageDecision, partitions)

    def triage_rejections(
        self, partitions: Collection[int] | None = None
    ) -> Iterator[TriageRejected]:
        """Yield what triage did not decide: duplicates, unreadable and parked reports."""
        return self._read(TRIAGE_REJECTED, TriageRejected, partitions)

    def intake_rejections(self) -> Iterator[IncidentRejected]:
        """Yield what intake refused."""
        return self._read(REJECTED, IncidentRejected, None)

    def reports(
        self, partitions: Collection[int] | None = None
    ) -> Iterator[tuple[Incoming, IncidentReported | None]]:
        """Yield each report with its record; None where the record is no report (poison)."""
        for record in read_range(self.kafka, REPORTED.name, partitions=partitions):
            yield record, _report(record)

    def rule_records(self) -> Iterator[tuple[bytes | None, bytes | None]]:
        """Yield key and value of each record of the rule topic; nothing is checked yet."""
        for record in read_range(self.kafka, RULESET.name):
            yield record.key, record.value

    def first_offsets(self) -> Mapping[int, int]:
        """Return the oldest offset kept of each partition of the reports."""
        return self._offsets("beginning_offsets")

    def end_offsets(self) -> Mapping[int, int]:
        """Return where each partition of the reports ends now; for progress only."""
        return self._offsets("end_offsets")

    def _offsets(self, which: str) -> Mapping[int, int]:
        consumer = self.kafka.consumer(group_id=None)
        try:
            present = consumer.partitions_for_topic(REPORTED.name) or set()
            wanted = [_partition(REPORTED.name, number) for number in sorted(present)]
            found = getattr(consumer, which)(wanted)
            return {at.partition: offset for at, offset in found.items()}
        finally:
            consumer.close()

    def _read(
        self, topic: Topic, model: type[Model], partitions: Collection[int] | None
    ) -> Iterator[Model]:
        for record in read_range(self.kafka, topic.name, partitions=partitions):
            found = _parsed(model, record.value)
            if found is not None:
                yield found


def _partition(topic: str, number: int) -> object:
    from kafka import TopicPartition  # noqa: PLC0415 - untyped, and only needed here

    return TopicPartition(topic, number)


def _parsed(model: type[Model], value: bytes | None) -> Model | None:
    if value is None:
        return None
    try:
        return model.model_validate_json(value, extra="ignore")
    except ValidationError:
        return None


def _report(record: Incoming) -> IncidentReported | None:
    try:
        attributes = from_headers(record.headers)
    except CloudEventInvalidError:
        return None
    if attributes.type != REPORTED.name:
        return None
    return _parsed(IncidentReported, record.value)

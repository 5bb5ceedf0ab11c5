"""Reads `outreach.requested.v1`: one SQL transaction for each record, positions kept in SQL.

The group offset is committed for lag metrics only; at start and on every assignment the reader
seeks to the position in SQL, so that a restored database reads its requests again.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from uuid import UUID

from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError
from sqlalchemy.exc import IntegrityError

from services.notifier import asking
from services.notifier.dispatcher import Bells, Pulse
from services.notifier.domain.errors import PolicyUnavailableError
from services.notifier.domain.policy import Policies
from services.notifier.reading import Poison, read_request
from services.notifier.store.engine import SQL_DOWN, Store
from services.notifier.store.unit import Unit
from shared.clock import Clock, monotonic
from shared.contracts import OutreachRequested
from shared.contracts.topics import REQUESTED
from shared.kafka.backoff import pause_seconds
from shared.kafka.client import KafkaClient
from shared.kafka.records import Incoming, incoming
from shared.observability import Metrics, event_log

POLL_MS: Final = 200
MOST_RECORDS: Final = 100
CONFLICTS: Final = 5  # two transactions may open the same person's case at once; then one waits
log = event_log("notifier")


@dataclass(slots=True)
class Inbox:
    """Applies requests in order of their offsets; `slot` is this process's stable name."""

    store: Store
    client: KafkaClient
    clock: Clock
    policies: Policies
    metrics: Metrics
    slot: str
    group: str = "notifier"
    topic: str = REQUESTED.name
    pulse: Pulse = field(default_factory=Pulse)
    _topic_id: UUID = field(default=UUID(int=0), init=False)
    _placed: set[TopicPartition] = field(default_factory=set, init=False)

    def run(self, bells: Bells, stop: threading.Event) -> None:
        """Read until `stop` is set.

        While SQL is down the record is tried again in place; while Kafka is down the client tries
        again by itself. Anything else is a bug and ends the process with the offset untouched.
        """
        consumer = self.client.consumer(
            group_id=self.group,
            group_instance_id=f"{self.group}-{self.slot}",
            max_poll_records=MOST_RECORDS,
        )
        try:
            consumer.subscribe([self.topic], listener=_Assignments(self))
            log.info("inbox_started", topic=self.topic)
            while not stop.is_set():
                self.pulse.at = monotonic()
                self._turn(consumer, bells, stop)
        finally:
            consumer.close()
        log.info("inbox_stopped", topic=self.topic)

    def place(self, consumer: KafkaConsumer) -> bool:
        """Start newly assigned partitions at their position in SQL; say whether any was new.

        A topic id that SQL does not know (a new or re-created topic) starts at its beginning.
        """
        new = sorted(consumer.assignment() - self._placed)
        if not new:
            return False
        self._topic_id = _topic_id(consumer, self.topic)
        with self.store.read() as unit:
            known = {at: unit.inbox.next_offset(self._topic_id, at.partition) for at in new}
        oldest = consumer.beginning_offsets(new)
        for at, offset in known.items():
            consumer.seek(at, max(offset or 0, oldest[at]))
        self._placed |= set(new)
        return True

    def forget_places(self, assigned: Iterable[TopicPartition]) -> None:
        """Partitions were assigned anew: seek again before anything is applied."""
        self._placed -= set(assigned)

    def apply(self, record: Incoming) -> None:
        """Apply one record in one transaction.

        Raises:
            SQL_DOWN, PolicyUnavailableError: infrastructure; try the same record again.
        """
        found = read_request(record)
        for conflict in range(CONFLICTS):
            try:
                with self.store.begin() as unit:
                    self._write(unit, record, found)
                break
            except IntegrityError:
                if conflict + 1 == CONFLICTS:
                    raise
        if isinstance(found, Poison):
            self.metrics.count("notifier_cases_total", state="refused", reason=found.code)
            log.alarm(
                "request_refused",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                reason=found.code,
            )

    def _write(self, unit: Unit, record: Incoming, found: OutreachRequested | Poison) -> None:
        at = self.clock.now()
        if isinstance(found, Poison):
            place = (self._topic_id, record.partition, record.offset)
            unit.inbox.refuse(place, found.code, found.pointer, at)
        elif unit.inbox.first_time(found.tenant, found.request_id, found.case_ref, at):
            asking.receive(unit, found, self.policies(found.tenant), at)
            self.metrics.count("notifier_cases_total", state=found.action)
        else:
            self.metrics.count("notifier_blocked_repeats_total")
        unit.inbox.move_to(self._topic_id, record.partition, record.offset + 1)

    def _turn(self, consumer: KafkaConsumer, bells: Bells, stop: threading.Event) -> None:
        polled = consumer.poll(timeout_ms=POLL_MS)
        if self._patiently(lambda: self.place(consumer), consumer, stop):
            return  # what was polled came from before the seek
        for at, records in polled.items():
            for record in map(incoming, records):
                self._patiently(partial(self.apply, record), consumer, stop)
                if stop.is_set():
                    return
                bells.ring()
            self._commit(consumer, at, records[-1].offset + 1)

    def _patiently(
        self, act: Callable[[], bool | None], consumer: KafkaConsumer, stop: threading.Event
    ) -> bool | None:
        """Do `act`, again and again while infrastructure is down, until told to stop."""
        failures = 0
        while not stop.is_set():
            self.pulse.at = monotonic()
            try:
                return act()
            except (*SQL_DOWN, PolicyUnavailableError) as error:
                failures += 1
                log.notice("inbox_waits", error_type=type(error).__name__, attempts=failures)
                _keep_membership(consumer)
                stop.wait(pause_seconds(failures, self.slot))
        return True

    def _commit(self, consumer: KafkaConsumer, at: TopicPartition, offset: int) -> None:
        try:
            consumer.commit({at: OffsetAndMetadata(offset, "", -1)})
        except KafkaError as error:  # for lag metrics only; the truth is in SQL
            log.notice("offset_not_committed", error_type=type(error).__name__)


class _Assignments(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes that partitions were assigned; seeking, which needs SQL, follows the poll."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Do nothing: each record was committed in SQL before the next was read."""

    def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Let the loop seek."""
        self._inbox.forget_places(assigned)


def _keep_membership(consumer: KafkaConsumer) -> None:
    """Poll with everything paused, so that the group does not think we are gone."""
    held = consumer.assignment()
    consumer.pause(*held)
    consumer.poll(timeout_ms=0)
    consumer.resume(*held)


def _topic_id(consumer: KafkaConsumer, topic: str) -> UUID:
    consumer.partitions_for_topic(topic)
    found: UUID | None = consumer._cluster.topic_id(topic)  # noqa: SLF001
    return found or UUID(int=0)

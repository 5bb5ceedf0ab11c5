"""Publishes the outbox on `outreach.case.v1`: at least once, in order, marked after the ack."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from kafka import KafkaProducer
from kafka.errors import KafkaError

from services.notifier.dispatcher import POLL_SECONDS, Pulse
from services.notifier.store.engine import SQL_DOWN, Store
from services.notifier.store.outbox_rows import OutboxRow
from services.notifier.wake import Wake
from shared.clock import Clock, monotonic
from shared.contracts import OutreachCaseEvent
from shared.identity import derive_id
from shared.kafka.backoff import pause_seconds
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import outgoing
from shared.kafka.partitions import partition_of
from shared.kafka.records import Outgoing
from shared.observability import event_log

BATCH: Final = 200
ACK_SECONDS: Final = 30.0
LEASE: Final = timedelta(seconds=2 * ACK_SECONDS)
log = event_log("notifier")


@dataclass(frozen=True, slots=True)
class Relay:
    """Publishes what waits; `lease` names this process, `partitions` is the site's count.

    Readers drop repeats by (case_ref, seq).
    """

    store: Store
    client: KafkaClient
    clock: Clock
    partitions: int
    lease: UUID

    def run(self, wake: Wake, pulse: Pulse, stop: threading.Event) -> None:
        """Publish until `stop` is set; while Kafka or SQL is down try again in place."""
        failures = 0
        while not stop.is_set():
            try:
                producer = self.client.producer()
                try:
                    self._work(producer, wake, pulse, stop)
                finally:
                    producer.close(timeout=ACK_SECONDS)
            except (KafkaError, *SQL_DOWN) as error:
                failures += 1
                log.notice("relay_waits", error_type=type(error).__name__, attempts=failures)
                stop.wait(pause_seconds(failures, "relay"))

    def _work(
        self, producer: KafkaProducer, wake: Wake, pulse: Pulse, stop: threading.Event
    ) -> None:
        while not stop.is_set():
            mark = wake.heard()
            pulse.at = monotonic()
            if self.publish(producer) == 0:
                wake.wait(mark, POLL_SECONDS)

    def publish(self, producer: KafkaProducer) -> int:
        """Publish one batch and return its size; what Kafka did not take is given back.

        Raises:
            KafkaError: Kafka did not acknowledge; the rows wait for the next try.
        """
        at = self.clock.now()
        with self.store.begin() as unit:
            rows = unit.outbox.claim(self.lease, at, at + LEASE, BATCH)
        if not rows:
            return 0
        try:
            self._send(producer, rows)
        except KafkaError:
            with self.store.begin() as unit:
                unit.outbox.release(self.lease)
            raise
        with self.store.begin() as unit:
            unit.outbox.mark_sent(self.lease, [row.id for row in rows], self.clock.now())
        return len(rows)

    def _send(self, producer: KafkaProducer, rows: list[OutboxRow]) -> None:
        records = [record_of(row, self.partitions) for row in rows]
        pending = [
            producer.send(
                record.topic,
                value=record.value,
                key=record.key,
                headers=list(record.headers),
                partition=record.partition,
            )
            for record in records
        ]
        producer.flush(timeout=ACK_SECONDS)
        for answer in pending:
            answer.get(timeout=ACK_SECONDS)


def record_of(row: OutboxRow, partitions: int) -> Outgoing:
    """Return the Kafka record of an outbox row: the same row always gives the same record."""
    return outgoing(
        OutreachCaseEvent.model_validate_json(row.body),
        key=str(row.case_ref),
        event_id=derive_id("case_event", row.tenant, str(row.case_ref), str(row.seq)),
        source=f"urn:peerline:notifier:{row.tenant}",
        subject=str(row.case_ref),
        time=row.at,
        partition=partition_of(row.tenant, partitions),
        extensions={"sequence": f"{row.seq:020d}"},
    )

"""From a publisher's own topic to raw records: cut, encrypted, one transaction per poll.

Whose a record is, only the binding of its topic says. A record that is wrong still becomes a raw
record, so that the normaliser rejects it in the one place where that is done; what is missing on
our side holds the partition.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from services.intake.domain.cloudevents import event_headers
from services.intake.domain.context import Hints, MappingContext
from services.intake.domain.framing import unframed
from services.intake.domain.receive import receive
from services.intake.domain.refusals import TEXTS, RefusedError
from services.intake.domain.results import Refused, Result, faults
from services.intake.keystore.cipher import StoredKey
from services.intake.keystore.errors import KeyStoreUnavailableError
from services.intake.keystore.store import KeyStore
from services.intake.raw.parcels import (
    LONGEST_CONTENT_TYPE,
    Delivery,
    continued,
    encrypted,
    parcels_of,
)
from services.intake.raw.record import Envelope
from services.intake.raw.rejection import of_source
from services.intake.status.notes import rejected_note
from services.intake.status.store import Rejection, StatusStore
from shared.clock import Clock
from shared.contracts.topics import MIB
from shared.contracts.words import RejectionCode
from shared.kafka.cloudevents import CONTENT_TYPE
from shared.kafka.outcomes import Done, Outcome, RetryLater
from shared.kafka.partitions import partition_of
from shared.kafka.records import Incoming, Outgoing
from shared.kafka.settlement import Result as Settled
from shared.observability import Metrics, event_log
from shared.site.refusals import SiteError
from shared.site.source_topics import Binding

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Bytes of raw records in one transaction (policy): what the Kafka client buffers.
_MOST_AT_ONCE: Final = 32 * MIB
_LOG: Final = event_log("intake-import")


class BoundTenants(Protocol):
    """What the importer asks about tenants, as the site's folder says now."""

    def bindings(self) -> Mapping[str, Binding]:
        """Return whose each source topic is; a topic that two tenants claim is nobody's."""
        ...

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map, which also says how to cut; raises SiteError."""
        ...

    def pinned_format(self, tenant: str, source_system: str) -> str | None:
        """Return the format that the tenant's settings pin for a source system; SiteError."""
        ...

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the tenant's data keys; raises SiteError."""
        ...


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What one record becomes, once `keys` are stored."""

    outcome: Outcome
    records: tuple[Outgoing, ...] = ()
    keys: tuple[StoredKey, ...] = ()
    sizes: tuple[Outgoing, ...] = ()
    systems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Importer:
    """The transform of the loop over all source topics; `partitions` is the site's count."""

    tenants: BoundTenants
    keys: KeyStore
    statuses: StatusStore
    clock: Clock
    partitions: int
    metrics: Metrics
    _without_append_time: set[str] = field(default_factory=set)

    def __call__(self, records: Sequence[Incoming]) -> Sequence[Settled]:
        """Return, for each record of a poll, what to write and what became of it."""
        bindings = self.tenants.bindings()
        prepared = self._prepare_all(records, bindings)
        try:
            # Durable before anything is produced: a record whose key was lost could never be read.
            self.keys.put([key for each in prepared for key in each.keys])
            self.statuses.settle((), list(self._rejections(prepared)))
        except KeyStoreUnavailableError as error:
            _LOG.fault("key_store_unavailable", error_type=error.error_type)
            return [((), RetryLater("key_store_unavailable")) for _ in records]
        return [((*each.records, *each.sizes), each.outcome) for each in prepared]

    def _prepare_all(
        self, records: Sequence[Incoming], bindings: Mapping[str, Binding]
    ) -> list[_Prepared]:
        prepared: list[_Prepared] = []
        size = 0
        for record in records:
            if size > _MOST_AT_ONCE:
                # A small record may become many large ones: the rest of the poll is read again.
                prepared.append(_Prepared(RetryLater("poll_too_large")))
                continue
            prepared.append(self._prepare(record, bindings.get(record.topic)))
            size += sum(len(each.value or b"") for each in prepared[-1].records)
        return prepared

    def _prepare(self, record: Incoming, binding: Binding | None) -> _Prepared:
        if binding is None:
            # The site's files changed a moment ago; whoever runs this loop ends it.
            return _Prepared(RetryLater("source_topic_not_bound"))
        if record.value is None:
            self.metrics.count("intake_rejected_total", tenant=binding.tenant, reason="tombstone")
            return _Prepared(Done())
        try:
            return self._packed(record, record.value, binding)
        except SiteError as error:
            reason = type(error).__name__
            _LOG.alarm("record_held", tenant=binding.tenant, reason=reason, **_at(record))
            return _Prepared(RetryLater(reason))

    def _packed(self, record: Incoming, value: bytes, binding: Binding) -> _Prepared:
        tenant = binding.tenant
        envelope = self._envelope(record, binding)
        results: tuple[Result, ...]
        try:
            body, refusal = unframed(value), None
            results = self._results(record, body, tenant, envelope)
        except RefusedError as error:
            body, refusal = value, error.code
            results = (_whole(error.code, error.detail, record, body),)
        delivery = Delivery(
            tenant,
            envelope,
            body,
            refusal,
            self._received_at(record),
            continued(_header(record, "traceparent") or ""),
        )
        parcels, too_large = parcels_of(delivery, results)
        partition = partition_of(tenant, self.partitions)
        keys, raw = encrypted(parcels, self.tenants.raw_key(tenant), partition)
        sizes = tuple(of_source(each, record, _timestamp(record), partition) for each in too_large)
        return _Prepared(Done(), raw, keys, sizes, (binding.source_system,))

    def _rejections(self, prepared: Sequence[_Prepared]) -> Iterator[Rejection]:
        # Stamped now and not while mapping: see the normaliser.
        now = self.clock.now()
        told = (rejected_note(size, each.systems, now) for each in prepared for size in each.sizes)
        for note in told:
            if note is not None and note.rejection is not None:
                tenant, reason = note.rejection.tenant, note.rejection.code.value
                self.metrics.count("intake_rejected_total", tenant=tenant, reason=reason)
                yield note.rejection

    def _envelope(self, record: Incoming, binding: Binding) -> Envelope:
        system = binding.source_system
        return Envelope(
            source_system=system,
            allowed_sources=(system,),
            content_type=_content_type(record),
            pinned_format=self.tenants.pinned_format(binding.tenant, system),
            place=f"{record.topic}-{record.partition}-{record.offset}",
        )

    def _results(
        self, record: Incoming, body: bytes, tenant: str, envelope: Envelope
    ) -> tuple[Result, ...]:
        context = self.tenants.context(tenant, envelope)
        hints = Hints(
            context,
            envelope.content_type,
            record.headers,
            envelope.pinned_format,
            place=envelope.place,
        )
        results = receive(body, hints)
        for fault in faults(results):
            _LOG.fault("mapper_failed", fault, tenant=tenant, **_at(record))
        # Of an empty array nothing would be left: here, too, no record ends without a trace.
        code = RejectionCode.NOT_SUPPORTED
        return results or (_whole(code, TEXTS[code], record, body),)

    def _received_at(self, record: Incoming) -> datetime | None:
        if record.is_append_time:
            return _timestamp(record)
        if record.topic not in self._without_append_time:
            # A time that the publisher wrote decides nothing: the raw record's own is taken.
            self._without_append_time.add(record.topic)
            _LOG.notice("source_topic_without_append_time", topic=record.topic)
        return None


def _whole(code: RejectionCode, detail: str, record: Incoming, body: bytes) -> Refused:
    return Refused(
        code,
        detail,
        0,
        body,
        content_type=_content_type(record),
        headers=event_headers(record.headers),
    )


def _content_type(record: Incoming) -> str | None:
    found = _header(record, CONTENT_TYPE)
    return found[:LONGEST_CONTENT_TYPE] if found else None


def _header(record: Incoming, wanted: str) -> str | None:
    # As HTTP reads one: the first of that name, any case, any bytes.
    found = (value for name, value in record.headers if name.lower() == wanted)
    first = next(found, None)
    return None if first is None else first.decode("latin-1")


def _timestamp(record: Incoming) -> datetime:
    return _EPOCH + timedelta(milliseconds=record.timestamp_ms)


def _at(record: Incoming) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}

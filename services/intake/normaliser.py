"""From raw records to canonical reports: decrypt, map, finish; one transaction per poll.

A record that is wrong is rejected, never skipped. What is missing on our side, a data key, the key
store, the month key, a tenant's settings, holds the partition until it is back.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from services.intake.domain.context import MappingContext
from services.intake.domain.finish import finish
from services.intake.domain.results import Mapped, Refused, Result, faults
from services.intake.keystore.cipher import StoredKey, unwrap
from services.intake.keystore.errors import KeyStoreUnavailableError, TenantKeyWrongError
from services.intake.keystore.store import Erased, Found, KeyStore
from services.intake.raw.mapping import results_of
from services.intake.raw.record import (
    SOURCE_PREFIX,
    Envelope,
    Label,
    Parcel,
    RawRecordInvalidError,
    read_label,
    read_parcel,
)
from services.intake.raw.rejection import Refusal, of_record
from services.intake.status.notes import Note, mapped_notes, rejected_note
from services.intake.status.store import StatusStore
from shared.clock import Clock
from shared.contracts import IncidentReported
from shared.contracts.topics import REPORTED
from shared.contracts.words import OrderingKey, RejectionCode
from shared.identity import sha256_hex
from shared.kafka.cloudevents import outgoing
from shared.kafka.outcomes import Done, Outcome, Reject, RetryLater
from shared.kafka.partitions import partition_of
from shared.kafka.records import Incoming, Outgoing
from shared.kafka.settlement import Place
from shared.kafka.settlement import Result as Settled
from shared.observability import Metrics, event_log
from shared.site.refusals import SiteError

# What the topic takes, less headers and Kafka's own bytes; a larger report would fail for ever.
_LARGEST_REPORT: Final = REPORTED.max_message_bytes - 8 * 1024
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLASSIFICATION: Final = "pseudonymous"


class SealingTenants(Protocol):
    """What the normaliser asks about a tenant, as the site's folder says now."""

    def knows(self, tenant: str) -> bool:
        """Return whether this site has the tenant."""
        ...

    def sealing_context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map, sealing identifiers to the month key of now; raises SiteError."""
        ...

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the tenant's data keys; raises SiteError."""
        ...


@dataclass(frozen=True, slots=True)
class Normaliser:
    """The transform of the loop; repeatable but for the random bytes of `sealed`.

    What publishers may ask is noted before the transaction commits: a crash in between shows the
    same records again, so a note is moments early and never missing.
    """

    tenants: SealingTenants
    keys: KeyStore
    statuses: StatusStore
    clock: Clock
    partitions: int
    metrics: Metrics

    def __call__(self, records: Sequence[Incoming]) -> Sequence[Settled]:
        """Return, for each record of a poll, what to write and what became of it."""
        labels = [_label(record, self.partitions) for record in records]
        wanted = {label.key_id for label in labels if isinstance(label, Label)}
        try:
            found = self.keys.find(wanted) if wanted else {}
        except KeyStoreUnavailableError as error:
            event_log("intake").fault("key_store_unavailable", error_type=error.error_type)
            return [((), RetryLater("key_store_unavailable")) for _ in records]
        poll = _Poll(self.tenants, found)
        pairs = zip(records, labels, strict=True)
        settled = [self._settle(record, label, poll) for record, label in pairs]
        try:
            self._note(records, settled, poll)
        except KeyStoreUnavailableError as error:
            event_log("intake").fault("status_not_noted", error_type=error.error_type)
            return [((), RetryLater("key_store_unavailable")) for _ in records]
        return settled

    def _note(self, records: Sequence[Incoming], settled: Sequence[Settled], poll: "_Poll") -> None:
        held: set[Place] = set()
        notes: list[Note] = []
        # Not while mapping: who reads refusals page by page must not have passed that moment.
        now = self.clock.now()
        for record, (written, outcome) in zip(records, settled, strict=True):
            # What comes after a held record is not committed either.
            if isinstance(outcome, RetryLater):
                held.add((record.topic, record.partition))
            elif (record.topic, record.partition) not in held:
                notes += _notes_of(poll.noted.get(_raw_ref(record)), written, now)
        self.statuses.settle(
            [note.status for note in notes if note.status],
            [note.rejection for note in notes if note.rejection],
        )

    def _settle(self, record: Incoming, label: Label | RejectionCode, poll: "_Poll") -> Settled:
        if isinstance(label, RejectionCode):
            return self._rejected(record, Refusal(None, label))
        known = poll.found.get(label.key_id)
        if known is None:
            return self._without_key(record, label)
        if isinstance(known, Erased):
            self.metrics.count("intake_rejected_total", tenant=label.tenant, reason="erased")
            return (), Done()
        if known.tenant != label.tenant:
            return self._rejected(record, Refusal(None, RejectionCode.TENANT_MISMATCH))
        return self._with_key(record, label, known, poll)

    def _without_key(self, record: Incoming, label: Label) -> Settled:
        if not self.tenants.knows(label.tenant):
            # Neither key nor tenant: nobody here ever made this record.
            return self._rejected(record, Refusal(None, RejectionCode.TENANT_MISMATCH))
        self.metrics.count("intake_data_key_missing_total", tenant=label.tenant)
        return _held(record, label, "data_key_missing")

    def _with_key(
        self, record: Incoming, label: Label, stored: StoredKey, poll: "_Poll"
    ) -> Settled:
        try:
            key = unwrap(stored, poll.raw_key(label.tenant))
            parcel = read_parcel(label, record, key)
            context = poll.context(label.tenant, parcel.envelope)
        except RawRecordInvalidError as error:
            refusal = Refusal(label.tenant, error.code, raw_sha256=label.raw_sha256)
            return self._rejected(record, refusal)
        except (SiteError, TenantKeyWrongError) as error:
            return _held(record, label, type(error).__name__)
        return self._mapped(record, parcel, context, poll)

    def _mapped(
        self, record: Incoming, parcel: Parcel, context: MappingContext, poll: "_Poll"
    ) -> Settled:
        try:
            results = results_of(parcel, context)
            pairs = [(result, _written(result, record, parcel)) for result in results]
        except Exception as error:  # noqa: BLE001 - our own fault: rejected, bounded by the loop
            event_log("intake").fault("mapper_failed", error, tenant=parcel.tenant, **_at(record))
            poll.noted[_raw_ref(record)] = _Noted(_systems(parcel))
            return self._rejected(record, _refusal(parcel, RejectionCode.MAPPER_ERROR))
        found = faults(results)
        for fault in found:
            event_log("intake").fault("mapper_failed", fault, tenant=parcel.tenant, **_at(record))
        for result, written in pairs:
            self._count(parcel.tenant, result, written)
        received_at = _received_at(record, parcel)
        drafts = [
            result.draft
            for result, written in pairs
            if isinstance(result, Mapped) and written.topic == REPORTED.name
        ]
        mapped = tuple(mapped_notes(drafts, parcel.event_id, received_at))
        poll.noted[_raw_ref(record)] = _Noted(_systems(parcel), mapped)
        outcome = Reject(RejectionCode.MAPPER_ERROR) if found else _outcome(pairs)
        return tuple(written for _, written in pairs), outcome

    def _rejected(self, record: Incoming, refusal: Refusal) -> Settled:
        tenant = refusal.tenant or "-"
        self.metrics.count("intake_rejected_total", tenant=tenant, reason=refusal.code.value)
        event_log("intake").notice(
            "record_rejected", tenant=tenant, reason=refusal.code.value, **_at(record)
        )
        return (of_record(refusal, record, _appended_at(record)),), Reject(refusal.code)

    def _count(self, tenant: str, result: Result, written: Outgoing) -> None:
        if isinstance(result, Refused) or written.topic != REPORTED.name:
            reason = _code(result).value
            self.metrics.count("intake_rejected_total", tenant=tenant, reason=reason)
            return
        draft = result.draft
        self.metrics.count("intake_reports_total", tenant=tenant, format=draft.format)
        for flag in draft.flags:
            self.metrics.count("intake_quality_flags_total", tenant=tenant, reason=flag.value)


@dataclass(frozen=True, slots=True)
class _Noted:
    """A record of which publishers may ask: the systems it may be of, its reports that map."""

    systems: tuple[str, ...]
    mapped: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class _Poll:
    """One poll: the keys of its records, what is noted of each place, its tenants' settings.

    The site's files are looked at once a poll and not once a record, which also means that one
    transaction is mapped by one state of them.
    """

    tenants: SealingTenants
    found: Mapping[UUID, Found]
    noted: dict[str, _Noted] = field(default_factory=dict)
    _raw_keys: dict[str, bytes] = field(default_factory=dict)
    _contexts: dict[tuple[str, str, tuple[str, ...]], MappingContext] = field(default_factory=dict)

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the tenant's data keys; raises SiteError."""
        if tenant not in self._raw_keys:
            self._raw_keys[tenant] = self.tenants.raw_key(tenant)
        return self._raw_keys[tenant]

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map what came in such an envelope; raises SiteError."""
        whose = (tenant, envelope.source_system, envelope.allowed_sources)
        if whose not in self._contexts:
            self._contexts[whose] = self.tenants.sealing_context(tenant, envelope)
        return self._contexts[whose]


def _label(record: Incoming, partitions: int) -> Label | RejectionCode:
    try:
        label = read_label(record)
    except RawRecordInvalidError as error:
        return error.code
    if partition_of(label.tenant, partitions) != record.partition:
        return RejectionCode.TENANT_MISMATCH
    return label


def _notes_of(noted: _Noted | None, written: Sequence[Outgoing], now: datetime) -> Iterator[Note]:
    if noted is None:
        return
    yield from noted.mapped
    for record in written:
        note = rejected_note(record, noted.systems, now)
        if note is not None:
            yield note


def _systems(parcel: Parcel) -> tuple[str, ...]:
    return parcel.envelope.allowed_sources or (parcel.envelope.source_system,)


def _held(record: Incoming, label: Label, reason: str) -> Settled:
    event_log("intake").alarm("record_held", tenant=label.tenant, reason=reason, **_at(record))
    return (), RetryLater(reason)


def _code(result: Result) -> RejectionCode:
    # A mapped report is only refused where no topic would take it.
    return result.code if isinstance(result, Refused) else RejectionCode.LIMIT


def _outcome(pairs: Sequence[tuple[Result, Outgoing]]) -> Outcome:
    codes = [_code(result) for result, written in pairs if written.topic != REPORTED.name]
    # An edge whose mapper failed on one report of a transaction refused the others too: not ours.
    is_ours = codes and codes[0] is not RejectionCode.MAPPER_ERROR
    return Reject(codes[0]) if is_ours and len(codes) == len(pairs) else Done()


def _written(result: Result, record: Incoming, parcel: Parcel) -> Outgoing:
    if isinstance(result, Refused):
        refusal = _refusal(parcel, result.code, result.pointer, result.index)
        return of_record(refusal, record, _received_at(record, parcel))
    return _reported(result, record, parcel)


def _reported(mapped: Mapped, record: Incoming, parcel: Parcel) -> Outgoing:
    received_at = _received_at(record, parcel)
    report = finish(mapped.draft, received_at=received_at, raw_ref=_raw_ref(record))
    written = outgoing(
        report,
        key=report.incident_key,
        event_id=report.event_id,
        source=SOURCE_PREFIX + report.tenant,
        subject=report.incident_key,
        time=received_at,
        partition=record.partition,
        extensions=dict(_extensions(report, parcel)),
    )
    if len(written.value or b"") > _LARGEST_REPORT:
        refusal = _refusal(parcel, RejectionCode.LIMIT, index=mapped.index)
        return of_record(refusal, record, received_at)
    return written


def _extensions(report: IncidentReported, parcel: Parcel) -> Iterator[tuple[str, str]]:
    yield "dataclassification", _CLASSIFICATION
    if report.ordering.by is OrderingKey.REVISION:
        yield "sequence", report.ordering.value
    if parcel.traceparent is not None:
        yield "traceparent", parcel.traceparent


def _refusal(
    parcel: Parcel, code: RejectionCode, pointer: str | None = None, index: int = 0
) -> Refusal:
    return Refusal(
        parcel.tenant,
        code,
        pointer,
        index,
        raw_sha256=sha256_hex(parcel.body),
        size_bytes=len(parcel.body),
        event_id=parcel.event_id,
    )


def _received_at(record: Incoming, parcel: Parcel) -> datetime:
    return parcel.received_at or _appended_at(record)


def _appended_at(record: Incoming) -> datetime:
    return _EPOCH + timedelta(milliseconds=record.timestamp_ms)


def _raw_ref(record: Incoming) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _at(record: Incoming) -> dict[str, Any]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}

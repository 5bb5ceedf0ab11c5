"""The record on `incident.rejected.v1`: why a payload was refused and where it lies, never what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from shared.contracts import IncidentRejected
from shared.contracts.topics import RAW
from shared.contracts.values import write_moment
from shared.contracts.words import RejectionCode
from shared.identity import derive_id
from shared.kafka.cloudevents import outgoing
from shared.kafka.records import Incoming, Outgoing

NOBODY: Final = "_nobody"  # no tenant can be called so: a slug begins with a letter or digit
NOT_IN_KAFKA: Final = -1

Severity: TypeAlias = Literal["low", "normal", "high"]
# formats.md section 11: what is refused on purpose is no fault; another tenant's report is.
_SEVERITIES: Final[dict[RejectionCode, Severity]] = {
    RejectionCode.NOT_AN_INCIDENT: "low",
    RejectionCode.REFUSED_BY_POLICY: "low",
    RejectionCode.TENANT_MISMATCH: "high",
    RejectionCode.MAPPER_ERROR: "high",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal; `tenant` None where a record names no tenant of this site.

    `pointer` is a JSON Pointer into the report, `size_bytes` what is known of a body that is not
    kept. `index` is the report's place in its record or request.
    """

    tenant: str | None
    code: RejectionCode
    pointer: str | None = None
    index: int = 0
    raw_sha256: str | None = None
    size_bytes: int | None = None
    event_id: UUID | None = None


def of_record(refusal: Refusal, record: Incoming, at: datetime) -> Outgoing:
    """Return the rejection of a raw record; the same record is always rejected under one id."""
    ref = f"{record.topic}/{record.partition}/{record.offset}"
    rejected = _placed(refusal, record, at, "normaliser", ref)
    return _outgoing(rejected, at, record.partition)


def of_source(refusal: Refusal, record: Incoming, at: datetime, partition: int) -> Outgoing:
    """Return the rejection of a publisher's record that is too large to be kept; it lies there."""
    return _outgoing(_placed(refusal, record, at, "importer"), at, partition)


def of_request(refusal: Refusal, at: datetime, partition: int) -> Outgoing:
    """Return the rejection of a body that is too large to keep; it has no place in Kafka."""
    told = (write_moment(at), str(refusal.index), str(refusal.size_bytes), refusal.raw_sha256 or "")
    model = IncidentRejected(
        rejected_id=derive_id("rejected", "http", refusal.tenant or NOBODY, *told),
        tenant=refusal.tenant,
        code=refusal.code,
        stage="http",
        pointer=refusal.pointer,
        input_topic=RAW.name,
        partition=NOT_IN_KAFKA,
        offset=NOT_IN_KAFKA,
        index=refusal.index,
        severity=_SEVERITIES.get(refusal.code, "normal"),
        at=at,
        raw_sha256=refusal.raw_sha256,
        size_bytes=refusal.size_bytes,
    )
    return _outgoing(model, at, partition)


def _outgoing(model: IncidentRejected, at: datetime, partition: int) -> Outgoing:
    tenant = model.tenant or NOBODY
    return outgoing(
        model,
        key=tenant,
        event_id=model.rejected_id,
        source=f"urn:peerline:intake:{tenant}",
        subject=None,
        time=at,
        partition=partition,
    )


def _placed(
    refusal: Refusal, record: Incoming, at: datetime, stage: str, raw_ref: str | None = None
) -> IncidentRejected:
    place = (record.topic, str(record.partition), str(record.offset), str(refusal.index))
    return IncidentRejected(
        rejected_id=derive_id("rejected", *place),
        tenant=refusal.tenant,
        code=refusal.code,
        stage=stage,
        pointer=refusal.pointer,
        input_topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        index=refusal.index,
        severity=_SEVERITIES.get(refusal.code, "normal"),
        at=at,
        event_id=refusal.event_id,
        raw_sha256=refusal.raw_sha256,
        raw_ref=raw_ref,
        size_bytes=refusal.size_bytes,
    )

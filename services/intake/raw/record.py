"""The record on `incident.raw.v1`: one report, encrypted, under a label that tells nothing of it.

The label (CloudEvents attributes, in clear) has ids, hashes and the tenant. What the publisher sent
beside the body, content type and CloudEvents attributes, may name a patient: it is encrypted too.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from services.intake.domain.results import Membership
from services.intake.keystore.cipher import DataKey
from services.intake.keystore.errors import CipherBrokenError
from shared.contracts.cloudevents import Attributes, CloudEventInvalidError
from shared.contracts.topics import RAW
from shared.contracts.values import write_moment
from shared.contracts.words import RejectionCode
from shared.identity import derive_id, sha256_hex
from shared.kafka.cloudevents import from_headers, to_headers
from shared.kafka.records import Incoming, Outgoing

_T = TypeVar("_T")
SOURCE_PREFIX: Final = "urn:peerline:intake:"
MEDIA_TYPE: Final = "application/octet-stream"
# Of body and envelope: what the topic takes, less the rest of the label and Kafka's own bytes.
LARGEST: Final = RAW.max_message_bytes - 64 * 1024
# JSON writes no character of ours in more than six bytes, and base64 makes eight of six.
_MOST_BYTES: Final = 8
_BODY: Final = "body"
_ENVELOPE: Final = "envelope"


class RawRecordInvalidError(ValueError):
    """A record on the raw topic is not one of ours, or is damaged; `code` is why it is rejected."""

    def __init__(self, code: RejectionCode, problem: str) -> None:
        """Say what is wrong with it, without a value."""
        super().__init__(f"A record on {RAW.name} {problem}. It is rejected; reading goes on.")
        self.code = code


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came beside the body and decides how it is read; the same for HTTP and normaliser."""

    source_system: str
    allowed_sources: tuple[str, ...] = ()
    content_type: str | None = field(default=None, repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    pinned_format: str | None = None
    pack: str | None = None
    place: str | None = None


_ENVELOPE_FIELDS: Final = tuple(each.name for each in fields(Envelope))


@dataclass(frozen=True, slots=True)
class Parcel:
    """One report on its way to the raw topic; `batch_sha256` is the hash of the whole request.

    `refusal` is set where the edge refused what the mapping alone would take; `transaction` where
    that was a whole transaction, whose reports may be mapped together one day. `received_at` None
    means Kafka's append time; importer and remap carry theirs. `traceparent` is the publisher's W3C
    trace context, continued.
    """

    tenant: str
    envelope: Envelope
    body: bytes = field(repr=False)
    batch_sha256: str
    event_id: UUID | None = None
    mapping_generation: int = 0
    refusal: RejectionCode | None = None
    received_at: datetime | None = None
    traceparent: str | None = None
    transaction: Membership | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What a raw record tells without its key."""

    tenant: str
    key_id: UUID
    raw_sha256: str
    batch_sha256: str
    mapping_generation: int
    event_id: UUID
    envelope: str = field(repr=False)
    refusal: RejectionCode | None = None
    received_at: datetime | None = None
    traceparent: str | None = None
    transaction: Membership | None = None


def fits(parcel: Parcel) -> bool:
    """Tell whether the raw topic takes the parcel; what came beside the body is counted too."""
    envelope = parcel.envelope
    beside = sum(len(name) + len(value) for name, value in envelope.headers)
    if len(parcel.body) + _MOST_BYTES * beside <= LARGEST // 2:
        return True  # packing it twice costs time
    return len(parcel.body) + len(base64.b64encode(_pack(envelope))) <= LARGEST


def write_record(parcel: Parcel, key: DataKey, partition: int) -> Outgoing:
    """Return the encrypted record; the same bytes never encrypt to the same record twice."""
    raw_sha256 = sha256_hex(parcel.body)
    event_id = parcel.event_id or derive_id("raw", parcel.tenant, raw_sha256)
    envelope = base64.b64encode(key.encrypt(_pack(parcel.envelope), _ENVELOPE)).decode()
    extensions = {
        "keyid": str(key.key_id),
        "rawsha256": raw_sha256,
        "batchsha256": parcel.batch_sha256,
        "mappinggeneration": str(parcel.mapping_generation),
        "envelope": envelope,
    }
    if parcel.refusal is not None:
        extensions["refusal"] = parcel.refusal.value
    if parcel.transaction is not None:
        extensions["transaction"] = "/".join(map(str, astuple(parcel.transaction)))
    if parcel.received_at is not None:
        extensions["receivedat"] = write_moment(parcel.received_at)
    if parcel.traceparent is not None:
        extensions["traceparent"] = parcel.traceparent
    attributes = Attributes(
        id=str(event_id),
        source=SOURCE_PREFIX + parcel.tenant,
        type=RAW.name,
        datacontenttype=MEDIA_TYPE,
        extensions=extensions,
    )
    value = key.encrypt(parcel.body, _BODY)
    return Outgoing(RAW.name, parcel.tenant.encode(), value, to_headers(attributes), partition)


def read_label(record: Incoming) -> Label:
    """Return the label of a record.

    Raises:
        RawRecordInvalidError: it has no value, no or unknown CloudEvents attributes, or a key that
            is not its tenant's.
    """
    if record.value is None:
        raise RawRecordInvalidError(RejectionCode.UNDECODABLE, "has no value")
    try:
        attributes = from_headers(record.headers)
    except CloudEventInvalidError:
        raise RawRecordInvalidError(
            RejectionCode.CLOUDEVENT_INVALID, "has no attributes that CloudEvents 1.0 knows"
        ) from None
    if attributes.type != RAW.name:
        raise RawRecordInvalidError(RejectionCode.UNKNOWN_FORMAT, "is of another type")
    tenant = attributes.source.removeprefix(SOURCE_PREFIX)
    if attributes.source == tenant or record.key != tenant.encode():
        raise RawRecordInvalidError(
            RejectionCode.TENANT_MISMATCH, "has a key that is not its tenant"
        )
    return _label(tenant, attributes)


def read_parcel(label: Label, record: Incoming, key: DataKey) -> Parcel:
    """Return the decrypted report.

    Raises:
        RawRecordInvalidError: the ciphertext is damaged or is not what the label says.
    """
    try:
        body = key.decrypt(record.value or b"", _BODY)
        envelope = _unpack(key.decrypt(base64.b64decode(label.envelope, validate=True), _ENVELOPE))
    except (CipherBrokenError, binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        raise RawRecordInvalidError(RejectionCode.UNDECODABLE, "does not decrypt") from None
    if sha256_hex(body) != label.raw_sha256:
        raise RawRecordInvalidError(RejectionCode.UNDECODABLE, "is not what its hash says")
    return Parcel(
        tenant=label.tenant,
        envelope=envelope,
        body=body,
        batch_sha256=label.batch_sha256,
        event_id=label.event_id,
        mapping_generation=label.mapping_generation,
        refusal=label.refusal,
        received_at=label.received_at,
        traceparent=label.traceparent,
        transaction=label.transaction,
    )


def _label(tenant: str, attributes: Attributes) -> Label:
    ours = attributes.extensions
    try:
        return Label(
            tenant=tenant,
            key_id=UUID(ours["keyid"]),
            raw_sha256=ours["rawsha256"],
            batch_sha256=ours["batchsha256"],
            mapping_generation=_generation(ours["mappinggeneration"]),
            event_id=UUID(attributes.id),
            envelope=ours["envelope"],
            refusal=_optional(ours, "refusal", RejectionCode),
            received_at=_optional(ours, "receivedat", _moment),
            traceparent=ours.get("traceparent"),
            transaction=_optional(ours, "transaction", _membership),
        )
    except (KeyError, ValueError):
        raise RawRecordInvalidError(
            RejectionCode.CLOUDEVENT_INVALID, "lacks an extension that intake writes"
        ) from None


def _generation(text: str) -> int:
    generation = int(text)
    if generation < 0:
        raise ValueError
    return generation


def _membership(text: str) -> Membership:
    first, place, size = map(int, text.split("/"))
    if first < 0 or not 0 <= place < size:
        raise ValueError
    return Membership(first, place, size)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment


def _optional(ours: Mapping[str, str], name: str, read: Callable[[str], _T]) -> _T | None:
    return read(ours[name]) if name in ours else None


def _pack(envelope: Envelope) -> bytes:
    # By hand: `asdict` copies every value, at six times the time.
    return json.dumps({name: getattr(envelope, name) for name in _ENVELOPE_FIELDS}).encode()


def _unpack(packed: bytes) -> Envelope:
    document = json.loads(packed)
    return Envelope(
        source_system=document["source_system"],
        allowed_sources=tuple(document["allowed_sources"]),
        content_type=document["content_type"],
        headers=tuple((name, value) for name, value in document["headers"]),
        pinned_format=document["pinned_format"],
        # Younger than the first raw records:
        pack=document.get("pack"),
        place=document.get("place"),
    )

"""From what a publisher sent at once to the parcels of its reports; the same for every edge."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from services.intake.domain.context import place_within
from services.intake.domain.results import Mapped, Refused, Result
from services.intake.keystore.cipher import StoredKey, new_data_key
from services.intake.raw.record import Envelope, Parcel, fits, write_record
from services.intake.raw.rejection import Refusal
from shared.contracts.words import RejectionCode
from shared.identity import sha256_hex
from shared.kafka.records import Outgoing

LONGEST_CONTENT_TYPE: Final = 512
# W3C Trace Context, version 00; anything else is not continued.
_TRACEPARENT: Final = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request, or one record of a source topic, whole; the fields are those of `Parcel`."""

    tenant: str
    envelope: Envelope
    body: bytes = field(repr=False)
    refusal: RejectionCode | None = None
    received_at: datetime | None = None
    traceparent: str | None = None


def parcels_of(
    delivery: Delivery, results: Iterable[Result]
) -> tuple[tuple[Parcel, ...], tuple[Refusal, ...]]:
    """Return the parcels of a delivery's reports, and the refusals of those too large to keep.

    A report that only repeats another one of the delivery has neither. One that maps, with more
    beside it than the raw topic takes, is refused as `limit`.
    """
    parcels: list[Parcel] = []
    too_large: list[Refusal] = []
    for result in results:
        if isinstance(result, Mapped) and result.repeats is not None:
            continue
        parcel = None if _is_over_a_limit(result) else _parcel(delivery, result)
        if parcel is not None and fits(parcel):
            parcels.append(parcel)
        else:
            too_large.append(_size_only(delivery.tenant, result))
    return tuple(parcels), tuple(too_large)


def encrypted(
    parcels: Sequence[Parcel], raw_key: bytes, partition: int
) -> tuple[tuple[StoredKey, ...], tuple[Outgoing, ...]]:
    """Return the raw records of one tenant's parcels, and the keys to be stored before them."""
    keys = [new_data_key(parcel.tenant, raw_key) for parcel in parcels]
    pairs = zip(parcels, keys, strict=True)
    records = tuple(write_record(parcel, key, partition) for parcel, (key, _) in pairs)
    return tuple(stored for _, stored in keys), records


def continued(traceparent: str) -> str | None:
    """Return the publisher's trace context where it is one that can be continued."""
    return traceparent if _TRACEPARENT.fullmatch(traceparent) else None


def _parcel(delivery: Delivery, result: Result) -> Parcel:
    return Parcel(
        tenant=delivery.tenant,
        envelope=replace(
            delivery.envelope,
            content_type=result.content_type,
            headers=result.headers,
            place=place_within(delivery.envelope.place, result.index),
        ),
        body=result.body,
        batch_sha256=sha256_hex(delivery.body),
        event_id=result.draft.event_id if isinstance(result, Mapped) else None,
        refusal=_noted_refusal(delivery, result),
        received_at=delivery.received_at,
        traceparent=delivery.traceparent,
        transaction=result.transaction if isinstance(result, Refused) else None,
    )


def _noted_refusal(delivery: Delivery, result: Result) -> RejectionCode | None:
    # Only what the mapping alone would take or cannot know: the rest it refuses again by itself.
    if isinstance(result, Refused) and (result.because_of is not None or result.transaction):
        return result.code
    return delivery.refusal


def _is_over_a_limit(result: Result) -> bool:
    if isinstance(result, Mapped):
        return False
    return result.code is RejectionCode.LIMIT and result.because_of is None


def _size_only(tenant: str, result: Result) -> Refusal:
    code, pointer = RejectionCode.LIMIT, None
    if isinstance(result, Refused):
        code, pointer = result.code, result.pointer
    return Refusal(tenant, code, pointer, result.index, sha256_hex(result.body), len(result.body))

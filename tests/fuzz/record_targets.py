"""What lies on our own topics: raw records, their keys, rejections. A stranger may write there."""

import base64
from typing import Final
from uuid import UUID

from pydantic import ValidationError

from services.intake.keystore.cipher import DataKey, StoredKey, unwrap
from services.intake.keystore.errors import CipherBrokenError, TenantKeyWrongError
from services.intake.raw.parcels import continued
from services.intake.raw.record import (
    Envelope,
    Label,
    Parcel,
    RawRecordInvalidError,
    read_label,
    read_parcel,
    write_record,
)
from services.intake.raw.rejection import Refusal, of_record
from services.intake.status.notes import rejected_note
from shared.contracts.topics import RAW, REJECTED
from shared.contracts.words import RejectionCode
from shared.identity import sha256_hex
from shared.kafka.records import Incoming, Outgoing
from tests.builders.keystore import RAW_KEY
from tests.builders.reports import RECEIVED_AT
from tests.fuzz.target import Target, block, headed, name_of, words

KEY: Final = DataKey(UUID(int=7), bytes(32))
_TENANT: Final = "northwick"
_CODES: Final = tuple(RejectionCode)


def _incoming(headers: tuple[tuple[str, bytes], ...], value: bytes | None) -> Incoming:
    return Incoming(RAW.name, 0, 7, 0, _TENANT.encode(), value, headers)


def _raw_record(data: bytes) -> str:
    headers, value = block(data)
    record = _incoming(headers, value)
    try:
        label = read_label(record)
        parcel = read_parcel(label, record, KEY)
    except RawRecordInvalidError as error:
        return words(name_of(error), error.code.value, len(str(error)))
    return words("parcel", parcel.refusal)


def _parcel(data: bytes) -> str:
    """Write any report and read it again: nothing is lost on the raw topic."""
    media, body = headed(data)
    envelope = Envelope("datixweb", ("fhir",), media, (("ce-id", media),), None, media)
    parcel = Parcel(
        tenant=_TENANT,
        envelope=envelope,
        body=body,
        batch_sha256=sha256_hex(data),
        event_id=UUID(int=len(data)),
        mapping_generation=len(body),
        refusal=_CODES[len(body) % len(_CODES)],
        received_at=RECEIVED_AT,
        traceparent=continued(media),
    )
    written = write_record(parcel, KEY, 0)
    record = _incoming(written.headers, written.value)
    assert read_parcel(read_label(record), record, KEY) == parcel
    return words("parcel", parcel.traceparent is None)


def _envelope(data: bytes) -> str:
    """Open an envelope that is rightly encrypted and may hold anything."""
    sealed = base64.b64encode(KEY.encrypt(data, "envelope")).decode()
    digest = sha256_hex(b"")
    label = Label(_TENANT, KEY.key_id, digest, digest, 0, UUID(int=1), sealed)
    try:
        parcel = read_parcel(label, _incoming((), KEY.encrypt(b"", "body")), KEY)
    except RawRecordInvalidError as error:
        return name_of(error)
    return words("envelope", len(parcel.envelope.headers))


def _cipher(data: bytes) -> str:
    assert KEY.decrypt(KEY.encrypt(data, "body"), "body") == data
    try:
        KEY.decrypt(data, "body")
        unwrap(StoredKey(KEY.key_id, _TENANT, data), RAW_KEY)
    except (CipherBrokenError, TenantKeyWrongError) as error:
        return name_of(error)
    return "opened"


def _rejection(data: bytes) -> str:
    """Read any record from the topic of rejections; write one with any pointer and read it."""
    pointer = data[:100].decode("utf-8", "replace") or None
    refusal = Refusal(_TENANT, _CODES[len(data) % len(_CODES)], pointer, len(data))
    told = rejected_note(of_record(refusal, _incoming((), b""), RECEIVED_AT), (), RECEIVED_AT)
    assert told is not None
    assert told.rejection is not None
    assert told.rejection.pointer == pointer
    try:
        note = rejected_note(Outgoing(REJECTED.name, b"", data, (), 0), (), RECEIVED_AT)
    except ValidationError as error:
        return words(name_of(error), len(error.errors()))
    return words("note", note is None)


TARGETS: Final = (
    Target("raw-record", "headers, an empty line, the value of a raw record", _raw_record),
    Target("parcel", "a line with the media type, then the body, written and read", _parcel),
    Target("envelope", "the plain text of a raw record's envelope", _envelope),
    Target("cipher", "a ciphertext", _cipher),
    Target("rejection", "a record of incident.rejected.v1", _rejection),
)

"""A raw record tells nothing without its key, everything with it, and is ours or refused."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.results import Membership
from services.intake.raw import record
from services.intake.raw.record import (
    Envelope,
    Parcel,
    RawRecordInvalidError,
    fits,
    read_label,
    read_parcel,
    write_record,
)
from shared.contracts.words import RejectionCode
from shared.identity import derive_id, sha256_hex
from shared.kafka.records import Headers, Incoming, Outgoing
from tests.builders.keystore import a_data_key

CANARY = b"canary"
ENVELOPE = Envelope(
    source_system="datix",
    allowed_sources=("datix", "fhir-hub"),
    content_type="application/json; name=canary",
    headers=(("ce-id", "1"), ("ce-subject", "canary")),
    pinned_format="native",
)


def a_parcel(**overrides: object) -> Parcel:
    """Return a report of northwick on its way to the raw topic."""
    given: dict[str, object] = {
        "tenant": "northwick",
        "envelope": ENVELOPE,
        "body": b'{"record_id": "1", "narrative": "canary"}',
        "batch_sha256": sha256_hex(b"batch"),
        "event_id": derive_id("event", "1"),
    }
    return Parcel(**{**given, **overrides})  # type: ignore[arg-type] # the builder's own names


def read(record: Outgoing, **overrides: object) -> Incoming:
    """Return what a consumer reads of a record, with parts replaced."""
    incoming = Incoming(
        record.topic, record.partition, 7, 0, record.key, record.value, record.headers
    )
    return replace(incoming, **overrides)  # type: ignore[arg-type] # the builder's own names


def without(headers: Headers, name: str) -> Headers:
    """Return headers less one."""
    return tuple((known, value) for known, value in headers if known != name)


@pytest.mark.parametrize(
    "parcel",
    [
        a_parcel(),
        a_parcel(refusal=RejectionCode.NO_RECORD_ID, mapping_generation=3),
        a_parcel(refusal=RejectionCode.LIMIT, transaction=Membership(first=4, place=1, size=3)),
        a_parcel(
            received_at=datetime(2026, 3, 1, 12, 0, 0, 5, tzinfo=UTC),
            traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        ),
    ],
)
def test_what_was_written_is_read_with_the_key(parcel: Parcel) -> None:
    """Nothing that decides the mapping is lost on the way."""
    key, _ = a_data_key()
    record = read(write_record(parcel, key, 2))

    assert read_parcel(read_label(record), record, key) == parcel


@pytest.mark.parametrize("character", ["x", "\x01", "\\"])
def test_what_fits_is_smaller_than_the_topic_takes(
    character: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Encoding makes headers up to eight times as long; nothing between the bounds is missed."""
    monkeypatch.setattr(record, "LARGEST", 20_000)
    key, _ = a_data_key()
    for length in range(0, 14_000, 500):
        envelope = replace(ENVELOPE, headers=(("ce-id", character * length),))
        parcel = a_parcel(envelope=envelope, body=b"x" * 9_000)
        written = write_record(parcel, key, 0)

        size = len(written.value or b"") + sum(len(each) for h in written.headers for each in h)

        assert size < 20_000 + 2_000 if fits(parcel) else size > 20_000


def test_nothing_of_the_report_is_in_clear() -> None:
    """Neither the body nor what came beside it: a CloudEvents subject may be a patient's number."""
    key, _ = a_data_key()
    record = write_record(a_parcel(), key, 2)

    seen = (record.value or b"") + b"".join(value for _, value in record.headers)
    assert CANARY not in seen
    assert record.key == b"northwick"


def test_a_refused_body_gets_an_id_of_its_bytes() -> None:
    """What could not be mapped has no event id; equal bytes have equal ids."""
    key, _ = a_data_key()
    labels = [read_label(read(write_record(a_parcel(event_id=None), key, 2))) for _ in range(2)]

    assert labels[0].event_id == labels[1].event_id


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ({"value": None}, RejectionCode.UNDECODABLE),
        ({"headers": ()}, RejectionCode.CLOUDEVENT_INVALID),
        ({"key": b"southmoor"}, RejectionCode.TENANT_MISMATCH),
        ({"key": None}, RejectionCode.TENANT_MISMATCH),
    ],
)
def test_a_label_that_is_not_ours_is_refused(
    damage: dict[str, object], code: RejectionCode
) -> None:
    """Poison of every kind has a name."""
    key, _ = a_data_key()

    with pytest.raises(RawRecordInvalidError) as refusal:
        read_label(read(write_record(a_parcel(), key, 2), **damage))
    assert refusal.value.code is code


@pytest.mark.parametrize(
    ("header", "value", "code"),
    [
        ("ce_specversion", b"2.0", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_type", b"incident.reported.v1", RejectionCode.UNKNOWN_FORMAT),
        ("ce_source", b"urn:somebody:else", RejectionCode.TENANT_MISMATCH),
        ("ce_id", b"no-uuid", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_keyid", b"no-uuid", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_mappinggeneration", b"-1", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_refusal", b"because", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_transaction", b"1/2", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_transaction", b"0/3/3", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_transaction", b"-1/0/1", RejectionCode.CLOUDEVENT_INVALID),
        ("ce_transaction", b"a/b/c", RejectionCode.CLOUDEVENT_INVALID),
    ],
)
def test_an_attribute_that_is_wrong_is_refused(
    header: str, value: bytes, code: RejectionCode
) -> None:
    """Each attribute is read strictly."""
    key, _ = a_data_key()
    record = write_record(a_parcel(), key, 2)
    headers = (*without(record.headers, header), (header, value))

    with pytest.raises(RawRecordInvalidError) as refusal:
        read_label(read(record, headers=headers))
    assert refusal.value.code is code


@pytest.mark.parametrize("header", ["ce_keyid", "ce_rawsha256", "ce_batchsha256", "ce_envelope"])
def test_a_missing_extension_is_refused(header: str) -> None:
    """An extension that intake always writes is part of the label."""
    key, _ = a_data_key()
    record = write_record(a_parcel(), key, 2)

    with pytest.raises(RawRecordInvalidError):
        read_label(read(record, headers=without(record.headers, header)))


def test_a_value_of_another_record_is_refused() -> None:
    """A ciphertext cannot be moved under another label."""
    (key, _), (other_key, _) = a_data_key(), a_data_key()
    record = write_record(a_parcel(), key, 2)
    moved = read(record, value=write_record(a_parcel(), other_key, 2).value)

    with pytest.raises(RawRecordInvalidError):
        read_parcel(read_label(moved), moved, key)


def test_a_hash_that_is_not_the_bodys_is_refused() -> None:
    """The label and the body belong together."""
    key, _ = a_data_key()
    record = write_record(a_parcel(), key, 2)
    wrong = (("ce_rawsha256", sha256_hex(b"x").encode()),)
    moved = read(record, headers=without(record.headers, "ce_rawsha256") + wrong)

    with pytest.raises(RawRecordInvalidError, match="hash"):
        read_parcel(read_label(moved), moved, key)


@given(
    st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=40)), max_size=12),
    st.binary(max_size=60) | st.none(),
)
def test_any_record_has_a_label_or_a_named_refusal(
    headers: list[tuple[str, bytes]], value: bytes | None
) -> None:
    """No bytes on the topic make the reader fail in another way."""
    record = Incoming("incident.raw.v1", 0, 0, 0, b"northwick", value, tuple(headers))

    with pytest.raises(RawRecordInvalidError):
        read_label(record)

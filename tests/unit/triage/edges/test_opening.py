"""Opening records: reports, poison, and nothing in between."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.agent.opening import Opened, Unreadable, open_record
from shared.contracts.words import RejectionCode
from shared.kafka.records import Incoming, Outgoing
from tests.builders.triage_edges import a_reported, a_reported_record, an_incoming, some_headers


def a_poison(value: bytes | None, headers: tuple[tuple[str, bytes], ...] | None = None) -> Incoming:
    """Return a record with this value and, unless given, valid headers of a report."""
    headers = some_headers() if headers is None else headers
    return an_incoming(Outgoing("", b"k", value, headers, 0))


def test_a_report_is_opened_with_its_context() -> None:
    """A record as intake writes it gives the very report."""
    report = a_reported()

    opened = open_record(an_incoming(a_reported_record(report)))

    assert isinstance(opened, Opened)
    assert (opened.report, opened.attributes.id) == (report, str(report.event_id))


def test_a_field_of_a_newer_version_is_ignored() -> None:
    """Old workers read what a newer intake writes beside them."""
    record = a_reported_record(a_reported())
    document = json.loads(record.value or b"") | {"later": {"deep": [1]}}
    newer = Outgoing("", b"k", json.dumps(document).encode(), record.headers, 0)

    assert isinstance(open_record(an_incoming(newer)), Opened)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (None, None),
        (b"", None),
        (b"not json", None),
        (b"\xff\xfe", None),
        (b"[]", None),
        (b"[" * 5000, None),
        (b"{}", "/tenant"),
    ],
)
def test_what_is_no_report_is_undecodable(value: bytes | None, pointer: str | None) -> None:
    """Whatever the value is, it is refused with a code and at most a place."""
    assert open_record(a_poison(value)) == Unreadable(RejectionCode.UNDECODABLE, pointer)


@pytest.mark.parametrize(
    ("headers", "pointer"),
    [
        ((), "id"),
        (some_headers(type="incident.reported.v9"), "type"),
        ((*some_headers(), ("ce_id", b"2")), "id"),
        (tuple(h for h in some_headers() if h[0] != "ce_specversion"), "specversion"),
        (
            tuple((n, b"2.0" if n == "ce_specversion" else v) for n, v in some_headers()),
            "specversion",
        ),
    ],
)
def test_wrong_cloudevents_are_refused(
    headers: tuple[tuple[str, bytes], ...], pointer: str
) -> None:
    """No headers, another type, a repeated one, an unknown version: each names the attribute."""
    expected = Unreadable(RejectionCode.CLOUDEVENT_INVALID, pointer)

    assert open_record(a_poison(b"{}", headers)) == expected


def test_an_id_that_is_not_the_events_is_refused() -> None:
    """Header and value must name the same event."""
    record = a_reported_record(a_reported())
    mixed = Outgoing("", b"k", record.value, some_headers(), 0)

    assert open_record(an_incoming(mixed)) == Unreadable(RejectionCode.CLOUDEVENT_INVALID, "id")


@given(st.binary(max_size=300), st.lists(st.tuples(st.text(max_size=12), st.binary(max_size=12))))
def test_nothing_makes_opening_raise(value: bytes, headers: list[tuple[str, bytes]]) -> None:
    """Any bytes with any headers are a report or a refusal."""
    assert open_record(a_poison(value, tuple(headers))) is not None
    assert open_record(a_poison(value)) is not None

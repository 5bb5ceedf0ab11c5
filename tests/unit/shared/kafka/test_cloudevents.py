"""The codec is strict both ways: what is written can be read, and nothing is invented."""

from datetime import UTC, datetime, timedelta, timezone
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.cloudevents import Attributes, CloudEventInvalidError, is_text
from shared.kafka.cloudevents import from_headers, outgoing, to_headers

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
VALID = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"e1"),
    ("ce_source", b"urn:peerline:intake:north"),
    ("ce_type", b"incident.reported.v1"),
)

text = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=40).filter(
    lambda value: bool(value.strip()) and is_text(value)
)
names = st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True).filter(
    lambda name: name not in {
        "id", "source", "specversion", "type", "subject", "time",
        "datacontenttype", "dataschema", "data",
    }
)  # fmt: skip
attributes = st.builds(
    Attributes,
    id=text,
    source=text,
    type=text,
    subject=st.none() | text,
    time=st.none()
    | st.datetimes(
        min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30),  # noqa: DTZ001
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]),
    ),
    datacontenttype=st.none() | text,
    dataschema=st.none() | text,
    extensions=st.dictionaries(names, text, max_size=4),
)  # fmt: skip


@given(attributes)
def test_what_is_written_is_read_again(event: Attributes) -> None:
    """Round trip of every attribute and extension."""
    assert from_headers(to_headers(event)) == event


@given(attributes)
def test_the_same_event_has_the_same_bytes(event: Attributes) -> None:
    """Replay compares headers too, so their order is fixed."""
    assert to_headers(from_headers(to_headers(event))) == to_headers(event)


@given(st.lists(st.tuples(st.text(max_size=30), st.binary(max_size=30)), max_size=8))
def test_any_headers_are_read_or_refused(headers: list[tuple[str, bytes]]) -> None:
    """A stranger's record never ends the process."""
    try:
        event = from_headers([*VALID, *headers])
    except CloudEventInvalidError:
        return
    assert event.id == "e1"


def test_headers_of_others_are_left_alone() -> None:
    """Tracing and clients add their own, with whatever bytes."""
    event = from_headers([*VALID, ("traceparent", b"\xff"), ("x", b"")])

    assert event.extensions == {}


def test_the_content_type_is_the_data_content_type() -> None:
    """Kafka binding, section 3.2.1; the header's case is not ours to choose."""
    event = from_headers([*VALID, ("Content-Type", b"application/json")])

    assert event.datacontenttype == "application/json"


@pytest.mark.parametrize("name", [name for name, _ in VALID])
def test_a_missing_attribute_is_refused(name: str) -> None:
    """Nothing required is ever filled in for the sender."""
    with pytest.raises(CloudEventInvalidError, match=f"'{name.removeprefix('ce_')}' is missing"):
        from_headers([pair for pair in VALID if pair[0] != name])


@pytest.mark.parametrize(
    ("header", "value", "problem"),
    [
        ("ce_id", b"e2", "'id' is repeated"),
        ("CE_ID", b"e2", "'id' is repeated"),
        ("ce_subject", b"", "'subject' is empty"),
        ("ce_subject", b"  ", "'subject' is empty"),
        ("ce_tenant", b"", "'tenant' is empty"),
        ("ce_subject", b"\xff\xfe", "'subject' is not UTF-8"),
        ("ce_subject", b"a\x00b", "'subject' holds a character"),
        ("ce_time", b"yesterday", "'time' is not RFC 3339"),
        ("ce_time", b"2026-03-01T12:00:00", "'time' has no offset"),
        ("ce_data", b"x", "'data' has a name"),
        ("ce_datacontenttype", b"application/json", "'datacontenttype' is repeated"),
        ("ce_two words", b"x", "misnamed"),
        ("ce_", b"x", "misnamed"),
    ],
)
def test_a_bad_attribute_is_refused_by_name(header: str, value: bytes, problem: str) -> None:
    """The refusal says which and why."""
    with pytest.raises(CloudEventInvalidError, match=problem):
        from_headers([*VALID, (header, value)])


@pytest.mark.parametrize("version", [b"0.3", b"1.1", b"2.0", b"1"])
def test_another_version_is_refused(version: bytes) -> None:
    """Only 1.0 is read: a later version may mean something else by the same name."""
    with pytest.raises(CloudEventInvalidError, match="specversion"):
        from_headers([("ce_specversion", version), *VALID[1:]])


def test_a_refusal_never_repeats_what_was_sent() -> None:
    """Header names and values of strangers may hold anything, a patient's name too."""
    with pytest.raises(CloudEventInvalidError) as refused:
        from_headers([*VALID, ("ce_jane doe", b"jane doe")])

    assert "jane" not in str(refused.value)


@pytest.mark.parametrize(
    "broken",
    [
        Attributes(id="", source="s", type="t"),
        Attributes(id="i", source=" ", type="t"),
        Attributes(id="i", source="s", type="t\n"),
        Attributes(id="i\ud800", source="s", type="t"),
        Attributes(id="i", source="s", type="t", subject=""),
        Attributes(id="i", source="s", type="t", time=datetime(2026, 1, 1)),  # noqa: DTZ001
        Attributes(id="i", source="s", type="t", extensions={"Upper": "x"}),
        Attributes(id="i", source="s", type="t", extensions={"a" * 21: "x"}),
        Attributes(id="i", source="s", type="t", extensions={"data": "x"}),
        Attributes(id="i", source="s", type="t", extensions={"tenant": ""}),
    ],
)
def test_what_could_not_be_read_is_not_written(broken: Attributes) -> None:
    """Strict in this direction too: a bug of ours stops here, not at a reader."""
    with pytest.raises(CloudEventInvalidError):
        to_headers(broken)


def test_an_extension_may_not_pose_as_an_attribute() -> None:
    """It would be written twice and be refused by every reader."""
    with pytest.raises(CloudEventInvalidError, match="repeated"):
        to_headers(Attributes(id="i", source="s", type="t", extensions={"id": "other"}))


class Ping:
    """A contract of two members."""

    topic: ClassVar[str] = "test.ping.v1"

    def to_json(self) -> bytes:
        return b'{"ping":1}'


def test_a_model_becomes_a_record_of_its_own_topic() -> None:
    """The type is the topic's name, the value the model's JSON."""
    record = outgoing(
        Ping(), key="k", event_id="e1", source="urn:test", subject="s", time=NOON, partition=3,
        extensions={"tenant": "north"},
    )  # fmt: skip

    event = from_headers(record.headers)
    assert (record.topic, record.key, record.partition) == ("test.ping.v1", b"k", 3)
    assert record.value == b'{"ping":1}'
    assert (event.type, event.time, event.datacontenttype) == (
        "test.ping.v1", NOON, "application/json",
    )  # fmt: skip
    assert event.extensions == {"tenant": "north"}

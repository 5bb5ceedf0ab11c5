"""What intake publishes is CloudEvents in Kafka's binary mode: looked at as it is on the topic."""

import re
from collections import Counter
from datetime import UTC, datetime
from typing import ClassVar

import orjson
import pytest

from shared.contracts.cloudevents import Attributes, CloudEventInvalidError
from shared.kafka.cloudevents import outgoing, to_headers
from shared.kafka.records import Outgoing
from tests.builders.cloudevents import clause, headers_of

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RFC_3339 = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
# RFC 3986, appendix A, as far as characters go.
URI_REFERENCE = re.compile(rb"([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+")
MEDIA_TYPE = re.compile(rb"[a-z]+/[a-z0-9.+-]+")


class Ping:
    """A contract of one member."""

    topic: ClassVar[str] = "test.ping.v1"

    def __init__(self, size: int = 0) -> None:
        self._size = size

    def to_json(self) -> bytes:
        return orjson.dumps({"ping": "x" * self._size})


def a_ping(**overrides: str) -> Outgoing:
    """Publish a Ping with extensions."""
    return outgoing(
        Ping(), key="k", event_id="e1", source="urn:test", subject=None, time=NOON, partition=3,
        extensions=overrides,
    )  # fmt: skip


def values(published: list[Outgoing], name: str) -> list[bytes]:
    """Return a header's values, of the records that have it."""
    return [headers[name] for headers in map(headers_of, published) if name in headers]


@clause("C-required", "C-id", "C-source", "C-type", "C-specversion", "C-version")
def test_every_record_has_the_required_attributes(published: list[Outgoing]) -> None:
    """Once each and not empty; of version 1.0; the type is the topic."""
    assert {record.topic for record in published} == {
        "incident.raw.v1", "incident.reported.v1", "incident.rejected.v1",
    }  # fmt: skip
    for record in published:
        headers = headers_of(record)
        assert headers["ce_specversion"] == b"1.0"
        assert headers["ce_type"] == record.topic.encode()
        assert headers["ce_id"].strip()
        assert headers["ce_source"].strip()


@clause("C-names", "C-extensions", "K-headers", "K-attributes")
def test_every_header_is_an_attribute_with_its_prefix(published: list[Outgoing]) -> None:
    """But for the content type; names are lower case, of 20 characters at most."""
    named = {name for record in published for name, _ in record.headers}

    assert {"ce_id", "ce_source", "ce_type", "ce_specversion", "content-type"} <= named
    assert all(re.fullmatch("ce_[a-z0-9]{1,20}", name) for name in named - {"content-type"})
    with pytest.raises(CloudEventInvalidError):
        to_headers(Attributes(id="i", source="s", type="t", extensions={"Two_Words": "x"}))


@clause("C-types", "K-utf8", "C-canonical")
def test_every_value_is_a_text_in_utf8(published: list[Outgoing]) -> None:
    """A bug of ours that would put something else there stops before the topic."""
    for record in published:
        for _, value in record.headers:
            assert value.decode().isprintable()
    for broken in ("a\x00", "\x9f", "\ufffe", "\ud800", "\U0001ffff"):
        with pytest.raises(CloudEventInvalidError):
            a_ping(mood=broken)


@clause("C-unique")
def test_source_and_id_are_one_events_only(published: list[Outgoing]) -> None:
    """The same report again is the same event; two reports are two."""
    places = Counter(
        (headers["ce_source"], headers["ce_type"], headers["ce_id"])
        for headers in map(headers_of, published)
    )

    assert set(places.values()) <= {1, 2}
    assert len({record.value for record in published}) >= len(places)
    reported = [r for r in published if r.topic == "incident.reported.v1"]
    assert len({headers_of(record)["ce_id"] for record in reported}) == 2


@clause("C-source-uri")
def test_the_source_is_a_uri(published: list[Outgoing]) -> None:
    """A URN of ours with the tenant, whose slug needs no escaping."""
    for source in values(published, "ce_source"):
        assert URI_REFERENCE.fullmatch(source)
        assert source == b"urn:peerline:intake:northwick"


@clause("C-time", "C-time-text")
def test_time_is_written_as_rfc_3339(published: list[Outgoing]) -> None:
    """Always with the offset; a moment without one cannot be written."""
    assert all(RFC_3339.fullmatch(time) for time in values(published, "ce_time"))
    with pytest.raises(CloudEventInvalidError, match="offset"):
        to_headers(Attributes(id="i", source="s", type="t", time=NOON.replace(tzinfo=None)))


@clause("C-time-consistent")
def test_time_comes_from_the_same_place_for_every_report(published: list[Outgoing]) -> None:
    """It is when Kafka took the report, as the report itself says."""
    for record in published:
        if record.topic == "incident.reported.v1":
            told = orjson.loads(record.value or b"")["received_at"]
            assert headers_of(record)["ce_time"] == told.encode()


@clause("C-subject")
def test_a_subject_says_something_or_is_not_there(published: list[Outgoing]) -> None:
    """The incident, which is the key that others know it by."""
    assert all(subject.strip() for subject in values(published, "ce_subject"))
    with pytest.raises(CloudEventInvalidError, match="empty"):
        to_headers(Attributes(id="i", source="s", type="t", subject=""))


@clause("C-datacontenttype", "K-content-type", "K-value", "K-data")
def test_the_value_is_what_its_content_type_says(published: list[Outgoing]) -> None:
    """JSON of the contract, or encrypted bytes, and nothing around it."""
    for record in published:
        content_type = headers_of(record)["content-type"]
        assert MEDIA_TYPE.fullmatch(content_type)
        is_json = (record.value or b"").startswith(b"{")
        assert content_type == (b"application/json" if is_json else b"application/octet-stream")
    assert a_ping().value == Ping().to_json()


@clause("K-key", "K-key-adds", "K-key-leaves")
def test_the_key_is_the_users_and_leaves_the_event_alone(published: list[Outgoing]) -> None:
    """It comes from beside the event, so no attribute tells it."""
    assert {record.key for record in published if record.topic == "incident.raw.v1"} == {
        b"northwick"
    }
    plain = outgoing(
        Ping(), key="other", event_id="e1", source="urn:test", subject=None, time=NOON, partition=0
    )
    assert (a_ping().key, plain.key) == (b"k", b"other")
    assert a_ping().headers == plain.headers
    assert "ce_partitionkey" not in headers_of(plain)


@clause("K-partitionkey")
def test_a_partition_key_is_sent_along() -> None:
    """Who sets one finds it at the other end."""
    assert headers_of(a_ping(partitionkey="p"))["ce_partitionkey"] == b"p"


@clause("C-size")
def test_an_event_of_64_kib_is_written_whole() -> None:
    """Nothing is cut; the topic takes far more."""
    record = outgoing(
        Ping(64 * 1024), key="k", event_id="e", source="s", subject=None, time=NOON, partition=0
    )

    assert len(record.value or b"") > 64 * 1024

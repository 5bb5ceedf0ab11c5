"""CloudEvents 1.0: binary, structured, batched; strict, and the same report in each mode."""

import base64
import json
from typing import Any

import pytest

from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped
from shared.contracts.words import RejectionCode
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.reports import a_native_report, mapped, refused, some_hints

STRUCTURED = "application/cloudevents+json; charset=utf-8"
PACKED_BRACKETS = base64.b64encode(b"[" * 100).decode()
BATCH = "application/cloudevents-batch+json"
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "e1",
    "source": "/datix",
    "type": "incident.updated",
    "sequence": "7",
}


def an_event(**overrides: Any) -> dict[str, Any]:
    event = ATTRIBUTES | {"data": a_native_report()} | overrides
    return {name: value for name, value in event.items() if value is not None}


def headers(prefix: str = "ce-", **overrides: Any) -> tuple[tuple[str, Any], ...]:
    values = ATTRIBUTES | overrides
    return tuple((prefix + n, value) for n, value in values.items() if value is not None)


@pytest.mark.parametrize("prefix", ["ce-", "CE-", "ce_"])
def test_binary_and_structured_give_the_same_report(prefix: str) -> None:
    """Over HTTP or Kafka, in headers or in the body: the same draft but for the raw bytes."""
    binary = mapped(a_native_report(), some_hints(headers=headers(prefix))).draft
    structured = mapped(an_event(), some_hints(STRUCTURED)).draft

    assert binary.event_id == structured.event_id
    assert binary.content == structured.content
    assert binary.revision == structured.revision == "7"


def test_the_report_s_own_revision_beats_the_sequence() -> None:
    """The publisher's record knows better than its envelope."""
    report = a_native_report(revision=2)

    assert mapped(report, some_hints(headers=headers())).draft.revision == "2"


def test_an_event_is_recognised_without_its_media_type() -> None:
    """Structured mode shows in the body."""
    assert mapped(an_event()).draft.revision == "7"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
@pytest.mark.parametrize("value", [None, "", "  "], ids=["missing", "empty", "blank"])
def test_a_missing_or_empty_attribute_is_refused(name: str, value: str | None) -> None:
    """Never invented."""
    structured = refused(an_event(**{name: value}), some_hints(STRUCTURED))
    binary = refused(a_native_report(), some_hints(headers=headers("ce-", **{name: value})))

    for refusal in (structured, binary):
        assert refusal.code is RejectionCode.CLOUDEVENT_INVALID
        assert refusal.pointer == f"/{name}"


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_a_repeated_attribute_is_refused(name: str) -> None:
    """In headers and in the body, where JSON decoders keep only the last one."""
    again = f'"{name}": "1.0", '
    body = ("{" + again + json.dumps(an_event())[1:]).encode()

    structured = refused(body, some_hints(STRUCTURED))
    binary = refused(
        a_native_report(), some_hints(headers=(*headers(), (f"ce-{name}", ATTRIBUTES[name])))
    )

    assert structured.code is binary.code is RejectionCode.CLOUDEVENT_INVALID


@pytest.mark.parametrize("version", ["2.0", "0.3", "1.0.2"])
def test_another_version_is_refused(version: str) -> None:
    """1.0 is the only one we read."""
    refusal = refused(an_event(specversion=version), some_hints(STRUCTURED))

    assert (refusal.code, refusal.pointer) == (RejectionCode.CLOUDEVENT_INVALID, "/specversion")


@pytest.mark.parametrize(
    ("prefix", "value"), [("ce-", "%ff"), ("ce_", b"\xff"), ("ce-", "\udcff"), ("ce-", b"\xff")]
)
def test_an_attribute_that_is_no_utf8_is_refused(prefix: str, value: object) -> None:
    """It is kept in the raw record in a way that is refused again."""
    refusal = refused(a_native_report(), some_hints(headers=headers(prefix, subject=value)))
    again = refused(refusal.body, some_hints(headers=refusal.headers))

    assert refusal.code is again.code is RejectionCode.CLOUDEVENT_INVALID


def test_percent_signs_are_decoded_over_http_only() -> None:
    """HTTP headers are percent-encoded, Kafka's are plain UTF-8."""
    http = mapped(a_native_report(), some_hints(headers=headers("ce-", sequence="%37")))
    kafka = mapped(a_native_report(), some_hints(headers=headers("ce_", sequence="%37")))

    assert http.draft.revision == "7"
    assert kafka.draft.revision == "%37"
    assert mapped(kafka.body, some_hints(headers=kafka.headers)).draft == kafka.draft


def test_other_headers_make_no_event_and_are_not_kept() -> None:
    """A stray ce- header or an authorization is not part of the report."""
    stray = (("ce-mood", "x"), ("authorization", "Bearer secret"))

    assert mapped(a_native_report(), some_hints(headers=stray)).headers == ()


def test_data_may_be_base64() -> None:
    """A text of JSON is refused, as the specification has it, with what to do about it."""
    text = json.dumps(a_native_report())
    based = an_event(data=None, data_base64=base64.b64encode(text.encode()).decode())
    quoted = refused(an_event(data=text), some_hints(STRUCTURED))

    assert mapped(based, some_hints(STRUCTURED)).draft.content == mapped(an_event()).draft.content
    assert (quoted.code, quoted.pointer) == (RejectionCode.UNKNOWN_FORMAT, "/data")
    assert "data_base64" in quoted.detail


@pytest.mark.parametrize(
    ("overrides", "code"),
    [
        ({"data": None}, RejectionCode.UNDECODABLE),
        ({"data": "no json"}, RejectionCode.UNKNOWN_FORMAT),
        ({"data": None, "data_base64": "%%%"}, RejectionCode.UNDECODABLE),
        ({"data": None, "data_base64": 7}, RejectionCode.UNDECODABLE),
        ({"data": 7}, RejectionCode.UNKNOWN_FORMAT),
        ({"datacontenttype": "application/xml", "data": "<a/>"}, RejectionCode.UNKNOWN_FORMAT),
        ({"data": {"record_id": ""}}, RejectionCode.NO_RECORD_ID),
        ({"data": None, "data_base64": PACKED_BRACKETS}, RejectionCode.LIMIT),
        ({"id": {"a": 1}}, RejectionCode.CLOUDEVENT_INVALID),
        ({"time": "now"}, RejectionCode.CLOUDEVENT_INVALID),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_event_around_nothing_readable_is_refused(
    overrides: dict[str, Any], code: RejectionCode
) -> None:
    """The envelope may be good and its content not."""
    assert refused(an_event(**overrides), some_hints(STRUCTURED)).code is code


@pytest.mark.parametrize("body", [b"[1]", b'"text"', b"null"])
def test_what_is_no_object_is_no_event(body: bytes) -> None:
    """The media type says event, the body says otherwise."""
    assert refused(body, some_hints(STRUCTURED)).code is RejectionCode.CLOUDEVENT_INVALID


def test_extensions_of_other_types_are_ignored() -> None:
    """Integers and booleans are legal attributes."""
    event = an_event(retries=3, urgent=True, dry=False, nothing=None, odd={"a": 1})

    assert isinstance(mapped(event | {"empty": None}, some_hints(STRUCTURED)), Mapped)


def test_a_batch_maps_event_by_event() -> None:
    """A bad event refuses itself only, in its own bytes."""
    body = json.dumps([an_event(), an_event(id=""), an_event(data={"record_id": "2"})]).encode()

    good, bad, last = receive(body, some_hints(BATCH))

    assert isinstance(good, Mapped)
    assert isinstance(last, Mapped)
    assert not isinstance(bad, Mapped)
    assert bad.pointer == "/1/id"
    assert mapped(good.body, some_hints(good.content_type)).draft == good.draft


def test_an_empty_batch_holds_nothing_and_a_single_event_is_no_batch() -> None:
    """The specification allows the empty batch."""
    assert receive(b"[]", some_hints(BATCH)) == ()
    assert refused(an_event(), some_hints(BATCH)).code is RejectionCode.CLOUDEVENT_INVALID


def test_many_reports_in_one_event_go_on_alone() -> None:
    """The event's sequence orders none of them."""
    data = [a_native_report(record_id="1"), a_native_report(record_id="2"), "text"]

    first, second, third = receive(json.dumps(an_event(data=data)).encode(), some_hints(STRUCTURED))

    assert isinstance(first, Mapped)
    assert isinstance(second, Mapped)
    assert not isinstance(third, Mapped)
    assert third.pointer == "/data/2"
    assert first.draft.revision is None
    assert mapped(first.body, some_hints(first.content_type)).draft == first.draft


def test_an_array_under_binary_headers_goes_on_without_them() -> None:
    """The envelope was one, the reports are many."""
    body = json.dumps([a_native_report(record_id="1"), a_native_report(record_id="2")]).encode()

    results = receive(body, some_hints(headers=headers()))

    assert [result.headers for result in results] == [(), ()]


def test_fhir_travels_in_an_event_too() -> None:
    """Single resources keep the envelope; a Bundle's reports leave it."""
    single = mapped(an_event(data=an_r4_event()), some_hints(STRUCTURED))
    from_bundle = mapped(an_event(data=a_bundle(an_r4_event())), some_hints(STRUCTURED))

    assert single.draft.content == from_bundle.draft.content
    assert from_bundle.content_type == "application/fhir+json"
    assert from_bundle.draft.revision is None

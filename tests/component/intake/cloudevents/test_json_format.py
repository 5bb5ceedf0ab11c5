"""JSON event format on receipt: one event and batches, over HTTP and Kafka."""

from base64 import b64encode

import orjson

from tests.builders.cloudevents import (
    ATTRIBUTES,
    BATCH,
    REPORT,
    STRUCTURED,
    Wire,
    an_event,
    clause,
    pairs,
    structured,
)

INVALID = "cloudevent_invalid"
PACKED = b64encode(orjson.dumps(REPORT)).decode()


@clause("C-json", "J-media-type")
def test_one_event_in_json_is_read_by_its_media_type(wire: Wire) -> None:
    """In any case, with or without parameters; its content is not taken for a report itself."""
    for media_type in (STRUCTURED, "application/cloudevents+json", "Application/CloudEvents+JSON"):
        assert structured(wire, content_type=media_type).report
        assert structured(wire, REPORT, media_type).code == INVALID
    assert structured(wire, content_type="application/cloudevents+avro").code == "unknown_format"


@clause("J-extensions")
def test_an_extension_is_a_member_beside_the_others(wire: Wire) -> None:
    """A container of extensions was dropped before 1.0: what is in it is no attribute."""
    assert structured(wire, an_event(sequence="7")).revision == "7"
    assert structured(wire, an_event(extensions={"sequence": "7"})).revision is None
    assert structured(wire, an_event(attributes={"sequence": "7"})).revision is None


@clause("J-types")
def test_an_attribute_has_the_json_type_of_its_own_type(wire: Wire) -> None:
    """A number or an object is no id; extensions may be numbers and booleans."""
    for name in ("id", "source", "type", "specversion", "subject", "time", "datacontenttype"):
        for value in (7, 1.0, True, {"a": 1}, ["x"]):
            told = structured(wire, an_event(**{name: value}))
            assert (told.code, told.pointer) == (INVALID, f"/{name}")
    assert structured(wire, an_event(tries=3, urgent=False, odd={"a": 1})).report
    endless = b'{"huge": ' + b"9" * 300 + b", " + orjson.dumps(an_event())[1:]
    assert structured(wire, endless).report


@clause("J-null")
def test_a_null_attribute_is_an_absent_one(wire: Wire) -> None:
    """Optional ones may be null, required ones are then missing."""
    nothing = dict.fromkeys(("subject", "time", "dataschema", "datacontenttype", "mood"))
    assert structured(wire, an_event() | nothing).report
    for name in ATTRIBUTES:
        assert structured(wire, an_event() | {name: None}).pointer == f"/{name}"


@clause("J-members")
def test_every_required_attribute_is_a_member(wire: Wire) -> None:
    """Headers of the same names do not stand in for one."""
    for name in ATTRIBUTES:
        told = structured(wire, an_event(**{name: None}), STRUCTURED, *pairs(wire, None))
        assert (told.code, told.pointer) == (INVALID, f"/{name}")


@clause("J-exclusive")
def test_data_and_packed_data_exclude_each_other(wire: Wire) -> None:
    """Which one was meant? Neither is guessed."""
    for data in (REPORT, None, {}):
        told = structured(wire, {**an_event(), "data": data, "data_base64": PACKED})
        assert (told.code, told.pointer) == (INVALID, "/data_base64")


@clause("J-base64")
def test_packed_data_is_decoded(wire: Wire) -> None:
    """To the bytes that binary mode would have had; what is no base64 is no data."""
    plain = structured(wire).report
    packed = structured(wire, an_event(data=None, data_base64=PACKED)).report
    assert plain
    assert packed
    assert packed["content_hash"] == plain["content_hash"]
    for broken in ("%%%", PACKED + "=", PACKED[:20] + "\n" + PACKED[20:], 7, {"a": 1}, ""):
        told = structured(wire, an_event(data=None, data_base64=broken))
        assert told.code == "undecodable", broken


@clause("J-value")
def test_data_is_taken_as_the_json_value_it_is(wire: Wire) -> None:
    """With a JSON media type or without any, an object is a report, a number is none."""
    for media_type in (None, "application/json", "application/vnd.northwick+json; charset=utf-8"):
        assert structured(wire, an_event(datacontenttype=media_type)).report
        assert structured(wire, an_event(data=7, datacontenttype=media_type)).code
    assert structured(wire, an_event(data=None)).code == "undecodable"


@clause("J-text", "J-text-once")
def test_a_text_is_not_decoded_once_more(wire: Wire) -> None:
    """Even if it holds a report; the refusal says what to do."""
    text = orjson.dumps(REPORT).decode()
    for media_type in (None, "application/json"):
        told = structured(wire, an_event(data=text, datacontenttype=media_type))
        assert (told.code, told.pointer) == ("unknown_format", "/data")


@clause("J-batch-type")
def test_a_batch_is_read_by_its_media_type(wire: Wire) -> None:
    """Event by event: a wrong one refuses itself only, a single event is no batch."""
    events = [an_event(), an_event(id=None), an_event(data={**REPORT, "record_id": "2"})]
    told = wire.send([("content-type", BATCH.encode())], orjson.dumps(events))

    assert [each.code for each in told] == [None, INVALID, None]
    assert structured(wire, content_type=BATCH).code == INVALID

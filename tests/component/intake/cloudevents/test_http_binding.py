"""HTTP protocol binding on receipt; `sequence` shows how the value of a header was read."""

import orjson
import pytest

from tests.builders.cloudevents import (
    BATCH,
    JSON,
    REPORT,
    STRUCTURED,
    HttpWire,
    an_event,
    binary,
    clause,
    pairs,
    structured,
)

INVALID = "cloudevent_invalid"
BODY = orjson.dumps(REPORT)


@clause("H-json")
def test_structured_mode_includes_json(http: HttpWire) -> None:
    """And the same report comes of both modes."""
    one, other = structured(http).report, binary(http).report

    assert one
    assert other
    assert (one["content_hash"], one["event_id"]) == (other["content_hash"], other["event_id"])


@clause("H-content-type")
def test_content_type_is_the_type_of_the_data(http: HttpWire) -> None:
    """In binary mode it alone says how the body is read."""
    rows = b"record_id,kind\n1,incident\n"
    lines = BODY + b"\n" + orjson.dumps({**REPORT, "record_id": "2"})

    assert http.send(pairs(http, "application/xml"), BODY)[0].code == "unknown_format"
    assert http.send(pairs(http, "text/csv"), rows)[0].code != INVALID
    assert len(http.send(pairs(http, "application/x-ndjson"), lines)) == 2


@clause("H-one-content-type")
@pytest.mark.parametrize("content_type", [JSON, None])
def test_a_second_header_for_the_content_type_is_refused(
    http: HttpWire, content_type: str | None
) -> None:
    """Whether it contradicts the first or stands alone."""
    (told,) = http.send(pairs(http, content_type, datacontenttype=JSON), BODY)

    assert (told.code, told.pointer) == (INVALID, "/datacontenttype")


@clause("H-distinct")
def test_each_attribute_has_a_header_of_its_own(http: HttpWire) -> None:
    """Two values in two headers of one name are not one value."""
    assert http.send([*pairs(http), ("ce-id", b"e-2")], BODY)[0].code == INVALID
    assert binary(http, subject="a, b", sequence="3").revision == "3"


@clause("H-secondary")
def test_a_header_of_another_name_is_no_attribute(http: HttpWire) -> None:
    """An extension may be written twice, but it is read where the binding puts it."""
    assert http.send([*pairs(http), ("sequence", b"9")], BODY)[0].revision is None
    assert http.send([*pairs(http, sequence="8"), ("sequence", b"9")], BODY)[0].revision == "8"


@clause("H-prefix")
def test_an_attribute_is_ce_and_its_name(http: HttpWire) -> None:
    """Case means nothing in HTTP; without its hyphen the prefix is none."""
    assert http.send([*pairs(http), ("CE-Sequence", b"9")], BODY)[0].revision == "9"
    assert http.send([*pairs(http), ("cesequence", b"9")], BODY)[0].revision is None
    assert http.send([*pairs(http, id=None), ("ceid", b"9")], BODY)[0].pointer == "/id"


@clause("H-ascii")
def test_bytes_beyond_ascii_are_text_or_refused(http: HttpWire) -> None:
    """UTF-8 that somebody forgot to encode is understood, anything else is not guessed."""
    assert binary(http, sequence="Zürich 5".encode()).revision == "Zürich 5"
    assert binary(http, subject=b"Z\xfcrich").code == INVALID


READINGS = {
    "plain": (b"abc", "abc"),
    "blank": (b"a%20b", "a b"),
    "of the specification": (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
    "quoted": (b'"a b"', "a b"),
    "quoted with escapes": (b'"a\\"b\\\\c"', 'a"b\\c'),
    "quoted, then encoded": (b'"a%20b"', "a b"),
    "quoted percent": (b'"100%25"', "100%"),
    "a quotation mark alone": (b'a"b', 'a"b'),
    "an encoded quotation mark": (b"%22a%22", '"a"'),
    "once only": (b"a%2520b", "a%20b"),
    "small digits": (b"%e2%82%ac", "€"),
    "needlessly": (b"%61%62%63", "abc"),
}


@clause("H-unquote", "H-decode-once", "H-quoted", "H-lower-hex", "H-needless")
@pytest.mark.parametrize(("sent", "read"), READINGS.values(), ids=READINGS.keys())
def test_a_value_is_unquoted_and_then_decoded_once(http: HttpWire, sent: bytes, read: str) -> None:
    """The raw record keeps it in a form that is read to the same again."""
    assert binary(http, sequence=sent).revision == read


@clause("H-utf8")
@pytest.mark.parametrize("sent", [b"%FF", b"a%C3", b"%E2%28%A1", b"%ED%A0%80", b'"%FF"'])
def test_what_decodes_to_no_utf8_is_refused(http: HttpWire, sent: bytes) -> None:
    """A lone continuation, a cut sequence, a surrogate."""
    assert binary(http, subject=sent).code == INVALID


@clause("H-overlong")
@pytest.mark.parametrize("sent", [b"%C0%A0", b"%C0%80", b"%E0%80%AF", b"%F0%80%80%AF"])
def test_an_overlong_form_is_refused(http: HttpWire, sent: bytes) -> None:
    """Else a filter before us would read something else than we do."""
    assert binary(http, subject=sent).code == INVALID


@clause("H-structured-type")
def test_structured_mode_is_told_by_the_content_type(http: HttpWire) -> None:
    """By its beginning alone; an event format that we do not have is refused, not guessed."""
    assert structured(http, content_type="APPLICATION/CLOUDEVENTS+JSON;charset=utf-8").report
    for unknown in ("application/cloudevents+avro", "application/cloudevents+protobuf"):
        assert structured(http, content_type=unknown).code == "unknown_format"


@clause("H-payload")
def test_in_structured_mode_the_body_decides(http: HttpWire) -> None:
    """Headers may repeat the attributes; they neither complete nor correct them."""
    headers = pairs(http, None, sequence="9", id="other")

    assert structured(http, an_event(sequence="1"), STRUCTURED, *headers).revision == "1"
    assert structured(http, an_event(id=None), STRUCTURED, *headers).pointer == "/id"


@clause("H-batch", "H-batch-type")
def test_a_batch_of_json_events_is_read(http: HttpWire) -> None:
    """It may be empty; a batch in another format is refused."""
    two = orjson.dumps([an_event(), an_event(data={**REPORT, "record_id": "2"})])
    other = [("content-type", b"application/cloudevents-batch+avro")]

    assert len(http.send([("content-type", BATCH.encode())], two)) == 2
    assert http.send([("content-type", BATCH.encode())], b"[]") == []
    assert http.send(other, two)[0].code == "unknown_format"


@clause("H-batch-version")
def test_a_batch_of_several_versions_is_not_read_as_one(http: HttpWire) -> None:
    """There is one version that we read, so whatever has another one is refused."""
    mixed = orjson.dumps([an_event(), an_event(specversion="0.3"), an_event(specversion="1.1")])
    told = http.send([("content-type", BATCH.encode())], mixed)

    assert [each.code for each in told] == [None, INVALID, INVALID]

"""Core specification on receipt: the same over HTTP and Kafka, in binary and structured mode."""

from typing import Any

import orjson
import pytest

from tests.builders.cloudevents import (
    ATTRIBUTES,
    Wire,
    an_event,
    binary,
    clause,
    in_both_modes,
    pairs,
    structured,
)

INVALID = "cloudevent_invalid"
OPTIONAL = ("subject", "dataschema", "time")


def refused_in_both(wire: Wire, name: str, value: str | None) -> None:
    """Send an event with one attribute so in both modes, and see it refused by its name."""
    for told in in_both_modes(wire, **{name: value}):
        assert (told.code, told.pointer) == (INVALID, f"/{name}"), value


@clause("C-required")
def test_an_event_with_the_required_attributes_alone_is_taken(wire: Wire) -> None:
    """Nothing else is asked for, and any one of them cannot be missing."""
    assert all(told.report for told in in_both_modes(wire))
    for name in ATTRIBUTES:
        refused_in_both(wire, name, None)


@clause("C-id")
def test_an_id_is_never_invented(wire: Wire) -> None:
    """Missing, empty, blank."""
    for value in (None, "", "  "):
        refused_in_both(wire, "id", value)


@clause("C-source")
def test_a_source_is_never_invented(wire: Wire) -> None:
    """Missing, empty, blank; a relative reference and an absolute one are both fine."""
    for value in (None, "", "  "):
        refused_in_both(wire, "source", value)
    for value in ("urn:uuid:6e8bc430", "/sensors", "https://a.example/b?c#d", "1-555-123"):
        assert all(told.report for told in in_both_modes(wire, source=value))


@clause("C-type")
def test_a_type_is_never_invented(wire: Wire) -> None:
    """Missing, empty, blank."""
    for value in (None, "", "  "):
        refused_in_both(wire, "type", value)


@clause("C-specversion", "C-version")
def test_only_version_1_0_is_read(wire: Wire) -> None:
    """Another one may mean something else by the same names; patches have no version here."""
    for value in (None, "", " ", "0.3", "1", "1.0.2", "1.1", "2.0", "1.0 "):
        refused_in_both(wire, "specversion", value)


@clause("C-subject")
def test_an_empty_subject_is_refused(wire: Wire) -> None:
    """It is optional; if it is there, it says something."""
    refused_in_both(wire, "subject", "")
    assert all(told.report for told in in_both_modes(wire, subject="ward 7"))


@clause("C-dataschema")
def test_an_empty_dataschema_is_refused(wire: Wire) -> None:
    """A schema that is named is not fetched."""
    refused_in_both(wire, "dataschema", "")
    assert all(t.report for t in in_both_modes(wire, dataschema="https://unreachable.invalid/s"))


@clause("C-datacontenttype")
def test_data_of_no_media_type_is_refused(wire: Wire) -> None:
    """Not JSON, or no media type at all: the body is not guessed at."""
    for value in ("application/xml", "json", "no media type", "application/"):
        (bound,) = wire.send(pairs(wire, value), b'{"record_id": "1"}')
        inside = structured(wire, an_event(datacontenttype=value))
        assert (bound.code, inside.code) == ("unknown_format", "unknown_format"), value
    for value in ("application/json", "text/json; charset=utf-8", "application/vnd.x+json"):
        assert structured(wire, an_event(datacontenttype=value)).report


GOOD_TIMES = (
    "2026-03-01T12:00:00Z",
    "2026-03-01t12:00:00z",
    "2026-03-01 12:00:00Z",
    "2026-03-01T12:00:00.123456789+05:45",
    "2026-03-01T12:00:00-00:00",
    "2016-12-31T23:59:60Z",
)
BAD_TIMES = (
    "yesterday",
    "2026-03-01",
    "2026-03-01T12:00:00",
    "2026-03-01T12:00Z",
    "2026-03-01T12:00:00,5Z",
    "20260301T120000Z",
    "2026-W09-7T12:00:00Z",
    "2026-060T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-03-01T24:00:01Z",
    "2026-03-01T12:00:61Z",
    "2026-03-01T12:00:00+0100",
    "1772366400",
    "",
)


@clause("C-time", "C-time-text")
def test_time_is_rfc_3339_and_nothing_that_resembles_it(wire: Wire) -> None:
    """ISO 8601 has many other forms; a leap second is a time."""
    for value in GOOD_TIMES:
        assert all(told.report for told in in_both_modes(wire, time=value)), value
    for value in BAD_TIMES:
        refused_in_both(wire, "time", value)


@clause("C-names", "C-extensions")
def test_what_has_another_name_is_no_attribute(wire: Wire) -> None:
    """It neither costs the report nor stands in for an attribute; a header's case is none."""
    odd = {"my-part": "1", "two_words": "2", "umlaut.x": "3", "a" * 40: "4"}
    assert binary(wire, **odd).report
    assert structured(wire, an_event(**odd, Sequence="9", Id="x")).revision is None
    assert structured(wire, an_event(id=None, ID="e-1")).pointer == "/id"


@clause("C-canonical")
def test_the_canonical_text_of_every_type_is_understood(wire: Wire) -> None:
    """In headers there is nothing else; in JSON a number may stand for its text."""
    values = {"urgent": "true", "tries": "-7", "packed": "AAE=", "link": "/a", "at": GOOD_TIMES[0]}
    assert all(told.report for told in in_both_modes(wire, **values))
    native: dict[str, Any] = {"urgent": True, "tries": -7, "sequence": 12}
    assert structured(wire, an_event(**native)).revision == "12"
    assert binary(wire, sequence="12").revision == "12"


@clause("C-types")
def test_a_value_that_is_no_text_is_refused(wire: Wire) -> None:
    """Control characters, noncharacters and halves of a surrogate pair are in no String."""
    for character in ("\x00", "\x1f", "\x7f", "\x9f", "\ufdd0", "\ufffe", "\U0010ffff"):
        escaped = "".join(f"%{byte:02X}" for byte in character.encode())
        sent = escaped if wire.prefix == "ce-" else character
        assert binary(wire, subject=f"a{sent}b").pointer == "/subject", repr(character)
        assert structured(wire, an_event(subject=f"a{character}b")).pointer == "/subject"
    half = orjson.dumps(an_event(subject="?")).replace(b'"?"', b'"\\udead"')
    pair = orjson.dumps(an_event(subject="?")).replace(b'"?"', b'"\\ud83d\\ude00"')
    assert structured(wire, half).report is None
    assert structured(wire, pair).report


@clause("C-size")
@pytest.mark.parametrize("size", [64 * 1024, 200 * 1024])
def test_an_event_of_64_kib_and_more_is_taken(wire: Wire, size: int) -> None:
    """In every mode, packed too: the limit of one text is for texts of the report."""
    texts = [f"{place:010}" * 900 for place in range(size // 9000 + 1)]
    report = {"record_id": "large", "ext": {"texts": texts}}
    packed = an_event(data=None, data_base64=_packed(report))
    assert binary(wire, report).report
    assert structured(wire, an_event(data=report)).report
    assert structured(wire, packed).report


@clause("F-repeated")
@pytest.mark.parametrize("name", [*ATTRIBUTES, "subject", "sequence"])
def test_an_attribute_that_is_there_twice_is_refused(wire: Wire, name: str) -> None:
    """Which one was meant? In JSON most decoders would silently take the last."""
    value = ATTRIBUTES.get(name, "1")
    (bound,) = wire.send(
        [*pairs(wire, **{name: value}), (wire.prefix + name, value.encode())], b'{"record_id": "1"}'
    )
    again = f'{{"{name}": "{value}", '.encode() + orjson.dumps(an_event(**{name: value}))[1:]
    assert (bound.code, structured(wire, again).code) == (INVALID, INVALID)


@clause("F-any-case")
def test_names_of_headers_may_be_written_in_any_case(wire: Wire) -> None:
    """HTTP says so, and on Kafka it costs nothing to be as generous."""
    for spell in (str.upper, str.title, str.lower):
        given = [(spell(name), value) for name, value in pairs(wire, sequence="5")]
        (told,) = wire.send(given, b'{"record_id": "1"}')
        assert told.revision == "5"


@clause("F-data-kept")
def test_what_breaks_the_rules_is_kept_and_refused_again(wire: Wire) -> None:
    """The rejection comes from the raw record, so the bytes and headers are durable."""
    broken = in_both_modes(wire, id="") + in_both_modes(wire, time="now")

    assert [told.code for told in broken] == [INVALID] * 4


def _packed(document: object) -> str:
    from base64 import b64encode

    return b64encode(orjson.dumps(document)).decode()

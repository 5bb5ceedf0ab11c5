"""Kafka protocol binding on receipt; `sequence` shows how the value of a header was read."""

import orjson
import pytest

from tests.builders.cloudevents import (
    JSON,
    REPORT,
    STRUCTURED,
    KafkaWire,
    an_event,
    binary,
    clause,
    pairs,
    structured,
)
from tests.builders.intake_edge import IntakeStage

INVALID = "cloudevent_invalid"
BODY = orjson.dumps(REPORT)


@clause("K-json")
def test_structured_mode_includes_json(kafka: KafkaWire) -> None:
    """And the same report comes of both modes."""
    one, other = structured(kafka).report, binary(kafka).report

    assert one
    assert other
    assert (one["content_hash"], one["event_id"]) == (other["content_hash"], other["event_id"])


@clause("K-value", "K-data")
def test_the_value_is_the_data_as_it_is(kafka: KafkaWire) -> None:
    """Its bytes are what the report was made of."""
    (told,) = kafka.send(pairs(kafka), BODY + b"\n ")
    (same,) = kafka.send(pairs(kafka), BODY)

    assert told.report
    assert same.report
    assert told.report["content_hash"] == same.report["content_hash"]
    assert told.report["source"]["raw_sha256"] != same.report["source"]["raw_sha256"]


@clause("K-attributes", "K-headers")
def test_every_attribute_is_a_header_with_its_prefix(kafka: KafkaWire) -> None:
    """Without the prefix it is none; a header that is not CloudEvents' own is left alone."""
    assert binary(kafka, sequence="4").revision == "4"
    assert kafka.send([*pairs(kafka), ("sequence", b"4")], BODY)[0].revision is None
    assert kafka.send([*pairs(kafka, id=None), ("id", b"e-1")], BODY)[0].pointer == "/id"
    assert kafka.send([*pairs(kafka), ("x-other", b"\xff")], BODY)[0].report


@clause("K-partitionkey")
def test_a_partition_key_is_an_extension_like_others(kafka: KafkaWire) -> None:
    """It decides nothing here: whose a record is, the binding of its topic says."""
    assert binary(kafka, partitionkey="southmoor").report


@clause("K-content-type")
def test_content_type_is_the_type_of_the_data(kafka: KafkaWire) -> None:
    """It has no second place: with a prefix it would repeat the attribute."""
    assert kafka.send(pairs(kafka, "application/avro"), BODY)[0].code == "unknown_format"
    for content_type in (JSON, None):
        (told,) = kafka.send(pairs(kafka, content_type, datacontenttype=JSON), BODY)
        assert (told.code, told.pointer) == (INVALID, "/datacontenttype")


@clause("K-utf8")
@pytest.mark.parametrize("value", [b"\xff", b"\xc0\xa0", b"a\xc3", b"\xed\xa0\x80"])
def test_a_value_that_is_no_utf8_is_refused(kafka: KafkaWire, value: bytes) -> None:
    """While any text is taken as it is: Kafka knows no percent-encoding."""
    assert binary(kafka, subject=value).code == INVALID
    for text in ("Zürich 😀", "100%25", '"quoted"'):
        assert binary(kafka, sequence=text).revision == text


@clause("K-structured-type")
def test_structured_mode_is_told_by_the_content_type(kafka: KafkaWire) -> None:
    """Else the record is in binary mode, if it has the attributes; a missing type may be JSON."""
    assert structured(kafka, content_type=STRUCTURED).report
    assert structured(kafka, content_type="application/cloudevents+avro").code == "unknown_format"
    (told,) = kafka.send([], orjson.dumps(an_event(sequence="6")))
    assert told.revision == "6"


@clause("F-tombstone")
def test_a_record_without_value_is_ignored_and_counted(
    kafka: KafkaWire, stage: IntakeStage
) -> None:
    """Even under the headers of an event: nothing was reported, and nothing is retracted."""
    assert kafka.send(pairs(kafka), None) == []
    assert 'reason="tombstone",tenant="northwick"} 1' in stage.metrics.text()

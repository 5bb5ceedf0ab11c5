"""Which format a body is in, and what becomes of the ones that we do not read."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.packs.pack_files import shipped_packs
from shared.contracts.words import RejectionCode
from tests.builders.fhir import an_r4_event
from tests.builders.reports import a_native_report, mapped, refused, some_hints

SAMPLES = Path(__file__).parents[5] / "shared" / "samples"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "application/json",
        "Application/JSON; charset=utf-8",
        "text/json",
        "application/vnd.hospital+json",
    ],
)
def test_json_is_read_under_every_name_of_json(content_type: str | None) -> None:
    """Kafka has no media type at all."""
    assert mapped(a_native_report(), some_hints(content_type)).draft.format == "native"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/octet-stream",
        "application/x-www-form-urlencoded",
        "text/csv",
        "application/cloudevents+avro",
    ],
)
def test_another_media_type_is_refused_with_those_we_read(content_type: str) -> None:
    """The answer names what to send instead."""
    refusal = refused(a_native_report(), some_hints(content_type))

    assert refusal.code is RejectionCode.UNKNOWN_FORMAT
    assert refusal.is_media_problem
    assert "application/" in refusal.detail or "JSON" in refusal.detail


@pytest.mark.parametrize(
    "document", [{}, {"hello": 1}, "text", 7, None, {"schema": {}, "payload": {}}]
)
def test_json_of_no_known_shape_is_an_unknown_format(document: object) -> None:
    """It is JSON, but nothing says that it is a report."""
    refusal = refused(document)

    assert (refusal.code, refusal.is_media_problem) == (RejectionCode.UNKNOWN_FORMAT, True)


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"{", b"nonsense", b'{"record_id": "\xff"}', b'{"record_id": NaN}', b"\x00\x01"],
    ids=["empty", "blank", "cut off", "words", "no UTF-8", "NaN", "binary"],
)
def test_what_is_no_json_in_utf8_is_undecodable(body: bytes) -> None:
    """Nothing could be read of it."""
    assert refused(body).code is RejectionCode.UNDECODABLE


def test_a_byte_order_mark_is_no_content() -> None:
    """Windows writes one."""
    assert mapped(b'\xef\xbb\xbf{"record_id":"1"}').draft.record_id == "1"


def test_a_pinned_format_is_not_guessed_again() -> None:
    """A credential for native reports maps what looks like nothing as a bad native report."""
    refusal = refused({"hello": 1}, some_hints(pinned_format="native"))

    assert refusal.code is RejectionCode.NO_RECORD_ID


def test_a_format_pinned_that_does_not_exist_yet_is_detected() -> None:
    """A setting ahead of its release loses no report."""
    assert mapped(a_native_report(), some_hints(pinned_format="datixweb")).draft.format == "native"


@pytest.mark.parametrize("kind", ["QuestionnaireResponse", "Patient", "Observation", "Zebra"])
def test_another_resource_is_not_supported(kind: str) -> None:
    """Whatever it is, it describes no incident."""
    refusal = refused({"resourceType": kind, "id": "1"})

    assert (refusal.code, refusal.pointer) == (RejectionCode.NOT_SUPPORTED, "/resourceType")


def test_the_fhir_media_type_pins_fhir() -> None:
    """A body without resourceType under it is no native report."""
    hints = some_hints("application/fhir+json")

    assert refused(a_native_report(), hints).code is RejectionCode.NOT_SUPPORTED
    assert mapped(an_r4_event(), hints).draft.format == "fhir"


@pytest.mark.parametrize(
    ("body", "code", "advice"),
    [
        (b"<ichicsr lang='en'/>", RejectionCode.NOT_AN_INCIDENT, "drug safety"),
        (b"<?xml version='1.0'?><x:PORR_IN049016UV/>", RejectionCode.NOT_AN_INCIDENT, "drug"),
        (b"<!-- <ichicsr> --><Bundle xmlns='http://hl7.org/fhir'/>", None, "FHIR JSON"),
        (b"\xef\xbb\xbf \n<ClinicalDocument/>", None, "FHIR JSON"),
        ("<AdverseEvent/>".encode("utf-16"), None, "FHIR JSON"),
        (b"<incident/>", None, "application/json"),
        (b"<", None, "application/json"),
    ],
    ids=["ICSR", "HL7 v3", "FHIR", "CDA", "UTF-16", "other", "cut off"],
)
def test_xml_is_never_parsed_only_advised_upon(
    body: bytes, code: RejectionCode | None, advice: str
) -> None:
    """The root's name in the first 4 KiB decides what to say; media type or not."""
    for content_type in ("application/xml", "application/json", None):
        refusal = refused(body, some_hints(content_type))

        assert refusal.code is (code or RejectionCode.UNKNOWN_FORMAT)
        assert refusal.is_media_problem
        assert advice in refusal.detail


def test_entities_of_xml_are_never_expanded() -> None:
    """A billion laughs is eleven bytes of root name to us."""
    bomb = b'<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><lolz>&b;</lolz>'

    assert refused(bomb).code is RejectionCode.UNKNOWN_FORMAT


def test_the_drug_safety_sample_is_no_incident() -> None:
    """The FDA's example case report, with its doctype, is refused politely."""
    sample = SAMPLES / "icsr-e2b" / "FAERS_EXAMPLE.xml"
    if not sample.exists():
        pytest.skip("the shared samples are not here: the ICSR refusal was not tested on one")

    assert refused(sample.read_bytes()).code is RejectionCode.NOT_AN_INCIDENT


@pytest.mark.parametrize("schema", [None, {"type": "struct", "fields": []}])
def test_the_payload_of_connects_envelope_is_the_document(schema: object) -> None:
    """The schema beside it says nothing that we need; the report is the one it would be alone."""
    report = a_native_report()

    enveloped = mapped({"schema": schema, "payload": report}).draft

    assert enveloped.content_hash == mapped(report).draft.content_hash


def test_an_envelope_with_anything_else_in_it_is_none() -> None:
    """Three members are somebody's own shape, which is not guessed at."""
    document = {"schema": None, "payload": a_native_report(), "more": 1}

    assert refused(document).code is RejectionCode.UNKNOWN_FORMAT


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"record_id": "42", "kind": "incident"}, "native"),
        ({"record_id": "42", "recordid": "7"}, "rows"),
        ({"recordid": "7"}, "rows"),
    ],
)
def test_what_has_none_of_the_packs_ids_but_our_own_is_a_native_report(
    document: dict[str, str], name: str
) -> None:
    """A source with a pack of its own sends both; as a row such a report would be refused."""
    own = {"datix": SourceSettings(pack="datixweb")}
    hints = some_hints(packs=shipped_packs(), sources=own, source_system="datix")

    assert mapped(document, hints).draft.format == name
    if name == "native":
        assert refused(document, replace(hints, pack="datixweb")).code is RejectionCode.NO_RECORD_ID

"""FHIR events that mix releases, or whose envelope names the release: nothing known is lost."""

import json
from typing import Any

import pytest

from services.intake.domain.results import Mapped
from shared.contracts.words import QualityFlag, RejectionCode
from shared.identity import person_ref
from tests.builders.fhir import a_bundle, a_concept, an_r4_event, an_r5_event, an_stu3_event
from tests.builders.reports import PSEUDONYM_KEY, a_native_report, mapped, refused, some_hints

STU3_JSON = "application/fhir+json; fhirVersion=3.0"
ATTRIBUTES = {"specversion": "1.0", "id": "e1", "source": "urn:x", "type": "report"}
# Looks like R5; its seriousness is a level only where the media type says that it is STU3.
AMBIGUOUS = an_r5_event(seriousness=a_concept("Severe"), outcome=None)


def structured(data: Any, datacontenttype: str = STU3_JSON) -> Mapped:
    event = ATTRIBUTES | {"datacontenttype": datacontenttype, "data": data}
    return mapped(event, some_hints("application/cloudevents+json"))


def refs(event: dict[str, Any]) -> list[str]:
    return [each["person_ref"] for each in mapped(event).draft.content["staff"]]


def literal(name: str) -> str:
    return person_ref(PSEUDONYM_KEY, "fhir", f"Practitioner/{name}")


@pytest.mark.parametrize("make", [an_r4_event, an_r5_event, an_stu3_event])
def test_a_severity_is_one_in_every_release(make: Any) -> None:
    """It is the same word wherever it stands; STU3's own level comes first."""
    event = make(severity=a_concept("severe"), outcome=None, seriousness=None)

    assert mapped(event).draft.content["patients"][0]["harm"] == "severe"


def test_the_level_of_stu3_beats_a_severity() -> None:
    """Its own field is what its own forms ask for."""
    event = an_stu3_event(severity=a_concept("severe"), reaction=[], description="words")

    assert mapped(event).draft.content["patients"][0]["harm"] == "mild"


@pytest.mark.parametrize(
    ("make", "field", "actor"),
    [
        (an_r5_event, "contributor", {"reference": "Practitioner/c1"}),
        (an_r5_event, "eventParticipant", {"reference": "Practitioner/c1"}),
        (an_r4_event, "participant", {"actor": {"reference": "Practitioner/w1"}}),
    ],
)
def test_people_are_read_under_every_releases_name(make: Any, field: str, actor: Any) -> None:
    """Whoever was named is not lost because the rest is of another release."""
    assert set(refs(make(**{field: [actor]}))) == {
        literal("c1"),
        literal("w1") if make is an_r5_event or field == "participant" else "",
    }


def test_a_name_alone_is_staff_by_the_field_it_stands_in() -> None:
    """Contributors are staff by definition, participants may be relatives."""
    nora = {"display": "Nora Nurse"}
    event = an_r5_event(contributor=[nora], participant=[{"actor": {"display": "Mum"}}])

    assert refs(event) == [person_ref(PSEUDONYM_KEY, "name", "Nora Nurse")]


@pytest.mark.parametrize("field", ["event", "code", "type"])
def test_what_happened_is_read_under_every_releases_name(field: str) -> None:
    """Its code and its words."""
    what = {field: a_concept("370927008", "http://snomed.info/sct", text="hit in the face")}
    event = an_r5_event(code=None, note=None, category=None, suspectEntity=None) | what

    content = mapped(event).draft.content

    assert content["categories"] == ["violence"]
    assert content["codings"][0]["code"] == "370927008"
    assert content["narrative_present"] is True


def test_the_type_of_an_events_data_names_its_release() -> None:
    """In structured mode as in binary mode, where it is the content type."""
    headers = tuple((f"ce-{name}", value) for name, value in ATTRIBUTES.items())
    binary = mapped(AMBIGUOUS, some_hints(STU3_JSON, headers=headers)).draft
    unit = structured(AMBIGUOUS)

    assert mapped(AMBIGUOUS).draft.format_version == "R5"
    assert unit.draft.format_version == binary.format_version == "STU3"
    assert unit.draft.content["patients"][0]["harm"] == "severe"
    assert unit.draft.content == binary.content
    assert mapped(unit.body, some_hints(unit.content_type)).draft == unit.draft


@pytest.mark.parametrize("data", [a_bundle(AMBIGUOUS), [AMBIGUOUS]], ids=["Bundle", "list"])
def test_what_is_cut_out_of_an_event_keeps_its_release(data: Any) -> None:
    """Read again alone, it is of the same release."""
    unit = structured(data)

    assert unit.draft.format_version == "STU3"
    assert mapped(unit.body, some_hints(unit.content_type)).draft == unit.draft


def test_data_that_is_said_to_be_fhir_is_nothing_else() -> None:
    """As in binary mode; another type of data says nothing of its format."""
    body = json.dumps(ATTRIBUTES | {"datacontenttype": STU3_JSON, "data": a_native_report()})
    hints = some_hints("application/cloudevents+json")

    assert refused(body.encode(), hints).code is RejectionCode.NOT_SUPPORTED
    assert structured(a_native_report(), "application/json").draft.format == "native"


@pytest.mark.parametrize(
    ("fields", "harm"),
    [
        ({"severity": "severe", "outcome": None}, "severe"),
        ({"severity": None, "outcome": "fatal"}, "death"),
        ({"severity": None, "outcome": ["Patient died"]}, "death"),
    ],
)
def test_a_bare_word_counts_as_its_concept(fields: dict[str, Any], harm: str) -> None:
    """FHIR wants a concept; losing how bad it was would be worse."""
    assert mapped(an_r4_event(**fields)).draft.content["patients"][0]["harm"] == harm


@pytest.mark.parametrize("field", ["severity", "outcome"])
def test_a_bare_word_that_no_table_knows_is_noted(field: str) -> None:
    """It is not passed over in silence."""
    assert QualityFlag.VALUE_UNMAPPED in mapped(an_r4_event(**{field: "zebra"})).draft.flags

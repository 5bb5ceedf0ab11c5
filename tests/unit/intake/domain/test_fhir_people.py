"""People in FHIR: the identifier that names the same person elsewhere, and teams."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from shared.identity import person_ref
from tests.builders.fhir import a_concept, an_r4_event, an_r5_event, an_stu3_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, some_hints

PRACTITIONER = {"resourceType": "Practitioner", "id": "a", "name": [{"family": "Careful"}]}
NAMING_SYSTEMS = {"urn:hospital:login": "login", "urn:hospital:staff": "employee"}


def ref(system: str, value: str) -> str:
    return person_ref(PSEUDONYM_KEY, system, value)


def staff_of(event: dict[str, Any]) -> Any:
    draft = mapped(event, some_hints(staff_systems=NAMING_SYSTEMS)).draft
    return draft.content.get("staff")


def with_practitioner(**fields: Any) -> dict[str, Any]:
    return an_r4_event(
        contained=[PRACTITIONER | fields], contributor=[{"reference": "#a", "display": "Adam"}]
    )


def identifier(system: str, value: str, kind: str | None = None) -> dict[str, Any]:
    return {"system": system, "value": value} | ({} if kind is None else {"type": a_concept(kind)})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {
                "identifier": [
                    identifier("urn:npi", "9", "NPI"),
                    identifier("urn:x", "E1", "EI"),
                    identifier("urn:hospital:login", "adam"),
                ]
            },
            ("login", "adam"),
        ),
        (
            {"identifier": [identifier("urn:npi", "9", "NPI"), identifier("urn:x", "E1", "EI")]},
            ("urn:x", "E1"),
        ),
        (
            {"identifier": [identifier("urn:o", "1"), identifier("urn:npi", "9", "NPI")]},
            ("urn:npi", "9"),
        ),
        (
            {
                "telecom": [
                    {"system": "phone", "value": "1"},
                    {"system": "email", "value": "A@x.org"},
                ]
            },
            ("email", "a@x.org"),
        ),
        ({}, ("name", "Adam")),
    ],
    ids=["login", "employee number", "registration", "e-mail", "name"],
)
def test_the_best_identifier_names_the_person(
    fields: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Login, employee number, registration, e-mail, name: in this order."""
    assert staff_of(with_practitioner(**fields)) == [{"person_ref": ref(*expected)}]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ({"reference": "Practitioner/9"}, ("fhir", "Practitioner/9")),
        ({"reference": "http://x/Practitioner/9/_history/2"}, ("fhir", "Practitioner/9")),
        (
            {
                "type": "Practitioner",
                "identifier": {"system": "urn:hospital:login", "value": "ann"},
            },
            ("login", "ann"),
        ),
        ({"type": "Practitioner", "display": "Ann Lee"}, ("name", "Ann Lee")),
        (
            {"type": "http://hl7.org/fhir/StructureDefinition/Practitioner", "display": "Ann"},
            ("name", "Ann"),
        ),
    ],
    ids=["relative", "absolute", "identifier", "display", "canonical type"],
)
def test_a_reference_alone_names_a_person_too(
    reference: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Without the resource, its id or identifier or display must do."""
    assert staff_of(an_r4_event(contributor=[reference])) == [{"person_ref": ref(*expected)}]


def test_a_role_leads_to_its_practitioner_and_gives_the_role() -> None:
    """PractitionerRole says what, Practitioner says who."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "code": [{"coding": [{"code": "zebra"}]}, {"coding": [{"code": "doctor"}]}],
        "practitioner": {"reference": "#a"},
    }
    person = PRACTITIONER | {"identifier": [identifier("urn:hospital:staff", "E1")]}
    event = an_r4_event(contained=[role, person], contributor=[{"reference": "#r"}])

    assert staff_of(event) == [{"person_ref": ref("employee", "E1"), "role": "physician"}]


def test_a_lost_reference_to_a_person_is_flagged() -> None:
    """#x that is not contained names nobody."""
    event = an_r4_event(contributor=[{"reference": "#x", "type": "Practitioner"}])
    draft = mapped(event).draft

    assert "staff" not in draft.content
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


@pytest.mark.parametrize(
    ("function", "involvement", "is_unmapped"),
    [
        ("WIT", "witness", False),
        ("AUT", "author", False),
        ("INF", None, False),
        ("PART", None, False),
        ("zebra", None, True),
    ],
)
def test_the_function_of_r5_gives_the_involvement(
    function: str,
    involvement: str | None,
    is_unmapped: bool,  # noqa: FBT001
) -> None:
    """Informants and participants do not say whether they were there."""
    actor = {"reference": "Practitioner/w1"}
    event = an_r5_event(participant=[{"function": a_concept(function), "actor": actor}])
    draft = mapped(event).draft

    assert draft.content["staff"][0].get("involvement") == involvement
    assert ("/staff/*/involvement" in dict(draft.unmapped)) is is_unmapped


def test_older_releases_name_people_without_a_role() -> None:
    """R4 contributor and STU3 eventParticipant: involvement unknown."""
    expected = [{"person_ref": ref("fhir", "Practitioner/c1")}]

    assert staff_of(an_r4_event()) == expected
    assert staff_of(an_stu3_event()) == expected


@pytest.mark.parametrize("make", [an_r4_event, an_stu3_event], ids=["R4", "STU3"])
def test_a_name_alone_is_staff_where_nobody_else_may_stand(make: Any) -> None:
    """Contributors of R4 and participants of STU3 are practitioners or devices by definition."""
    field = "contributor" if make is an_r4_event else "eventParticipant"
    draft = mapped(make(**{field: {"display": "Nora Nurse"}})).draft

    assert draft.content["staff"] == [{"person_ref": ref("name", "Nora Nurse")}]
    assert QualityFlag.STAFF_DISPLAY_ONLY in draft.flags


def test_a_name_alone_in_r5_may_be_a_relative_and_is_flagged() -> None:
    """R5 lets patients, relatives and teams take part: nobody is contacted on a guess."""
    draft = mapped(an_r5_event(participant=[{"actor": {"display": "Nora Nurse"}}])).draft

    assert "staff" not in draft.content
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


def test_the_identifier_of_a_staff_registry_is_staff_in_every_release() -> None:
    """The system of the identifier says what the reference does not."""
    npi = {"identifier": identifier("http://hl7.org/fhir/sid/us-npi", "123")}
    event = an_r5_event(participant=[{"actor": npi}], recorder=npi)

    content = mapped(event).draft.content

    assert content["staff"] == [{"person_ref": ref("npi", "123")}]
    assert content["reporter"]["type"] == "staff"


def test_a_reference_that_leads_nowhere_is_flagged_whatever_its_type() -> None:
    """Somebody was named, and is not in the payload."""
    draft = mapped(an_r4_event(contributor=[{"reference": "#nobody"}])).draft

    assert "staff" not in draft.content
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


def test_the_death_of_a_colleague_concerns_everybody_but_the_dead() -> None:
    """No message goes to whom it happened to; it is the category `colleague_death`."""
    dead, other = {"reference": "Practitioner/n"}, {"reference": "Practitioner/c"}
    event = an_r4_event(subject=dead, contributor=[dead, other], outcome=a_concept("fatal"))
    content = mapped(event).draft.content

    assert content["kind"] == "staff_event"
    assert content["categories"] == ["medication", "colleague_death"]
    assert content["staff"] == [{"person_ref": ref("fhir", "Practitioner/c")}]


@pytest.mark.parametrize("kind", ["CareTeam", "Organization"])
def test_a_team_reference_hints_at_the_team(kind: str) -> None:
    """A team is named instead of people."""
    draft = mapped(an_r4_event(contributor=[{"reference": f"{kind}/1"}])).draft

    assert draft.content["team_hint"]["reason"] == "team_reference"


@pytest.mark.parametrize("kind", ["Device", "Patient", "RelatedPerson"])
def test_other_actors_are_ignored(kind: str) -> None:
    """They are no colleagues."""
    content = mapped(an_r4_event(contributor=[{"reference": f"{kind}/1"}])).draft.content

    assert "staff" not in content
    assert content["team_hint"]["reason"] == "reporter_only"


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": "Practitioner/n"},
        {"reference": "PractitionerRole/n"},
        {"type": "Practitioner", "display": "Nora Nurse"},
    ],
    ids=["practitioner", "role", "display only"],
)
def test_a_member_of_staff_may_be_the_subject(subject: dict[str, str]) -> None:
    """Injured staff: a staff event without any patient."""
    draft = mapped(an_r4_event(subject=subject, contributor=None)).draft

    assert draft.content["kind"] == "staff_event"
    assert "patients" not in draft.content
    assert draft.content["staff"][0]["involvement"] == "injured"
    assert "person_ref" in draft.content["staff"][0]
    assert (QualityFlag.STAFF_DISPLAY_ONLY in draft.flags) is ("display" in subject)


@pytest.mark.parametrize(
    ("recorder", "reporter"),
    [
        ({"reference": "Patient/p"}, {"type": "patient"}),
        ({"reference": "RelatedPerson/p"}, {"type": "relative"}),
        ({"display": "somebody"}, None),
        (
            {"reference": "Practitioner/p"},
            {"type": "staff", "person_ref": ref("fhir", "Practitioner/p")},
        ),
        (None, None),
        ("Practitioner/p", None),
    ],
    ids=["patient", "relative", "display", "staff", "none", "text"],
)
def test_the_recorder_is_the_reporter(recorder: object, reporter: object) -> None:
    """Nothing that identifies a patient or a relative goes on as a person."""
    assert mapped(an_r4_event(recorder=recorder)).draft.content.get("reporter") == reporter


def test_identifiers_without_a_value_and_resources_without_an_id_are_passed_over() -> None:
    """A period or an assigner alone names nobody."""
    fields = {"identifier": [{"system": "urn:npi"}, identifier("urn:npi", "9")]}
    event = with_practitioner(**fields)
    event["contained"].append({"resourceType": "Practitioner"})

    assert staff_of(event) == [{"person_ref": ref("urn:npi", "9")}]

"""People in FHIR known by name only, and which of several identifiers is theirs today."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from shared.identity import person_ref
from tests.builders.fhir import an_r4_event
from tests.builders.reports import PSEUDONYM_KEY, mapped

ANN = {"family": "Smith", "given": ["Ann", "Lee"]}
ROLE = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "#d"}}
OVER, RUNNING = {"period": {"end": "2015-12-31"}}, {"period": {"end": "2031"}}


def an_event(**fields: Any) -> dict[str, Any]:
    """Return an event whose contributor #d has these fields and no id of its own."""
    person = {"resourceType": "Practitioner", "id": "d"} | fields
    return an_r4_event(contained=[person, ROLE], contributor=[{"reference": "#d"}])


def staff(system: str, value: str) -> list[dict[str, str]]:
    return [{"person_ref": person_ref(PSEUDONYM_KEY, system, value)}]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([ANN], "Ann Lee Smith"),
        (ANN | {"text": "Sister Ann"}, "Sister Ann"),
        ([{"use": "old", "text": "Ann Jones"}, {"use": "maiden", "text": "A J"}, ANN], None),
        ([OVER | {"text": "Ann Jones"}, ANN], None),
        ([RUNNING | {"text": "Ann Jones"}, ANN], "Ann Jones"),
        ([{"use": "official"}, {"given": [7, None]}, ANN], "7"),
        ({"family": ["Smith", "Jones"]}, "Smith Jones"),
    ],
    ids=["parts", "text", "former", "ended", "running", "empty", "DSTU2"],
)
def test_a_practitioner_with_nothing_but_a_name_is_known_by_it(names: Any, expected: Any) -> None:
    """The last of the order; who is known by name only is flagged."""
    draft = mapped(an_event(name=names)).draft

    assert draft.content["staff"] == staff("name", expected or "Ann Lee Smith")
    assert QualityFlag.STAFF_DISPLAY_ONLY in draft.flags


@pytest.mark.parametrize("field", ["subject", "recorder"])
def test_a_name_alone_names_the_injured_and_the_reporter_too(field: str) -> None:
    """They are found as contributors are."""
    event = an_event(name=[ANN]) | {"contributor": [], field: {"reference": "#d"}}
    content = mapped(event).draft.content

    found = content["staff"][0] if field == "subject" else content["reporter"]
    assert found["person_ref"] == person_ref(PSEUDONYM_KEY, "name", "Ann Lee Smith")


def test_a_role_names_whom_its_reference_displays() -> None:
    """The practitioner is not at hand, the display is."""
    role = ROLE | {"practitioner": {"display": "Ann Smith"}}
    event = an_r4_event(contained=[role], contributor=[{"reference": "#r"}])

    assert mapped(event).draft.content["staff"] == staff("name", "Ann Smith")


@pytest.mark.parametrize("fields", [{}, {"name": [{"use": "old", "text": "Ann Jones"}]}])
def test_a_practitioner_without_any_name_is_flagged(fields: dict[str, Any]) -> None:
    """Somebody was named and cannot be found."""
    draft = mapped(an_event(**fields)).draft

    assert "staff" not in draft.content
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ({"use": "old"}, {}, "then"),
        (OVER, {}, "then"),
        (RUNNING, {}, "first"),
        (OVER, OVER, "first"),
        ({"period": {"end": "2026"}}, {}, "first"),
        ({"period": {"end": []}}, {}, "first"),
        ({"period": "2015"}, {}, "first"),
    ],
)
def test_a_former_identifier_is_not_the_persons(
    first: dict[str, Any], then: dict[str, Any], expected: str
) -> None:
    """Old ones are left out, ended ones come last; an end of this year lasts until its last day."""
    event = an_event(
        identifier=[
            {"system": "login", "value": "first"} | first,
            {"system": "login", "value": "then"} | then,
        ]
    )

    assert mapped(event).draft.content["staff"] == staff("login", expected)


def test_any_end_counts_where_the_report_has_no_day() -> None:
    """There is no clock to compare it with."""
    identifier = [{"value": "a"} | RUNNING, {"value": "b"}]
    event = an_event(identifier=identifier) | {"date": None, "detected": 7, "recordedDate": "then"}

    assert mapped(event).draft.content["staff"] == staff("fhir", "b")


@pytest.mark.parametrize("first", [{"use": "old"}, {"use": "home"}, OVER, {}])
def test_the_address_at_work_is_the_persons(first: dict[str, Any]) -> None:
    """Whoever shares a mailbox at home does not read of an incident at work."""
    work = {"system": "email", "use": "work", "value": "ann@work.example"}
    event = an_event(telecom=[{"system": "email", "value": "ann@home.example"} | first, work])

    assert mapped(event).draft.content["staff"] == staff("email", "ann@work.example")


def test_the_address_at_home_is_better_than_none() -> None:
    """As long as it is not a former one."""
    home = {"system": "email", "use": "home", "value": "ann@home.example"}

    assert mapped(an_event(telecom=[home])).draft.content["staff"] == staff("email", home["value"])

"""References within Bundles and resources: whom they mean, and that they never mean another."""

import json
from typing import Any

import pytest

from services.intake.domain.results import Draft
from shared.contracts.words import QualityFlag
from shared.identity import person_ref
from tests.builders.fhir import an_r4_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, some_hints

FHIR = some_hints("application/fhir+json")
OURS, THEIRS = "https://ours.example/fhir/", "https://theirs.example/fhir/"
PATIENT = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "nhs", "value": "9434765919"}],
}


def a_person(login: str, name: str = "1", **fields: Any) -> dict[str, Any]:
    identifier = [{"system": "login", "value": login}]
    return {"resourceType": "Practitioner", "id": name, "identifier": identifier} | fields


def an_entry(resource: dict[str, Any], url: str | None = None) -> dict[str, Any]:
    return {"resource": resource} | ({} if url is None else {"fullUrl": url})


def draft_of(*entries: dict[str, Any], kind: str = "collection") -> Draft:
    """Return what a Bundle's one event maps to: the same as its unit maps to alone."""
    bundle = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    unit = mapped(bundle, FHIR)

    assert mapped(unit.body, some_hints(unit.content_type)).draft == unit.draft
    return unit.draft


def an_event(reference: str, url: str | None = OURS + "AdverseEvent/ae-1", **fields: Any) -> Any:
    return an_entry(an_r4_event(contributor=[{"reference": reference}], **fields), url)


def staff(system: str, value: str) -> list[dict[str, str]]:
    return [{"person_ref": person_ref(PSEUDONYM_KEY, system, value)}]


def test_a_fragment_is_resolved_in_the_resource_that_holds_it() -> None:
    """The event's own #p1 is the patient; the role's is whom it is about."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "contained": [a_person("ann", "p1")],
        "practitioner": {"reference": "#p1"},
    }
    event = an_event("PractitionerRole/r", contained=[PATIENT], subject={"reference": "#p1"})

    content = draft_of(event, an_entry(role, OURS + "PractitionerRole/r")).content

    assert content["staff"] == staff("login", "ann")


@pytest.mark.parametrize("practitioner", ["Patient/p1", "#p1"])
def test_a_role_of_a_patient_is_nobodys(practitioner: str) -> None:
    """A patient's number is never that of a member of staff, whatever refers to it."""
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "contained": [PATIENT],
        "practitioner": {"reference": practitioner},
    }

    draft = draft_of(an_event("PractitionerRole/r"), an_entry(role), an_entry(PATIENT))

    assert draft.content["staff"] == staff("fhir", "PractitionerRole/r")
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


@pytest.mark.parametrize(
    "reference",
    ["Practitioner/1", OURS + "Practitioner/1", OURS + "Practitioner/1/_history/7"],
    ids=["relative", "absolute", "versioned"],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_person_is_the_one_of_the_references_server(
    reference: str,
    is_first: bool,  # noqa: FBT001
) -> None:
    """Two servers may each have a Practitioner/1."""
    ours = an_entry(a_person("ann"), OURS + "Practitioner/1")
    theirs = an_entry(a_person("bob"), THEIRS + "Practitioner/1")
    people = [ours, theirs] if is_first else [theirs, ours]

    assert draft_of(an_event(reference), *people).content["staff"] == staff("login", "ann")


@pytest.mark.parametrize(
    ("reference", "server"), [(THEIRS + "Practitioner/1", OURS), ("Practitioner/1", THEIRS)]
)
def test_a_person_of_another_server_is_somebody_else(reference: str, server: str) -> None:
    """Whoever is meant is not here; nobody else of that number is taken."""
    person = an_entry(a_person("bob"), server + "Practitioner/1")

    content = draft_of(an_event(reference), person).content

    assert content["staff"] == staff("fhir", "Practitioner/1")


@pytest.mark.parametrize("event_url", [None, "urn:uuid:5", OURS + "AdverseEvent/ae-1"])
@pytest.mark.parametrize("url", [None, "urn:uuid:6"])
def test_type_and_id_are_enough_where_only_one_has_them(
    event_url: str | None, url: str | None
) -> None:
    """Senders leave full URLs out."""
    person = an_entry(a_person("ann"), url)

    content = draft_of(an_event("Practitioner/1", event_url), person).content

    assert content["staff"] == staff("login", "ann")


@pytest.mark.parametrize("urls", [(OURS, THEIRS), (None, None)])
def test_of_two_who_may_be_meant_nobody_is_taken(urls: tuple[str | None, str | None]) -> None:
    """Neither is written to; it is flagged."""
    people = [
        an_entry(a_person(login), url and url + "Practitioner/1")
        for login, url in zip(("ann", "bob"), urls, strict=True)
    ]

    draft = draft_of(an_event("Practitioner/1", None), *people)

    assert "staff" not in draft.content
    assert QualityFlag.REFERENCE_UNRESOLVED in draft.flags


def test_one_person_twice_in_a_bundle_is_one() -> None:
    """Equal entries are no reason to doubt."""
    twice = [an_entry(a_person("ann"))] * 2

    assert draft_of(an_event("Practitioner/1"), *twice).content["staff"] == staff("login", "ann")


@pytest.mark.parametrize(("version", "login"), [("", "new"), ("/_history/1", "old")])
def test_a_history_is_of_the_newest_unless_a_version_is_named(version: str, login: str) -> None:
    """It is written newest first."""
    versions = [
        an_entry(a_person(each, meta={"versionId": number}), OURS + "Practitioner/1")
        for each, number in (("new", "2"), ("old", "1"))
    ]

    draft = draft_of(an_event("Practitioner/1" + version), *versions, kind="history")

    assert draft.content["staff"] == staff("login", login)


def test_what_cannot_be_told_apart_stays_so_in_the_unit() -> None:
    """Both go along, or one would seem to be meant."""
    people = [an_entry(a_person(each), f"{OURS}{each}/Practitioner/1") for each in ("ann", "bob")]
    bundle = {"resourceType": "Bundle", "entry": [an_event("Practitioner/1", None), *people]}

    kept = json.loads(mapped(bundle, FHIR).body)["entry"]

    assert [each["resource"]["id"] for each in kept] == ["ae-1", "1", "1"]


@pytest.mark.parametrize("field", ["contributor", "participant", "recorder"])
def test_a_reference_that_says_nothing_names_nobody(field: str) -> None:
    """An element without reference, identifier or display; a type alone is nobody."""
    event = an_r4_event(contributor=None, recorder=None) | {field: [{}, {"type": "Practitioner"}]}
    content = mapped(event).draft.content

    assert "staff" not in content
    assert "reporter" not in content

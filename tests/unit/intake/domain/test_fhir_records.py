"""Which record a FHIR event is, whom it is about, where it was, and what is no incident."""

from typing import Any

import pytest

from services.intake.domain.context import SourceSettings, UnitTable
from shared.contracts.words import OrderingKey, QualityFlag, RejectionCode
from shared.identity import patient_pseudonym, record_pseudonym
from tests.builders.fhir import a_concept, an_r4_event, an_r5_event
from tests.builders.reports import PSEUDONYM_KEY, mapped, refused, some_hints


def content_of(event: dict[str, Any], hints: Any = None) -> dict[str, Any]:
    return dict(mapped(event, hints).draft.content)


def flags_of(event: dict[str, Any]) -> tuple[QualityFlag, ...]:
    return mapped(event).draft.flags


def test_one_identifier_on_four_events_makes_four_records_of_one_group() -> None:
    """Identifier is no idempotency key: splitting is safer, triage joins by group."""
    drafts = [mapped(an_r4_event(id=f"ae-{number}")).draft for number in range(4)]

    assert len({draft.incident_key for draft in drafts}) == 4
    groups = {draft.content["group_ids"][0]["value"] for draft in drafts}
    assert groups == {record_pseudonym(PSEUDONYM_KEY, "urn:risk|49476534")}


def test_the_record_id_is_id_and_identifiers_in_any_order() -> None:
    """As a pseudonym, since it may be the patient's."""
    first, second = {"system": "a", "value": "1"}, {"value": "2"}

    record_ids = {
        mapped(an_r5_event(identifier=order)).draft.record_id
        for order in ([first, second], [second, first])
    }

    assert record_ids == {record_pseudonym(PSEUDONYM_KEY, "ae-5|a|1||2")}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("id", "ae-1"), ("identifier:urn:risk", "49476534"), ("both", "ae-1|urn:risk|49476534")],
)
def test_a_source_may_choose_its_record_id(rule: str, expected: str) -> None:
    """id, one identifier, or both."""
    settings = SourceSettings(record_id=rule, record_id_hmac=False)
    draft = mapped(an_r4_event(), some_hints(sources={"native": settings})).draft

    assert draft.record_id == expected
    assert QualityFlag.RECORD_ID_FALLBACK not in draft.flags


@pytest.mark.parametrize("rule", ["identifier:urn:other", "id"])
def test_a_missing_chosen_id_falls_back_and_says_so(rule: str) -> None:
    """Losing the report would be worse."""
    settings = SourceSettings(record_id=rule, record_id_hmac=False)
    event = an_r4_event(id=None) if rule == "id" else an_r4_event()
    draft = mapped(event, some_hints(sources={"native": settings})).draft

    assert draft.record_id.endswith("urn:risk|49476534")
    assert QualityFlag.RECORD_ID_FALLBACK in draft.flags


def test_an_event_without_any_id_is_refused() -> None:
    """Neither id nor identifier: nothing to revise."""
    refusal = refused(an_r4_event(id=None, identifier=None))

    assert refusal.code is RejectionCode.NO_RECORD_ID


def test_version_and_last_update_are_the_revision() -> None:
    """meta.versionId and meta.lastUpdated."""
    meta = {"versionId": "4", "lastUpdated": "2026-03-02T08:00:00Z"}
    settings = SourceSettings(ordering=OrderingKey.UPDATED_AT)
    draft = mapped(an_r4_event(meta=meta), some_hints(sources={"native": settings})).draft

    assert draft.revision == "4"
    assert draft.ordering_value == "2026-03-02T08:00:00.000000Z"


@pytest.mark.parametrize(
    "change",
    [
        {"study": [{"reference": "ResearchStudy/1"}]},
        {"expectedInResearchStudy": False},
        {"subject": {"reference": "ResearchSubject/1"}},
        {"category": [a_concept("clinical-research")]},
        {"meta": {"profile": ["urn:profile:trial"]}},
    ],
    ids=["study", "expected", "subject", "category", "profile"],
)
def test_research_is_no_incident_unless_the_tenant_takes_it(change: dict[str, Any]) -> None:
    """Each sign of research refuses; a tenant may allow it."""
    event = an_r5_event(**change)
    strict = some_hints(research_profiles=frozenset({"urn:profile:trial"}))

    assert refused(event, strict).code is RejectionCode.NOT_AN_INCIDENT
    accepted = mapped(event, some_hints(is_research_accepted=True))
    assert accepted.draft.format == "fhir"


def test_unknown_fields_and_resources_are_flagged_not_refused() -> None:
    """Whatever else a vendor adds."""
    event = an_r4_event(vendorField=1, contained=[{"resourceType": "Zebra", "id": "z"}, "odd"])

    assert QualityFlag.FIELD_UNKNOWN in flags_of(event)


@pytest.mark.parametrize(
    ("subject", "pseudonyms", "flag"),
    [
        ({"reference": "Patient/p1"}, [("fhir", "Patient/p1")], None),
        (
            {"reference": "https://x.example/fhir/Patient/p1/_history/3"},
            [("fhir", "Patient/p1")],
            None,
        ),
        ({"identifier": {"system": "mrn", "value": "12"}}, [("mrn", "12")], None),
        ({"identifier": [{"value": "12"}]}, [("fhir", "12")], None),
        ({"display": "Peter Chalmers"}, [], None),
        ({"reference": "#p"}, [], QualityFlag.REFERENCE_UNRESOLVED),
        ({"reference": "urn:uuid:1"}, [], QualityFlag.REFERENCE_UNRESOLVED),
    ],
    ids=["relative", "absolute", "identifier", "list", "display", "lost", "lost urn"],
)
def test_a_patient_is_referenced_in_many_ways(
    subject: dict[str, Any], pseudonyms: list[tuple[str, str]], flag: QualityFlag | None
) -> None:
    """Identifier-only and display-only references are legal; a lost one is flagged."""
    draft = mapped(an_r4_event(subject=subject)).draft

    expected = [patient_pseudonym(PSEUDONYM_KEY, *each) for each in pseudonyms]
    assert draft.content["patients"][0]["pseudonyms"] == expected
    assert (QualityFlag.REFERENCE_UNRESOLVED in draft.flags) is (flag is not None)


def test_a_contained_patient_gives_identifiers_and_age() -> None:
    """The birth date is used, then dropped; name and sex are never read."""
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": "Chalmers"}],
        "gender": "male",
        "birthDate": "2020-02-01",
        "identifier": [{"system": "mrn", "value": "12"}],
    }
    event = an_r4_event(contained=[patient], subject={"reference": "#p"})
    found = content_of(event)["patients"][0]

    assert found["pseudonyms"] == [patient_pseudonym(PSEUDONYM_KEY, "mrn", "12")]
    assert (found["age_years"], found["age_group"]) == (6, "child")
    assert not {"birth_date", "gender", "name"} & found.keys()


@pytest.mark.parametrize("subject", [None, "Peter", {}, 7])
def test_a_missing_subject_keeps_the_harm(subject: object) -> None:
    """Somebody was harmed, whoever it was."""
    draft = mapped(an_r4_event(subject=subject)).draft

    assert draft.content["patients"][0]["harm"] == "mild"
    assert QualityFlag.SUBJECT_MISSING in draft.flags
    assert "patients" not in content_of(an_r5_event(subject=subject, outcome=None))


def test_a_group_is_several_patients() -> None:
    """Without saying how many or who."""
    content = content_of(an_r4_event(subject={"reference": "Group/g"}))

    assert content["circumstances"]["multiple_patients"] is True
    assert content["patients"][0]["pseudonyms"] == []


@pytest.mark.parametrize(
    ("location", "expected", "is_lost"),
    [
        ({"reference": "Location/w7"}, {"unit_id": "ward-7"}, False),
        ({"reference": "Location/x9"}, {"unit_id": "x9"}, False),
        ({"display": "Ward Seven"}, {"unit_id": "ward-7"}, False),
        ({"display": "Dr Grey's corner"}, None, False),
        ({"identifier": {"value": "w7"}}, {"unit_id": "ward-7"}, False),
        ({"reference": "#loc"}, {"unit_id": "ward-7", "place_type": "icu"}, False),
        ({"reference": "#gone"}, None, True),
        ({}, None, True),
    ],
    ids=[
        "alias",
        "unknown",
        "display",
        "unknown display",
        "identifier",
        "contained",
        "lost",
        "empty",
    ],
)
def test_a_location_goes_through_the_unit_table(
    location: object,
    expected: dict[str, str] | None,
    is_lost: bool,  # noqa: FBT001
) -> None:
    """References, identifiers and displays find the unit; an unknown display stays behind."""
    units = UnitTable.of({"ward-7": (None, {"native": ("w7", "Ward Seven")})})
    contained = [
        {
            "resourceType": "Location",
            "id": "loc",
            "name": "Dr Grey's corner",
            "identifier": [{"value": "w7"}],
            "type": [a_concept("ICU")],
        }
    ]
    event = an_r4_event(location=location, contained=contained)
    draft = mapped(event, some_hints(units=units)).draft

    assert draft.content.get("location") == expected
    assert (QualityFlag.REFERENCE_UNRESOLVED in draft.flags) is is_lost


def test_a_null_location_is_flagged() -> None:
    """Real exports have it."""
    event = an_r4_event() | {"location": None}

    assert QualityFlag.REFERENCE_UNRESOLVED in flags_of(event)


def test_an_identifier_named_twice_is_flagged() -> None:
    """A list may repeat itself; it is one group."""
    twice = [{"system": "urn:risk", "value": "5"}] * 2
    draft = mapped(an_r5_event(identifier=twice)).draft

    assert QualityFlag.DUPLICATE_IDENTIFIER in draft.flags
    assert len(draft.content["group_ids"]) == 1


def test_a_role_is_read_from_the_words_of_a_concept() -> None:
    """Codes of a hospital's own are understood by their text."""
    role = {"resourceType": "PractitionerRole", "id": "r", "code": {"text": "Staff Nurse"}}
    event = an_r4_event(contained=[role], contributor=[{"reference": "#r", "display": "Ann"}])

    assert content_of(event)["staff"][0]["role"] == "nurse"

"""Patient information forms of AHRQ's: one record per patient of an event, the worst harm."""

from typing import Any

import pytest

from services.intake.domain.results import Draft
from shared.contracts.words import QualityFlag
from tests.builders.ahrq import EVENT, MEDICATION, PATIENT, a_choice, a_form
from tests.builders.fhir import a_bundle
from tests.builders.reports import mapped, some_hints

FHIR = some_hints("application/fhir+json")
NUMBER = "9434765919"
NHS = {"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NUMBER}
DEATH, UNHARMED = a_choice("LA20747-4"), a_choice("LA21151-8")
MOTHER = {"resourceType": "Patient", "id": "p", "birthDate": "1990-01-01"}
NEONATE = MOTHER | {"birthDate": "2026-03-01"}


def draft_of(form: str = PATIENT, **overrides: Any) -> Draft:
    return mapped(a_form(form, **overrides), FHIR).draft


def within(patient: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a form that holds its patient."""
    return {"contained": [patient], "subject": {"reference": "#p"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"subject": {"reference": "Patient/1"}}, {"subject": {"reference": "Patient/2"}}),
        ({"subject": {"identifier": NHS}}, {"subject": {"identifier": NHS | {"value": "2"}}}),
        (within(MOTHER | {"identifier": [NHS]}), within(MOTHER | {"identifier": [{"value": "2"}]})),
        ({"subject": {"display": "Jane"}}, {"subject": {"display": "Baby Jane"}}),
        (within(MOTHER), within(NEONATE)),
        ({"subject": {"reference": "urn:uuid:1"}}, {"subject": {"reference": "urn:uuid:2"}}),
    ],
    ids=["reference", "identifier", "contained", "display", "birth date", "lost"],
)
def test_the_forms_of_two_patients_of_one_event_are_two_records(one: Any, other: Any) -> None:
    """The mother's must not cancel the death of the neonate."""
    drafts = [
        draft_of(answers={"74560-4": [harm]}, **subject)
        for harm, subject in ((DEATH, one), (UNHARMED, other))
    ]

    assert len({draft.incident_key for draft in drafts}) == 2
    assert {draft.record_id.partition("/r_")[0] for draft in drafts} == {f"456/{PATIENT}"}
    assert len({repr(draft.content["group_ids"]) for draft in drafts}) == 1
    assert draft_of(**one, status="amended").incident_key == drafts[0].incident_key


@pytest.mark.parametrize("subject", [{"identifier": NHS}, {"reference": f"Patient/{NUMBER}"}])
def test_a_record_id_never_tells_the_patient(subject: dict[str, Any]) -> None:
    """Neither the number nor a pseudonym that joins the patient's events."""
    record_ids = [draft_of(subject=subject, event_id=name).record_id for name in ("456", "457")]

    assert NUMBER not in repr(record_ids)
    assert len({name.rpartition("/")[2] for name in record_ids}) == 2


@pytest.mark.parametrize(
    "subject", [None, {}, {"type": "Patient"}, "Patient/1", {"identifier": {"system": "nhs"}}]
)
def test_a_form_without_a_subject_keeps_its_id(subject: Any) -> None:
    """There is nobody to tell apart."""
    assert draft_of(subject=subject).record_id == f"456/{PATIENT}"


@pytest.mark.parametrize("form", [EVENT, MEDICATION])
def test_other_forms_are_one_per_event(form: str) -> None:
    """Whoever their subject is."""
    assert draft_of(form).record_id == f"456/{form}"


def test_a_form_known_by_its_own_id_needs_no_patient() -> None:
    """Without an event id there is nothing that two forms could share."""
    assert draft_of(event_id=None).record_id == f"qr-1/{PATIENT}"


def test_a_patients_form_is_one_record_alone_and_beside_the_patient() -> None:
    """What the form itself says comes first."""
    patient = {"resourceType": "Patient", "id": "123", "identifier": [NHS]}
    bundled = mapped(a_bundle(a_form(PATIENT), patient), FHIR).draft

    assert bundled.record_id == draft_of().record_id


@pytest.mark.parametrize(
    ("answers", "harm", "is_unmapped"),
    [
        ([UNHARMED, DEATH], "death", False),
        ([DEATH, UNHARMED], "death", False),
        ([UNHARMED, a_choice("LA4489-6", "Unknown")], "none", False),
        ([UNHARMED, a_choice("zebra")], "none", True),
        ([a_choice("zebra"), a_choice("gnu")], None, True),
        ([{}], None, False),
    ],
)
def test_of_several_answers_the_worst_counts(
    answers: list[dict[str, Any]],
    harm: str | None,
    is_unmapped: bool,  # noqa: FBT001
) -> None:
    """The milder one would hide what somebody saw; what is unknown is flagged."""
    draft = draft_of(answers={"74560-4": answers})

    assert draft.content["patients"][0].get("harm") == harm
    assert (QualityFlag.VALUE_UNMAPPED in draft.flags) is is_unmapped

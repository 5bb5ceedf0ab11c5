"""AHRQ's Common Formats 1.2: what a filled form says, and which record it is."""

from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.context import Handling, PrivacyTable, SourceSettings
from services.intake.domain.results import Draft
from shared.contracts.words import QualityFlag, RejectionCode
from tests.builders.ahrq import EVENT, MEDICATION, NO, PATIENT, YES, a_choice, a_form
from tests.builders.reports import mapped, refused, some_hints

SAMPLE = (
    Path(__file__).parents[5]
    / "shared/samples/ahrq-common-formats"
    / "QuestionnaireResponse-ahrq-medication-loinc-74080-3.json"
)


def draft_of(form: str = EVENT, hints: Any = None, **overrides: Any) -> Draft:
    """Return what a form maps to."""
    return mapped(a_form(form, **overrides), hints).draft


@pytest.mark.skipif(not SAMPLE.exists(), reason="the shared samples are not here: AHRQ's was not")
@pytest.mark.parametrize("content_type", ["application/fhir+json", "application/json", None])
def test_the_published_sample_is_a_medication_given_to_the_wrong_patient(
    content_type: str | None,
) -> None:
    """Acceptance test 4 of the formats."""
    draft = mapped(SAMPLE.read_bytes(), some_hints(content_type)).draft
    content = draft.content

    assert (draft.format, draft.format_version) == ("ahrq", "1.2")
    assert draft.record_id == "456/74080-3"
    assert content["group_ids"] == [{"system": "ahrq", "value": "456"}]
    assert (content["kind"], content["circumstances"]) == ("incident", {"error": True})
    assert content["categories"] == ["medication", "identification"]
    assert content["reported_at"].startswith("2016-03-14")
    assert content["confidentiality"] == {"privileged": True}
    assert "Acetaminophen" not in repr(content)


def test_the_forms_of_one_event_are_records_of_one_group() -> None:
    """They must not overwrite each other."""
    drafts = [draft_of(form) for form in (EVENT, MEDICATION, PATIENT)]

    ids = [draft.record_id.partition("/r_")[0] for draft in drafts]
    assert ids == ["456/74495-3", "456/74080-3", "456/74502-6"]
    assert len({draft.incident_key for draft in drafts}) == 3
    assert len({repr(draft.content["group_ids"]) for draft in drafts}) == 1


def test_the_event_form_tells_what_happened() -> None:
    """Kind, category, harm, reporter; a narrative is only present."""
    content = draft_of().content

    assert (content["kind"], content["categories"]) == ("incident", ["fall"])
    assert content["patients"][0]["harm"] == "severe"
    assert content["patients"][0]["harm_source"] == {"scale": "ahrq-1.2", "code": "LA20748-2"}
    assert content["narrative_present"] is True
    assert content["reporter"]["type"] == "staff"
    assert content["team_hint"]["reason"] == "reporter_only"


@pytest.mark.parametrize(
    ("display", "kind"),
    [
        ("Near miss (close call): did not reach the patient", "near_miss"),
        ("Unsafe condition: a circumstance", "unsafe_condition"),
        ("Zebra", None),
    ],
)
def test_the_kind_is_read_up_to_its_colon(display: str, kind: str | None) -> None:
    """The codes of these answers are not published where we could check them."""
    draft = draft_of(answers={"74079-5": [a_choice("LA0", display)]})

    assert draft.content.get("kind") == kind
    assert (QualityFlag.VALUE_UNMAPPED in draft.flags) is (kind is None)


def test_the_reporters_own_word_beats_what_follows_from_an_answer() -> None:
    """A medication that was given has reached the patient, unless they say otherwise."""
    near_miss = [a_choice(display="Near miss")]

    assert draft_of(answers={"74079-5": near_miss, "74052-2": [YES]}).content["kind"] == "near_miss"
    assert draft_of(answers={"74079-5": [], "74052-2": [YES]}).content["kind"] == "incident"
    assert "kind" not in draft_of(answers={"74079-5": [], "74052-2": [NO]}).content


@pytest.mark.parametrize(("answer", "told"), [(YES, True), (NO, False)])
def test_a_rescue_is_a_resuscitation(answer: dict[str, Any], told: bool) -> None:  # noqa: FBT001
    """As the crosswalk judges it; no rescue is known too."""
    content = draft_of(answers={"74562-0": [answer]}).content

    assert content["circumstances"]["resuscitation"] is told


def test_a_neonate_is_one_by_the_forms_own_question() -> None:
    """No age is asked, only whether one was affected."""
    assert draft_of(answers={"74551-3": [YES]}).content["patients"][0]["age_group"] == "neonate"
    assert "age_group" not in draft_of(answers={"74551-3": [NO]}).content["patients"][0]


def test_a_report_without_patient_has_none() -> None:
    """Known to be missing, not known to be nobody."""
    draft = draft_of(subject=None, answers={"74560-4": []})

    assert "patients" not in draft.content
    assert QualityFlag.SUBJECT_MISSING in draft.flags
    assert draft_of(subject={"reference": "Group/1"}).content["patients"][0]["pseudonyms"] == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("completed", "reported"),
        ("amended", "updated"),
        ("entered-in-error", "retracted"),
        ("zebra", "reported"),
        (None, "reported"),
    ],
)
def test_the_status_of_the_form_is_the_reports(status: str | None, told: str) -> None:
    """Entered in error withdraws outreach that has not begun."""
    draft = draft_of(status=status)

    assert draft.content["status"] == told
    assert (QualityFlag.VALUE_UNMAPPED in draft.flags) is (status == "zebra")


def test_without_an_event_id_the_forms_own_id_stands_in() -> None:
    """It is said; without any id there is no record."""
    draft = draft_of(event_id=None)

    assert draft.record_id == "qr-1/74495-3"
    assert draft.content["group_ids"] == []
    assert QualityFlag.RECORD_ID_FALLBACK in draft.flags
    assert refused(a_form(event_id=None, id=None)).code is RejectionCode.NO_RECORD_ID


def test_a_day_does_not_order_revisions() -> None:
    """Two versions of one day are two: the content tells them apart."""
    one, other = draft_of(authored="2026-03-01"), draft_of(authored="2026-03-01", source=None)
    exact = [draft_of(), draft_of(source=None)]

    assert one.event_id != other.event_id
    assert exact[0].event_id == exact[1].event_id
    assert draft_of(meta={"versionId": "7"}).revision == "7"


@pytest.mark.parametrize("handling", Handling)
def test_privileged_is_what_the_tenant_says_it_is(handling: Handling) -> None:
    """It may be protected work product: processed, without persons, or refused."""
    hints = some_hints(privacy=PrivacyTable(privileged=handling))
    if handling is Handling.REFUSE:
        assert refused(a_form(), hints).code is RejectionCode.REFUSED_BY_POLICY
        return
    content = draft_of(hints=hints).content

    assert content["confidentiality"] == {"privileged": True}
    assert ("person_ref" in content["reporter"]) is (handling is Handling.PROCESS)


def test_ids_are_plain_unless_the_source_says_otherwise() -> None:
    """An event id is the hospital's own number."""
    hints = some_hints(sources={"native": SourceSettings(record_id_hmac=True)})
    draft = draft_of(hints=hints)

    assert draft.record_id.startswith("r_")
    assert "456" not in repr(draft.content["group_ids"])


@pytest.mark.parametrize(
    "document",
    [
        {"resourceType": "QuestionnaireResponse", "id": "1"},
        {"resourceType": "QuestionnaireResponse", "item": [{"linkId": "PHQ-9/44250-9"}]},
        {"resourceType": "QuestionnaireResponse", "item": [{"linkId": 7}, 8]},
    ],
)
def test_a_form_of_somebody_else_is_not_supported(document: dict[str, Any]) -> None:
    """A depression questionnaire is no incident."""
    refusal = refused(document)

    assert (refusal.code, refusal.pointer) == (RejectionCode.NOT_SUPPORTED, "/resourceType")


def test_a_source_pinned_to_ahrq_sends_nothing_else() -> None:
    """Another resource is not one of its forms."""
    hints = some_hints(pinned_format="ahrq")

    assert refused({"resourceType": "AdverseEvent", "id": "1"}, hints).code is (
        RejectionCode.NOT_SUPPORTED
    )


def test_an_answer_may_be_a_bare_text() -> None:
    """Of a choice its display, or nothing that we know."""
    told = draft_of(answers={"74552-1": [{"valueString": "Perinatal"}, {"valueCoding": {}}, {}]})

    assert told.content["categories"] == ["perinatal"]
    assert QualityFlag.VALUE_UNMAPPED in told.flags


@pytest.mark.parametrize(
    "answers",
    [
        [a_choice(display="Death")],
        [a_choice("a", "Death")],
        [{"valueString": "Death: at any time"}],
        [a_choice("LA4489-6", "Unknown"), a_choice("LA20747-4", "Death")],
    ],
    ids=["display", "local code", "text", "second answer"],
)
def test_a_death_is_one_however_it_was_answered(answers: list[dict[str, Any]]) -> None:
    """The scale's own words count as its codes do."""
    (patient,) = draft_of(answers={"74560-4": answers}).content["patients"]

    assert patient["harm"] == "death"


@pytest.mark.parametrize("yes", [{"valueBoolean": True}, a_choice(display="Yes")])
def test_yes_may_be_a_boolean_or_a_word(yes: dict[str, Any]) -> None:
    """Questions of yes and no need no list of codes."""
    content = draft_of(answers={"74551-3": [yes], "74562-0": [yes]}).content

    assert content["patients"][0]["age_group"] == "neonate"
    assert content["circumstances"]["resuscitation"] is True

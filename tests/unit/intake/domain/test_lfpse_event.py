"""LFPSE events, versions 5 and 6: what happened, to whom, under which number."""

from typing import Any

import orjson
import pytest

from services.intake.domain.lfpse.event import NAME
from services.intake.domain.receive import receive
from services.intake.domain.results import Draft, Mapped
from shared.contracts.words import QualityFlag
from tests.builders.ahrq import a_form
from tests.builders.fhir import a_bundle, an_r4_event
from tests.builders.lfpse import (
    HOST,
    a_patient,
    a_place,
    a_section,
    an_lfpse_event,
)
from tests.builders.reports import mapped, some_hints

METADATA = "adverse-event-reference-metadata"


def draft_of(*sections: dict[str, Any], hints: Any = None, **fields: Any) -> Draft:
    """Return what an event maps to."""
    return mapped(an_lfpse_event(*sections, **fields), hints).draft


def of_type(code: str | None = None, display: str | None = None) -> dict[str, Any]:
    """Return an event type."""
    return {"coding": [{"code": code, "display": display}]}


def with_outcome(*codes: str) -> dict[str, Any]:
    """Return the section of outcomes."""
    return a_section("adverse-event-outcome", OutcomeType=[*codes])


@pytest.mark.parametrize("content_type", ["application/fhir+json", "application/json", None])
@pytest.mark.parametrize("version", ["4", "5", "6"])
def test_the_profile_tells_the_version_under_every_media_type(
    version: str, content_type: str | None
) -> None:
    """By its suffix; neither the host nor `fhirVersion` counts."""
    draft = draft_of(version=version, hints=some_hints(content_type))

    assert (draft.format, draft.format_version) == (NAME, version)
    assert draft.content["patients"][0]["harm"] == "severe"


def test_versions_five_and_six_of_one_event_are_the_same_report() -> None:
    """Shaped like STU3 or like R4 without being valid R4: the same facts."""
    one, other = (dict(draft_of(version=version).content) for version in "56")

    assert one.pop("codings") != other.pop("codings")  # each names its own code system
    assert one == other


@pytest.mark.parametrize("suffix", ["-7", "-5-draft", "", "-adverse-event-5"])
def test_another_profile_is_plain_fhir(suffix: str) -> None:
    """Only three versions are known."""
    profile = f"{HOST}patient-safety-adverse-event{suffix}".replace("event-adverse", "x")

    assert draft_of(meta={"profile": [profile]}).format == "fhir"


def test_a_source_pinned_to_lfpse_needs_no_profile() -> None:
    """The shape tells the version then, which is said."""
    for version in "56":
        hints = some_hints(pinned_format=NAME)
        draft = draft_of(version=version, meta=None, hints=hints)

        assert (draft.format, draft.format_version) == (NAME, version)
        assert QualityFlag.FORMAT_GUESSED in draft.flags


def test_in_a_bundle_each_event_is_read_by_its_own_profile() -> None:
    """One of LFPSE beside plain FHIR and a form of AHRQ's; alone the first is the same report."""
    bundle = a_bundle(an_lfpse_event(), an_r4_event(), a_form())
    results = receive(orjson.dumps(bundle), some_hints())
    drafts = [each.draft for each in results if isinstance(each, Mapped)]

    assert [draft.format for draft in drafts] == [NAME, "fhir", "ahrq"]
    assert drafts[0].event_id == draft_of().event_id


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (of_type("1"), "incident"),
        (of_type("2", "Outcome"), "outcome"),
        (of_type("3", "Risk"), "unsafe_condition"),
        (of_type("4", "Good care"), "good_care"),
        ({"text": "Good Care"}, "good_care"),
        (of_type("3"), None),
    ],
)
def test_the_type_says_the_kind_by_code_one_or_by_its_display(
    given: dict[str, Any], kind: str | None
) -> None:
    """The numbers 2 to 4 are not published: without a display they are unmapped."""
    draft = draft_of(type=given)

    assert draft.content.get("kind") == kind
    assert (QualityFlag.VALUE_UNMAPPED in draft.flags) is (kind is None)


def test_no_type_at_all_is_said() -> None:
    """Nothing tells then whether it happened."""
    assert QualityFlag.ACTUALITY_MISSING in draft_of(type=None).flags


def test_risk_details_without_a_patient_make_an_unsafe_condition() -> None:
    """Even where the type says incident, as version 6 sends risks."""
    risk = a_section("adverse-event-risk-details", RiskImminent="n")

    assert draft_of(risk, patients=[]).content["kind"] == "unsafe_condition"
    assert draft_of(risk).content["kind"] == "incident"


def test_what_went_well_is_good_care_whatever_the_number_of_the_type() -> None:
    """The number stays unmapped, so that somebody looks at it."""
    section = a_section("adverse-event-went-well", HowFutureOccurrence=("String", "tell others"))
    draft = draft_of(section, version="5", type=of_type("4"), patients=[])

    assert draft.content["kind"] == "good_care"
    assert QualityFlag.VALUE_UNMAPPED in draft.flags


def test_a_death_that_care_did_not_cause_is_an_outcome_without_error() -> None:
    """Outcome type 1: kind, death and error follow from it."""
    people = a_section("adverse-event-problem-people", PeopleActionFactors="6")
    content = draft_of(with_outcome("1"), people, patients=[]).content

    assert (content["kind"], content["patients"][0]["died"]) == ("outcome", True)
    assert content["circumstances"]["error"] is False


def test_of_several_patients_whoever_is_graded_fatal_died() -> None:
    """A mother and her stillborn child are not both dead; if nobody is graded, nobody is missed."""
    both = [a_patient(), a_patient(PhysicalHarm="1")]
    graded = draft_of(with_outcome("1"), patients=both).content["patients"]
    ungraded = draft_of(with_outcome("1"), patients=[a_patient(), a_patient()]).content["patients"]

    assert [patient.get("died") for patient in graded] == [None, True]
    assert [patient.get("died") for patient in ungraded] == [True, True]


def test_outcomes_and_agents_and_challenges_become_words() -> None:
    """What has no word of ours says nothing, and is not unmapped."""
    draft = draft_of(
        with_outcome("2", "3", "4", "5", "7", "9", "10"),
        a_section("adverse-event-agent", InvolvedAgents=["4", "3", "9", "11", "12", "13", "8"]),
        a_section("adverse-event-safety-challenges", SafetyChallenges=["1", "2", "3", "4", "5"]),
    )

    assert draft.content["patients"][0]["outcomes"] == [
        "readmission", "unplanned_icu", "return_to_theatre", "crash_call", "pph",
        "emergency_caesarean",
    ]  # fmt: skip
    assert draft.content["categories"] == [
        "medication", "device", "it_system", "blood", "environment", "pressure_injury", "fall",
        "self_harm_suicide", "radiation", "infection", "safeguarding",
    ]  # fmt: skip
    assert QualityFlag.VALUE_UNMAPPED not in draft.flags


def test_a_code_that_the_table_does_not_know_is_noted() -> None:
    """Version 6 may have more than we know."""
    draft = draft_of(with_outcome("77"), a_section("adverse-event-agent", InvolvedAgents="99"))

    assert {field for field, _ in draft.unmapped} == {"/categories", "/patients/*/outcomes"}


def test_harm_of_body_and_mind_stay_apart() -> None:
    """Code 1 is death of the body and severe harm of the mind."""
    patient = a_patient(PhysicalHarm="1", PsychologicalHarm="1")
    found = draft_of(patients=[patient]).content["patients"][0]

    assert (found["harm"], found["harm_psychological"]) == ("death", "severe")
    assert found["harm_source"] == {"scale": "lfpse-physical", "code": "1"}
    assert found["died"] is True


def test_an_unknown_harm_code_is_never_guessed() -> None:
    """Nor is a missing one."""
    unknown = draft_of(patients=[a_patient(PhysicalHarm="9")])
    missing = draft_of(patients=[a_patient(PhysicalHarm=None)])

    assert QualityFlag.VALUE_UNMAPPED in unknown.flags
    for draft in (unknown, missing):
        assert "harm" not in draft.content["patients"][0]
        assert QualityFlag.HARM_MISSING in draft.flags


@pytest.mark.parametrize(
    ("patient", "place", "group", "flag"),
    [
        ({"AgeAtTimeOfIncidentDays": 18600}, {}, "adult", None),
        ({"AgeAtTimeOfIncidentDays": 0}, {}, "neonate", None),
        ({"AgeAtTimeOfIncidentDays": 32}, {}, None, "age_unusable"),
        ({"AgeBracket": "12"}, {}, "older_adult", None),
        ({"AgeBracket": "13"}, {}, None, "age_unusable"),
        ({}, {"ResponsibleSpecialty": "147"}, "neonate", None),
        ({}, {"ResponsibleSpecialty": "77"}, "child", None),
        ({}, {"ResponsibleSpecialty": None,
              "ResponsibleSpecialtyOther": ("String", "Child surgery")}, "child", None),
        ({}, {}, None, None),
    ],
)  # fmt: skip
def test_ages_follow_the_rule_of_the_rows(
    patient: dict[str, Any], place: dict[str, Any], group: str | None, flag: str | None
) -> None:
    """Days, bracket, specialty; the rule itself is tested beside the packs."""
    told = a_patient(**({"AgeAtTimeOfIncidentDays": None} | patient))
    draft = draft_of(patients=[told], place=a_place(**place))

    assert draft.content["patients"][0].get("age_group") == group
    assert ("age_unusable" in draft.flags) is (flag is not None)


def test_the_narrative_is_read_for_the_age_and_goes_no_further() -> None:
    """Root, event text or version 6's own section: it is present, and its words stay."""
    told = "the Zebra baby fell"
    core = a_section("adverse-event-core", "6", Description=("String", told))
    for draft in (
        draft_of(description=told, patients=[a_patient(AgeAtTimeOfIncidentDays=None)]),
        draft_of(core, description=None, patients=[a_patient(AgeAtTimeOfIncidentDays=None)]),
        draft_of(description=None, type=of_type("1") | {"text": told},
                 patients=[a_patient(AgeAtTimeOfIncidentDays=None)]),
    ):  # fmt: skip
        assert draft.content["narrative_present"] is True
        assert draft.content["patients"][0]["age_group"] == "neonate"
        assert QualityFlag.AGE_FROM_TEXT in draft.flags
        assert "Zebra" not in repr(draft.content)


def test_governance_says_never_event_and_review() -> None:
    """The type of the never event goes on as a code, for the auditor."""
    section = a_section(
        "adverse-event-governance", NeverEvent=True, SeriousIncident=True, NeverEventType="1"
    )
    content = draft_of(section).content

    assert content["circumstances"]["never_event"] is True
    assert content["proceedings"] == [{"type": "safety_review"}]
    assert {"system": "lfpse-never-event-type-5", "code": "1", "role": "never_event"} in (
        content["codings"]
    )


def test_a_no_and_an_unknown_differ() -> None:
    """`u` is neither; a code instead of a boolean is read."""
    no = draft_of(a_section("adverse-event-governance", NeverEvent=False, SeriousIncident="n"))
    unknown = draft_of(a_section("adverse-event-governance", NeverEvent="u"))

    assert no.content["circumstances"]["never_event"] is False
    assert "proceedings" not in no.content
    assert "never_event" not in unknown.content["circumstances"]


@pytest.mark.parametrize(("code", "error"), [*((c, True) for c in "1234"), ("5", None)])
def test_what_people_did_says_error_and_its_details_are_codes_only(
    code: str,
    error: bool | None,  # noqa: FBT001
) -> None:
    """Blame-sensitive: they are for the auditor, in no reason text."""
    section = a_section(
        "adverse-event-problem-people",
        PeopleActionFactors=code,
        PeopleWrongActionDetails=["2", "77"],
        ProblemDescriptionActions=("String", "she gave the Zebra dose"),
    )
    draft = draft_of(section)

    assert draft.content["circumstances"].get("error") is error
    people = [each for each in draft.content["codings"] if each["role"] == "people"]
    assert people == [{"system": "lfpse-people-wrong-action-5", "code": "2", "role": "people"}]
    assert "Zebra" not in repr(draft.content)


def test_the_strength_of_association_goes_on_as_a_cause() -> None:
    """Each once, however many patients have it."""
    content = draft_of(patients=[a_patient(StrengthOfAssociation="6")] * 3).content

    causes = [each for each in content["codings"] if each["role"] == "cause"]
    assert causes == [{"system": "lfpse-strength-of-association-5", "code": "6", "role": "cause"}]


def test_codes_over_the_limit_are_left_out_and_noted() -> None:
    """A report of many faults is not refused for it."""
    section = a_section(
        "adverse-event-problem-people",
        PeopleActionTooMuch=["1", "2", "3", "4", "5"],
        PeopleInsufficientActionDetails=["1", "2", "3", "4", "5"],
        PeopleInvolvementFactors=["1", "2", "3", "4", "5"],
        PeopleUnavailableDetails=["1", "2", "3"],
        PeopleWrongActionDetails=["1", "2", "3"],
        PeopleOmittedActionDetails=["1", "2"],
    )
    governance = a_section(
        "adverse-event-governance", NeverEventType=[str(number) for number in range(1, 16)]
    )
    draft = draft_of(section, governance)

    assert len(draft.content["codings"]) == 32
    assert ("/codings" in {field for field, _ in draft.unmapped}) is True


@pytest.mark.parametrize(
    "section",
    [
        a_section("adverse-event-zebra", InvolvedAgents="4"),
        a_section("adverse-event-agent", Zebra="4"),
        {"url": "http://elsewhere.example/note", "valueString": "x"},
        {"extension": [{"url": 7, "valueCode": "4"}], "url": 8},
    ],
)
def test_a_section_or_word_that_lfpse_does_not_have_is_said(section: dict[str, Any]) -> None:
    """The next version will bring some."""
    assert QualityFlag.FIELD_UNKNOWN in draft_of(section).flags
    assert QualityFlag.FIELD_UNKNOWN not in draft_of().flags


def test_codes_may_be_codings_and_sections_may_lie_within_sections() -> None:
    """Not as published, and not misunderstood."""
    inner = a_section("patient-information", PhysicalHarm="2")
    inner["extension"].append({"url": "PsychologicalHarm", "valueCoding": {"code": "1"}})
    inner["extension"].append({"url": "AgeBracket", "valueCodeableConcept": {"coding": []}})
    outer = {"url": f"{HOST}adverse-event-outcome-5", "extension": [inner]}

    (patient,) = draft_of(outer, patients=[]).content["patients"]

    assert (patient["harm"], patient["harm_psychological"]) == ("severe", "severe")

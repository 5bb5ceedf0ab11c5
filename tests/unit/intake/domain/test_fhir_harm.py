"""How badly a FHIR event ended, however it is written; a death is never read as none."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from tests.builders.fhir import a_concept, an_r4_event, an_r5_event
from tests.builders.reports import mapped


def patient_of(event: dict[str, Any]) -> dict[str, Any]:
    (patient,) = mapped(event).draft.content["patients"]
    return dict(patient)


def a_criterion(code: str, *, is_present: object) -> dict[str, Any]:
    """Return the extension of HL7's research guide: a coded criterion and whether it applies."""
    return {
        "url": "http://hl7.org/fhir/uv/ae-research-ig/StructureDefinition/seriousness-criteria",
        "extension": [
            {"url": "criterionCode", "valueCodeableConcept": a_concept(code)},
            {"url": "criterionPresent", "valueBoolean": is_present},
        ],
    }


@pytest.mark.parametrize(
    "outcome",
    [
        {"text": "Fatal"},
        {"coding": [{"display": "fatal"}]},
        {"coding": [{"system": "urn:local", "code": "5"}, {"code": "fatal"}]},
        {"coding": [{"code": "FATAL"}]},
        [{"coding": [{"code": "C49496"}]}, {"text": "Death related to adverse event"}],
    ],
    ids=["text", "display", "local code first", "capitals", "second concept"],
)
def test_a_fatal_outcome_is_a_death_however_it_is_written(outcome: object) -> None:
    """A code, a display or a text; the first coding need not be the standard's."""
    patient = patient_of(an_r4_event(outcome=outcome))

    assert (patient["harm"], patient["died"]) == ("death", True)


@pytest.mark.parametrize(
    "severity",
    [
        {"text": "severe"},
        {"coding": [{"display": "Severe"}]},
        {"coding": [{"system": "urn:local", "code": "3"}, {"code": "severe"}]},
    ],
    ids=["text", "display", "local code first"],
)
def test_severity_is_read_from_whichever_coding_the_scale_knows(severity: object) -> None:
    """What stands beside it in another system hides nothing."""
    assert patient_of(an_r4_event(severity=severity, outcome=None))["harm"] == "severe"


def test_an_outcome_in_words_that_no_table_knows_is_noted() -> None:
    """A text without a code is not passed over in silence."""
    draft = mapped(an_r4_event(outcome={"text": "passed peacefully"})).draft

    assert "died" not in draft.content["patients"][0]
    assert ("/patients/*/outcomes") in dict(draft.unmapped)


@pytest.mark.parametrize(
    ("code", "is_present", "harm"),
    [
        ("34", True, "death"),
        ("C48275", True, "death"),
        ("34", False, None),
        ("C48275", False, None),
        ("34", "true", None),
        ("33", True, None),
    ],
    ids=["E2B death", "NCIt death", "E2B not so", "NCIt not so", "no boolean", "hospital stay"],
)
def test_a_seriousness_criterion_counts_by_its_boolean(
    code: str, is_present: object, harm: str | None
) -> None:
    """The code is only the question; false answers it with no."""
    event = an_r5_event(outcome=None, extension=[a_criterion(code, is_present=is_present)])

    assert patient_of(event).get("harm") == harm


@pytest.mark.parametrize(
    ("code", "duration"),
    [("C49495", "permanent"), ("C49498", "temporary"), ("C49496", "temporary"), ("C49494", None)],
)
def test_outcomes_of_the_thesaurus_give_the_duration(code: str, duration: str | None) -> None:
    """R5 codes its outcomes in NCIt: with sequelae, recovered, recovering, not recovered."""
    event = an_r5_event(outcome=[a_concept(code)])

    assert patient_of(event).get("harm_duration") == duration
    assert QualityFlag.VALUE_UNMAPPED not in mapped(event).draft.flags

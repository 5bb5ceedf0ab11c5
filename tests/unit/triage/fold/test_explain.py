"""Explanations: every flag, code, tier and action has words, and a decision reads as a story."""

from services.triage.domain.explain import (
    ACTIONS,
    BECAUSE,
    CLOCKS,
    FLAGS,
    TIERS,
    WITHHELD,
    explain_decision,
)
from shared.contracts import IncidentReported
from shared.contracts.words import DecisionFlag, Priority, RequestAction, WithheldBecause
from tests.builders.canonical import DAY, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import a_rule_set, some_rules


def _explained(*reports: IncidentReported) -> str:
    decision = fold(reports, some_rules())[-1].decision
    assert decision is not None
    return "\n".join(explain_decision(decision, a_rule_set()))


def test_every_word_of_the_contract_has_an_explanation() -> None:
    """A new flag or code without words fails here."""
    assert set(FLAGS) == set(DecisionFlag)
    assert set(WITHHELD) == set(WithheldBecause)
    assert set(ACTIONS) == set(RequestAction)
    assert set(CLOCKS) == set(Priority)
    assert len(TIERS) == 4


def test_a_person_is_explained_with_rule_sentence_and_source() -> None:
    """Who, how urgent, why, by which evidence, and which case was opened."""
    text = _explained(a_canonical(patients=[a_patient(harm="severe")], staff=[a_nurse()]))

    assert "Person p_nurse (nurse, direct): tier 2" in text
    assert "because Severe harm [severe_harm]: at least tier 2, high" in text
    assert "A patient came to harm: severe." in text
    assert "source: policy:test/v1 (low): for tests" in text
    assert "opened." in text


def test_what_is_not_known_and_what_it_could_change_is_said() -> None:
    """The question and the highest tier it may lead to."""
    text = _explained(a_canonical(patients=[a_patient(age_years=30)]))

    assert "not known: How severe was the harm? [patient.harm, severe_harm]" in text
    assert "up to tier 2" in text


def test_withholding_merging_and_lateness_are_said() -> None:
    """An auditor sees who was offered nothing and why."""
    text = _explained(
        a_canonical("r1", patients=[a_patient(harm="severe")]),
        a_canonical(
            "r2",
            received_at=NOON + 40 * DAY,
            patients=[a_patient(harm="severe")],
            staff=[a_nurse(opted_out=True)],
        ),
    )

    assert "withheld: the report says that the person does not want to be contacted" in text
    assert f"is one occurrence with alpha|native|r1: {BECAUSE['patient_unit_category']}" in text
    assert FLAGS[DecisionFlag.LATE] in text


def test_a_retraction_without_remains_says_that_nobody_is_left() -> None:
    """Nothing is offered and the note says why."""
    text = _explained(a_canonical(), a_canonical(revision=2, status="retracted"))

    assert "Nobody is left to offer anything to." in text
    assert "the report was retracted" in text


def test_points_and_unknown_effects_are_said_with_or_without_the_rule_set() -> None:
    """Without the set only the sources are missing."""
    reports = [a_canonical(patients=[a_patient()], staff=[a_nurse(own_act=True)])]
    decision = fold(reports, some_rules())[-1].decision
    assert decision is not None

    text = "\n".join(explain_decision(decision, None))

    assert "because Own act [own_act]: 30 points" in text
    assert "because Severe harm [severe_harm] (not known for certain)" in text
    assert "source:" not in text


def test_group_support_and_headcount_are_said() -> None:
    """Six were there, nobody is named."""
    text = _explained(a_canonical(patients=[a_patient(harm="severe")], team_headcount=6))

    assert "6 were there" in text
    assert "Group support is suggested" in text

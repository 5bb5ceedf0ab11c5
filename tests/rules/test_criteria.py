"""Every trigger and protective fact of issue 5, alone: which rule answers, with which tier."""

from typing import Any, NamedTuple

import pytest

from services.triage.domain.assess import assess
from services.triage.domain.facts import Facts
from services.triage.domain.finding import Finding
from services.triage.rule_files import load_shipped
from tests.builders.rules import a_scene

RULES = load_shipped()
WINDOWS: dict[str, Any] = {
    "windows.exposures_30d": 0,
    "windows.serious_30d": 0,
    "windows.unit_severe_14d": 0,
}
ERROR = {"circumstances.error": True}
DIED = {"patient.died": True}


class Criterion(NamedTuple):
    """The rule that answers, the least tier, and all that is known."""

    rule: str
    tier: int
    facts: Facts


TRIGGERS = {
    "unexpected death": Criterion(
        "unexpected_death", 2, {**DIED, "circumstances.death_expected": False}
    ),
    "child": Criterion("child_event", 2, {"patient.age_years": 9, "patient.harm": "moderate"}),
    "child's death": Criterion("child_death", 2, {"patient.age_years": 9, **DIED}),
    "perceived error": Criterion("error_harm", 2, {**ERROR, "patient.harm": "moderate"}),
    "own error": Criterion(
        "own_error_severe_harm", 2, {**ERROR, "staff.own_act": True, "patient.harm": "severe"}
    ),
    "preventable harm": Criterion("severe_harm", 2, {"patient.harm": "severe"}),
    "failure to rescue": Criterion(
        "failure_to_rescue", 2, {"circumstances.deterioration_missed": True}
    ),
    "first death": Criterion("first_death", 2, {"staff.first_of_kind": True, **DIED}),
    "first procedure": Criterion(
        "trainee_harm", 2, {"staff.first_of_kind": True, "patient.harm": "moderate"}
    ),
    "trainee": Criterion("trainee_harm", 2, {"staff.trainee": True, "patient.harm": "moderate"}),
    "own family": Criterion("tie_to_the_patient", 2, {"staff.relationship": ("resembles_family",)}),
    "known patient": Criterion("tie_to_the_patient", 2, {"staff.relationship": ("known_patient",)}),
    "long relationship": Criterion(
        "long_care_death", 2, {"staff.relationship": ("long_term_care",), **DIED}
    ),
    "several bad outcomes": Criterion(
        "unit_cluster", 2, {"windows.unit_severe_14d": 3, "patient.harm": "severe"}
    ),
    "young adult": Criterion("young_adult_death", 2, {"patient.age_years": 20, **DIED}),
    "proceedings naming staff": Criterion(
        "named_in_proceedings",
        2,
        {"proceedings.types": ("litigation",), "proceedings.names_this_person": True},
    ),
    "licence": Criterion(
        "licence_or_criminal_action",
        3,
        {"proceedings.types": ("licensing",), "proceedings.names_this_person": True},
    ),
    "media": Criterion("public_eye", 2, {"proceedings.types": ("media",)}),
    "colleague's death": Criterion(
        "colleague_death", 2, {"incident.categories": ("colleague_death",)}
    ),
    "maternal": Criterion("maternal_death", 2, {"circumstances.maternal": True, **DIED}),
    "patient suicide": Criterion(
        "suicide_or_violent_death", 2, {"incident.categories": ("self_harm_suicide",), **DIED}
    ),
    "violence to staff": Criterion("violence_to_staff", 2, {"staff.harmed": ("violence",)}),
    "threat to staff": Criterion("threat_to_staff", 2, {"staff.harmed": ("threat",)}),
    "resuscitation": Criterion("resuscitation", 2, {"circumstances.resuscitation": True}),
    "serious-event review": Criterion(
        "review_opened", 2, {"proceedings.types": ("safety_review",)}
    ),
    "own request": Criterion("self_request", 3, {"staff.signals": ("self_request",)}),
    "a colleague's concern": Criterion("colleague_concern", 2, {"staff.signals": ("concern",)}),
    "cumulative exposure": Criterion(
        "cumulative_exposure", 2, {"windows.exposures_30d": 3, "patient.harm": "moderate"}
    ),
    "second serious event": Criterion(
        "second_serious_event", 3, {"windows.serious_30d": 2, "patient.harm": "severe"}
    ),
    "never event": Criterion("serious_safety_event", 2, {"circumstances.never_event": True}),
    "a trainee's near miss": Criterion(
        "newcomer_near_miss", 1, {"incident.kind": "near_miss", "staff.trainee": True}
    ),
}
# A fact that protects, with what would reach a peer without it.
PROTECTIVE: dict[str, tuple[Facts, Facts]] = {
    "expected death": ({"circumstances.death_expected": True}, DIED),
    "palliative": ({"circumstances.palliative": True}, DIED),
    "intercepted near miss": (
        {"circumstances.reached_patient": False},
        {"circumstances.never_event": True, "patient.harm": "none"},
    ),
    "no harm without own act": (
        {"patient.harm": "none", "staff.own_act": False},
        {**ERROR, "patient.age_years": 60},
    ),
    "present on arrival": (
        {"circumstances.present_on_arrival": True},
        {"patient.harm": "severe", "patient.age_years": 60},
    ),
    "complaint only": (
        {"proceedings.types": ("complaint",), "proceedings.names_this_person": True},
        {"patient.harm": "none"},
    ),
    "equipment only": (
        {"incident.kind": "unsafe_condition"},
        {"incident.categories": ("device",), "patient.harm": "none"},
    ),
}


def _found(facts: Facts) -> Finding:
    known = {**WINDOWS, **facts}
    patient = {name: value for name, value in known.items() if name.startswith("patient.")}
    person = {name: value for name, value in known.items() if name not in patient}
    scene = a_scene(person, patient)
    team = assess(RULES, scene, "team")
    named = assess(RULES, scene, "person")
    return team if team.tier > named.tier or "unit_cluster" in _fired(team) else named


def _fired(finding: Finding) -> set[str]:
    return {reason.rule_id for reason in finding.reasons if reason.counted}


@pytest.mark.parametrize("name", TRIGGERS)
def test_a_trigger_alone_is_answered_by_its_rule(name: str) -> None:
    """Nothing but the criterion is known, and it is enough."""
    criterion = TRIGGERS[name]

    finding = _found(criterion.facts)

    assert criterion.rule in _fired(finding)
    assert finding.tier >= criterion.tier


@pytest.mark.parametrize("name", PROTECTIVE)
def test_a_protective_fact_keeps_the_rules_silent(name: str) -> None:
    """Known to hold, nobody is offered a peer."""
    protects, otherwise = PROTECTIVE[name]

    assert _found({**otherwise, **protects}).tier == 0


@pytest.mark.parametrize(
    "name", ["expected death", "palliative", "intercepted near miss", "present on arrival"]
)
def test_without_the_protective_fact_the_same_report_reaches_a_peer(name: str) -> None:
    """So it is this fact that protects."""
    assert _found(PROTECTIVE[name][1]).tier >= 2


@pytest.mark.parametrize("name", TRIGGERS)
def test_what_is_never_read_changes_nothing(name: str) -> None:
    """Preventability neither opens nor closes a door."""
    facts = TRIGGERS[name].facts

    found = [
        _found({**facts, "circumstances.preventable": value}).tier for value in (True, False, None)
    ]

    assert len(set(found)) == 1

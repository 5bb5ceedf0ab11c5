"""peerline-default on whole stories: sensitive on clear cases, quiet on everyday reports."""

from typing import Any

import pytest

from services.triage.domain.assess import assess
from services.triage.domain.facts import Facts
from services.triage.domain.finding import Finding
from services.triage.rule_files import load_shipped
from tests.builders.rules import a_scene

RULES = load_shipped()
QUIET: dict[str, Any] = {"windows.exposures_30d": 0, "windows.serious_30d": 0}
CHILD_DIED: Facts = {"patient.age_years": 4, "patient.harm": "death"}


def found(person: Facts, *patients: Facts, **shared: Any) -> Finding:
    """Assess a named person, without earlier occurrences unless said."""
    return assess(RULES, a_scene({**QUIET, **person}, *patients, **shared), "person")


CLEAR: dict[str, tuple[Facts, tuple[Facts, ...], dict[str, Any]]] = {
    "tenfold dose, the nurse who gave it": (
        {"staff.role": "nurse", "staff.involvement": "direct", "staff.own_act": True},
        (CHILD_DIED,),
        {"circumstances__error": True, "circumstances__death_expected": False},
    ),
    "tenfold dose, the pharmacist": (
        {"staff.role": "pharmacist", "staff.involvement": "assisted"},
        (CHILD_DIED,),
        {"circumstances__error": True},
    ),
    "tenfold dose, who found it": (
        {"staff.role": "physician", "staff.involvement": "discovered"},
        (CHILD_DIED,),
        {"circumstances__error": True},
    ),
    "error with harm, own act": (
        {"staff.own_act": True},
        ({"patient.harm": "moderate", "patient.age_years": 60},),
        {"circumstances__error": True},
    ),
    "unexpected death": ({}, ({"patient.died": True},), {"circumstances__death_expected": False}),
    "death, nothing else said": ({}, ({"patient.harm": "death"},), {}),
    "never event without harm": (
        {},
        ({"patient.harm": "none"},),
        {"circumstances__never_event": True},
    ),
    "severe harm": ({}, ({"patient.harm": "severe"},), {}),
    "one of two patients": ({}, ({"patient.harm": "none"}, {"patient.harm": "severe"}), {}),
    "trainee and moderate harm": (
        {"staff.role": "student"},
        ({"patient.harm": "moderate", "patient.age_years": 40},),
        {},
    ),
    "child and moderate harm": ({}, ({"patient.harm": "moderate", "patient.age_years": 9},), {}),
    "violence": ({"staff.harmed": ("violence",)}, ({"patient.harm": "none"},), {}),
    "lawsuit that names the person": (
        {"proceedings.names_this_person": True},
        ({"patient.harm": "mild"},),
        {"proceedings__types": ("litigation",)},
    ),
    "a colleague died": ({}, (), {"incident__categories": ("colleague_death",)}),
    "a concern about the person": (
        {"staff.signals": ("concern",)},
        ({"patient.harm": "none"},),
        {},
    ),
    "third event in a month": (
        {"windows.exposures_30d": 3},
        ({"patient.harm": "moderate", "patient.age_years": 70},),
        {},
    ),
}
KNOWN: dict[str, Any] = {
    "circumstances__error": False,
    "circumstances__never_event": False,
    "circumstances__resuscitation": False,
}
EVERYDAY: dict[str, tuple[Facts, tuple[Facts, ...], dict[str, Any]]] = {
    "fall without harm": ({}, ({"patient.harm": "none"},), {"incident__categories": ("fall",)}),
    "fall with mild harm": ({}, ({"patient.harm": "mild"},), {"incident__categories": ("fall",)}),
    "expected death in palliative care": (
        {"staff.role": "nurse", "staff.involvement": "direct"},
        ({"patient.age_group": "older_adult", "patient.died": True},),
        {"circumstances__death_expected": True, "circumstances__palliative": True},
    ),
    "palliative, expectedness not said": (
        {},
        ({"patient.died": True, "patient.age_years": 80},),
        {"circumstances__palliative": True},
    ),
    "pressure injury present on arrival": (
        {},
        ({"patient.harm": "severe", "patient.age_years": 85},),
        {**KNOWN, "circumstances__present_on_arrival": True},
    ),
    "delayed document": ({}, (), {"incident__kind": "unsafe_condition"}),
    "broken pump, no patient": (
        {},
        ({"patient.harm": "none"},),
        {"incident__kind": "near_miss", "incident__categories": ("device",)},
    ),
    "complaint only": (
        {},
        ({"patient.harm": "none"},),
        {"proceedings__types": ("complaint",)},
    ),
    "moderate harm alone": (
        {"staff.role": "nurse", "staff.trainee": False},
        ({"patient.harm": "moderate", "patient.age_years": 70},),
        KNOWN,
    ),
    "near miss of an experienced nurse": (
        {"staff.role": "nurse", "staff.trainee": False, "staff.new_in_role": False},
        ({"patient.harm": "none"},),
        {"incident__kind": "near_miss"},
    ),
    "the author of a severe report": (
        {"staff.involvement": "author"},
        ({"patient.harm": "severe"},),
        {"circumstances__error": True},
    ),
    "nothing but a record number": ({}, (), {}),
}


@pytest.mark.parametrize("story", CLEAR)
def test_a_clear_case_reaches_a_peer(story: str) -> None:
    """Sensitivity on clear cases comes first."""
    person, patients, shared = CLEAR[story]

    finding = found(person, *patients, **shared)

    assert finding.tier >= 2, [reason.rule_id for reason in finding.reasons]
    assert finding.priority != "none"


@pytest.mark.parametrize("story", EVERYDAY)
def test_an_everyday_report_opens_nothing(story: str) -> None:
    """Specificity on everyday reports comes second."""
    person, patients, shared = EVERYDAY[story]

    finding = found(person, *patients, **shared)

    fired = [reason.rule_id for reason in finding.reasons if reason.counted]
    assert finding.tier == 0, fired


def test_a_new_nurses_near_miss_gets_a_leaders_check() -> None:
    """Near misses are not nothing."""
    finding = found(
        {"staff.role": "nurse", "staff.new_in_role": True},
        {"patient.harm": "none"},
        incident__kind="near_miss",
    )

    assert (finding.tier, finding.priority) == (1, "routine")


def test_the_own_act_that_killed_is_urgent() -> None:
    """The first four hours."""
    person, patients, shared = CLEAR["tenfold dose, the nurse who gave it"]

    finding = found(person, *patients, **shared)

    assert (finding.tier, finding.priority, finding.follow_up) == (2, "urgent", "extended")


@pytest.mark.parametrize(
    ("person", "shared"),
    [
        ({"staff.signals": ("self_request",)}, {}),
        ({"windows.serious_30d": 2}, {}),
        ({"proceedings.names_this_person": True}, {"proceedings__types": ("licensing",)}),
    ],
)
def test_what_needs_a_professional_at_once_is_expedited(
    person: Facts, shared: dict[str, Any]
) -> None:
    """Tier 3, and nothing else is."""
    assert found(person, {"patient.harm": "severe"}, **shared).tier == 3


def test_a_bare_report_asks_the_few_questions_that_matter() -> None:
    """Not one per field: harm, death, error, age."""
    finding = found({}, {})

    assert [question.field for question in finding.questions] == [
        "patient.age_group",
        "patient.died",
        "circumstances.error",
        "patient.harm",
    ]


def test_a_death_asks_whether_it_was_expected_and_does_not_wait_for_the_answer() -> None:
    """The strongest protective fact; until it is known a death counts as unexpected."""
    finding = found({}, {"patient.harm": "death", "patient.age_years": 60})

    assert "circumstances.death_expected" in [question.field for question in finding.questions]
    assert (finding.tier, finding.priority) == (2, "high")


def test_nobody_named_is_assessed_all_the_same() -> None:
    """The nameless person of a unit where a child died."""
    finding = assess(RULES, a_scene(None, CHILD_DIED), "nameless")

    assert (finding.tier, finding.priority) == (2, "high")


def test_the_whole_care_team_is_included() -> None:
    """Roles gate nothing: a driver is assessed like a surgeon."""
    tiers = {
        found({"staff.role": role}, {"patient.harm": "severe"}).tier
        for role in ("transport", "call_handler", "laboratory", "student", "paramedic", "surgeon")
    }

    assert tiers == {2}

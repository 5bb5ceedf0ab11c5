"""Worse harm never means less: the default set over everything else a report may say."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.assess import assess
from services.triage.domain.finding import Finding
from services.triage.rule_files import load_shipped
from shared.contracts.words import AgeGroup, Harm, Involvement, Kind, PlaceType, StaffRole
from tests.builders.rules import a_scene

RULES = load_shipped()
MAYBE = st.sampled_from([None, True, False])
# Protective facts but expectedness, which may quieten a death and nothing else.
CIRCUMSTANCES = (
    "error",
    "reached_patient",
    "resuscitation",
    "deterioration_missed",
    "never_event",
    "intraoperative",
    "maternal",
    "present_on_arrival",
)
PERSONAL = ("own_act", "trainee", "new_in_role", "first_of_kind")


def _one_of(words: Any) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *(word.value for word in words)])


FACTS = st.fixed_dictionaries(
    {f"circumstances.{name}": MAYBE for name in CIRCUMSTANCES}
    | {f"staff.{name}": MAYBE for name in PERSONAL}
    | {
        "staff.role": _one_of(StaffRole),
        "staff.involvement": _one_of(Involvement),
        "incident.kind": _one_of(Kind),
        "incident.place_type": _one_of(PlaceType),
        "patient.age_group": _one_of(AgeGroup),
        "reporter.concern": st.sampled_from([None, 3, 4]),
        "patient.outcomes": st.sampled_from([None, (), ("unplanned_icu",), ("crash_call",)]),
        "windows.exposures_30d": st.integers(0, 3),
        "windows.serious_30d": st.integers(0, 2),
    }
)


def _found(facts: dict[str, Any], harm: Harm) -> Finding:
    patient = {name: value for name, value in facts.items() if name.startswith("patient.")}
    person = {name: value for name, value in facts.items() if name not in patient}
    return assess(RULES, a_scene(person, {**patient, "patient.harm": harm.value}), "person")


@given(FACTS)
def test_worse_harm_never_lowers_the_tier_nor_slows_the_clock(facts: dict[str, Any]) -> None:
    """From none to death, with nobody having said that it was expected."""
    found = [_found(facts, harm) for harm in Harm]

    tiers = [finding.tier for finding in found]
    clocks = [finding.priority.rank for finding in found]
    assert tiers == sorted(tiers)
    assert clocks == sorted(clocks), tiers

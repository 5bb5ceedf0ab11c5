"""Mutants of a condition: one detail changed at a time, each detail in every way."""

import pytest

from services.triage.domain.condition import write_condition
from services.triage.domain.condition_parser import columns_of, parse_condition
from services.triage.domain.fact_model import FACTS
from services.triage.domain.fact_table import FactTable
from services.triage.domain.mutants import mutants_of

TABLE = FactTable()
AGE, HARM = "patient.age_years", "patient.harm"
OUTCOMES = [code for code in FACTS["patient.outcomes"].codes if code != "pph"]
WAIT = "incident.reported_at - incident.occurred_at"


def texts_of_mutants(text: str) -> list[str]:
    """Return the mutants of a condition as texts."""
    return [
        write_condition(mutant.condition)
        for mutant in mutants_of(parse_condition(text, FACTS), TABLE)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("patient.died", ["not patient.died"]),
        ("not patient.died", ["patient.died"]),
        ("patient.died is known", ["patient.died is unknown", "not patient.died is known"]),
        (
            f"{AGE} < 18",
            [
                f"{AGE} <= 18",
                f"{AGE} > 18",
                f"{AGE} < 17",
                f"{AGE} < 19",
                f"not {AGE} < 18",
            ],
        ),
        (f"{AGE} == 18", [f"{AGE} == 17", f"{AGE} == 19", f"not {AGE} == 18"]),
        (
            f"{HARM} >= severe",
            [
                f"{HARM} > severe",
                f"{HARM} <= severe",
                f"{HARM} >= moderate",
                f"{HARM} >= death",
                f"not {HARM} >= severe",
            ],
        ),
        (
            f"{HARM} <= death",
            [
                f"{HARM} < death",
                f"{HARM} >= death",
                f"{HARM} <= severe",
                f"not {HARM} <= death",
            ],
        ),
        (
            f"{HARM} != none",
            [
                *(f"{HARM} != {code}" for code in ("mild", "moderate", "severe", "death")),
                f"not {HARM} != none",
            ],
        ),
        (
            f"{HARM} in [none, mild, moderate, severe]",
            [
                f"{HARM} in [mild, moderate, severe]",
                f"{HARM} in [death, mild, moderate, severe]",
                f"{HARM} in [none, moderate, severe]",
                f"{HARM} in [none, death, moderate, severe]",
                f"{HARM} in [none, mild, severe]",
                f"{HARM} in [none, mild, death, severe]",
                f"{HARM} in [none, mild, moderate]",
                f"{HARM} in [none, mild, moderate, death]",
                f"not {HARM} in [none, mild, moderate, severe]",
            ],
        ),
        (
            "pph in patient.outcomes",
            [
                *(f"{code} in patient.outcomes" for code in OUTCOMES),
                "not pph in patient.outcomes",
            ],
        ),
        (
            f"{WAIT} <= hours(36)",
            [
                f"{WAIT} < hours(36)",
                f"{WAIT} >= hours(36)",
                f"{WAIT} <= hours(35)",
                f"{WAIT} <= hours(37)",
                f"not {WAIT} <= hours(36)",
            ],
        ),
        (
            "patient.died and staff.own_act",
            [
                "patient.died or staff.own_act",
                "staff.own_act",
                "patient.died",
                "not (patient.died and staff.own_act)",
                "not patient.died and staff.own_act",
                "patient.died and not staff.own_act",
            ],
        ),
        (
            "not (patient.died or staff.own_act or staff.trainee)",
            [
                "patient.died or staff.own_act or staff.trainee",
                "not (patient.died and staff.own_act and staff.trainee)",
                "not (staff.own_act or staff.trainee)",
                "not (patient.died or staff.trainee)",
                "not (patient.died or staff.own_act)",
                "not (not patient.died or staff.own_act or staff.trainee)",
                "not (patient.died or not staff.own_act or staff.trainee)",
                "not (patient.died or staff.own_act or not staff.trainee)",
            ],
        ),
    ],
)
def test_every_detail_is_changed_in_turn(text: str, expected: list[str]) -> None:
    """The list of rules.md section 12, written out by hand."""
    assert texts_of_mutants(text) == expected


def test_a_mutant_names_its_change_and_where_it_stands() -> None:
    """The column is that of the test, in the text as it was written, folded lines too."""
    text = "patient.died\n  and (17 < patient.age_years <= 25 or\tstaff.own_act)"
    columns = columns_of(text, FACTS)

    mutants = mutants_of(parse_condition(text, FACTS), TABLE)
    told = {(mutant.change, columns[mutant.path]) for mutant in mutants}

    assert told >= {
        ("`and` → `or`", 1),
        ("`or` → `and`", text.index("17") + 1),
        ("`patient.age_years > 17` → `patient.age_years > 18`", text.index("17") + 1),
        ("`patient.age_years <= 25` dropped", text.index("patient.age_years") + 1),
        ("`not` added before `staff.own_act`", text.index("staff") + 1),
    }


def test_a_long_change_is_told_in_short() -> None:
    """Nobody reads three lines of condition twice."""
    text = " and ".join(["patient.died", "staff.own_act", "staff.trainee", "staff.new_in_role"] * 2)

    assert all(len(m.change) < 120 for m in mutants_of(parse_condition(text, FACTS), TABLE))

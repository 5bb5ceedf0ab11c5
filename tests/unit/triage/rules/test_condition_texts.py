"""The text of conditions: good ones survive a round trip, hostile ones are refused."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.condition import leaves, write_condition
from services.triage.domain.condition_error import ConditionError
from services.triage.domain.condition_parser import parse_condition
from services.triage.domain.fact_model import FACTS, Shape, window_fact

TABLE = {**FACTS, "windows.recent": window_fact("recent")}
YES_NO = [fact.name for fact in FACTS.values() if fact.shape is Shape.YES_NO]
ORDERED = [fact for fact in FACTS.values() if fact.shape is Shape.ORDERED]
GOOD = [
    *YES_NO,
    *(f"not {name}" for name in YES_NO[:5]),
    *(
        f"{fact.name} {op} {fact.codes[1]}"
        for fact in ORDERED
        for op in ("<", "<=", ">", ">=", "==")
    ),
    "18 <= patient.age_years < 26",
    "3 > reporter.concern",
    "severe <= patient.harm",
    "windows.recent != 0",
    "incident.kind not in [near_miss, good_care]",
    "patient.age_group in [neonate, infant]",
    "fall not in incident.categories",
    "stillbirth in patient.outcomes",
    "incident.reported_at - incident.occurred_at >= hours(24)",
    "days(2) < incident.received_at - incident.occurred_at",
    "minutes(30) <= incident.reported_at - incident.occurred_at < days(1)",
    "incident.occurred_at is unknown",
    "patient.harm is not known",
    "(patient.died or patient.harm >= severe) and not circumstances.palliative",
    "not (staff.own_act and (staff.trainee or staff.new_in_role))",
    "  patient.died\n  and\tstaff.own_act ",
    "not not patient.died",
]
HOSTILE = [
    "",
    " ",
    "patient.died and",
    "and patient.died",
    "patient.died &",
    "patient.died & staff.own_act",
    "patient.died | staff.own_act",
    "~patient.died",
    "patient.died == True",
    "patient.died is True",
    "patient.died == None",
    "patient.died == 1",
    "True",
    "None",
    "1",
    "'x'",
    "b'x'",
    "f'{1}'",
    "...",
    "patient",
    "died",
    "patient.died()",
    "patient.died.died",
    "patient['died']",
    "patient.died[0]",
    "__import__('os').system('true')",
    "patient.__class__",
    "lambda: patient.died",
    "(patient.died for x in y)",
    "[patient.died for x in y]",
    "{patient.died}",
    "{}",
    "()",
    "[]",
    "patient.died if patient.died else patient.died",
    "(x := patient.died)",
    "yield",
    "await patient.died",
    "*patient.died",
    "print(patient.died)",
    "days(3)",
    "patient.harm",
    "incident.occurred_at",
    "patient.harm >= 3",
    "patient.harm >= 'severe'",
    "patient.harm >= severe.x",
    "patient.harm > unknown",
    "staff.role > nurse",
    "staff.role == physican",
    "patient.age_years < 1e999",
    "patient.age_years < 1.5",
    "patient.age_years < 1j",
    "patient.age_years < 10000000000",
    "patient.age_years + 1 < 3",
    "patient.age_years < patient.age_years",
    "1 < 2",
    "patient.harm in (mild, severe)",
    "patient.harm in mild",
    "[mild] in patient.outcomes",
    "'fall' in incident.categories",
    "incident.categories == [fall]",
    "incident.reported_at > incident.occurred_at",
    "incident.reported_at + incident.occurred_at > days(1)",
    "incident.reported_at - patient.age_years > days(1)",
    "incident.reported_at - incident.occurred_at > 5",
    "incident.reported_at - incident.occurred_at > weeks(1)",
    "incident.reported_at - incident.occurred_at > days(x=1)",
    "incident.reported_at - incident.occurred_at > days(1, 2)",
    "incident.reported_at - incident.occurred_at > days(1.5)",
    "incident.reported_at - incident.occurred_at > days(99999)",
    "patient.died # and staff.own_act",
    "patient.died \\\n",
    "patient.died; staff.own_act",
    "patient.died\x00",
    "patient.d\u0131ed",
    "x = patient.died",
    "import os",
    "patient.died " + "and patient.died " * 12,
    "not " * 900 + "patient.died",
    "(" * 900,
    "a" * 2001,
    "patient.sex == male",
    "patient.narrative is known",
    "patient.unit_id is known",
    "fall in incident.categories in incident.categories",
    "mild < patient.harm in [severe]",
    "1and patient.died",
    "staff.name is known",
]


def test_there_are_enough_texts_of_both_sorts() -> None:
    """At least sixty good and sixty hostile ones (rules.md section 15)."""
    assert len(GOOD) >= 60
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("text", GOOD)
def test_good_texts_give_the_same_tree_when_written_and_parsed_again(text: str) -> None:
    """Text to tree to text to tree."""
    tree = parse_condition(text, TABLE)

    assert parse_condition(write_condition(tree), TABLE) == tree


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_refused_with_column_and_advice(text: str) -> None:
    """Nothing of Python but the grammar gets through; the refusal says where and what to write."""
    with pytest.raises(ConditionError) as refusal:
        parse_condition(text, TABLE)

    assert refusal.value.column >= 1
    assert refusal.value.what
    assert refusal.value.write


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    """The parser never fails in any other way."""
    with contextlib.suppress(ConditionError):
        assert list(leaves(parse_condition(text, TABLE)))


@pytest.mark.parametrize(
    ("text", "column", "meant"),
    [
        ("patient.hram >= severe", 1, "patient.harm"),
        ("patient.died and patient.harm >= sever", 34, "severe"),
        ("   patient.dead", 4, "patient.died"),
        ("windows.recnt > 1", 1, "windows.recent"),
        ("day(3) < incident.reported_at - incident.occurred_at", 1, "days"),
        ("patient.died and", 17, None),
    ],
)
def test_a_mistake_has_its_column_and_the_nearest_word(
    text: str, column: int, meant: str | None
) -> None:
    """A hint names what is nearest."""
    with pytest.raises(ConditionError) as refusal:
        parse_condition(text, TABLE)

    assert (refusal.value.column, refusal.value.meant) == (column, meant)


def test_what_must_never_be_a_fact_says_why() -> None:
    """Sex is the example: the refusal explains itself."""
    with pytest.raises(ConditionError, match="discriminates"):
        parse_condition("patient.sex == female", TABLE)

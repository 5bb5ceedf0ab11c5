"""Conditions and rules in plain words, for whoever answers for them."""

import pytest

from services.triage.domain.condition_parser import parse_condition
from services.triage.domain.condition_words import in_words, noun_of
from services.triage.domain.fact_model import FACTS, Shape, window_fact
from services.triage.domain.fact_words import NOUNS, YES_NO
from services.triage.domain.rule_pages import rule_page
from services.triage.rule_files import load_shipped
from tests.builders.rules import a_flag_rule, a_points_rule, a_rule_set

TABLE = {**FACTS, "windows.recent_30d": window_fact("recent_30d")}


def test_each_fact_has_its_words() -> None:
    """A fact without words could not be explained; a word without a fact is a leftover."""
    yes_no = {fact.name for fact in FACTS.values() if fact.shape is Shape.YES_NO}

    assert set(YES_NO) == yes_no
    assert set(NOUNS) == set(FACTS) - yes_no


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patient.died", ["the patient died"]),
        ("not patient.died", ["the patient did not die"]),
        ("patient.died is unknown", ["whether the patient died is not known"]),
        ("patient.harm is known", ["the harm to the patient is known"]),
        ("proceedings.types is unknown", ["the proceedings opened are not known"]),
        ("patient.harm >= severe", ["the harm to the patient is at least severe"]),
        ("patient.age_years < 18", ["the patient's age in years is below 18"]),
        ("windows.recent_30d > 2", ["the count recent 30d is above 2"]),
        ("incident.kind != near_miss", ["the kind of report is known and not near miss"]),
        (
            "staff.role in [resident, student]",
            ["the person's role is resident or student"],
        ),
        ("staff.role in []", ["the person's role is one of none"]),
        ("media not in proceedings.types", ["the proceedings opened are known, without media"]),
        (
            "incident.reported_at - incident.occurred_at <= hours(1)",
            ["the time between when it happened and when it was reported is at most 1 hour"],
        ),
        (
            "not (staff.own_act or patient.harm > mild) and staff.trainee",
            [
                "all of this:",
                "  not this:",
                "    any of this:",
                "      the person's own act or omission was part of it",
                "      the harm to the patient is above mild",
                "  the person is in training",
            ],
        ),
    ],
)
def test_a_condition_reads_as_one_would_say_it(text: str, words: list[str]) -> None:
    """One line a test."""
    assert list(in_words(parse_condition(text, TABLE))) == words


def test_yes_no_facts_have_a_noun_too() -> None:
    """For sentences that ask after them."""
    assert noun_of("patient.died") == "whether the patient died"


def test_a_page_says_whom_it_concerns_and_what_it_counts() -> None:
    """Persons but those only informed; a count with what is counted; the team."""
    counted = a_points_rule()
    everyone = a_flag_rule("wide", "staff.own_act", scope="everyone")
    team = a_flag_rule("team_rule", "patient.died", for_="team")
    rules = a_rule_set(counted, everyone, team)

    pages = ["\n".join(rule_page(rule, rules)) for rule in rules.rules]

    assert "the team of the unit" in pages[0]
    assert "unless known to be author or informed" in pages[1]
    assert "occurrences of the person within 30 days" in pages[1]
    assert "cannot be" in pages[1]
    assert "each person of the event\n" in pages[2]


@pytest.mark.parametrize("rule", load_shipped().rules, ids=lambda rule: rule.id)
def test_every_shipped_rule_can_be_explained(rule: object) -> None:
    """Without a line that is longer than a sentence."""
    shipped = load_shipped()
    (found,) = [each for each in shipped.rules if each is rule]

    page = list(rule_page(found, shipped))

    assert any(line.startswith("  fires when") for line in page)
    assert all(len(line) < 600 for line in page)

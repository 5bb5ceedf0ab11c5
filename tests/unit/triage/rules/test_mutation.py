"""The mutation check: examples must notice every change that facts can show."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from services.triage.domain.closures import compile_condition
from services.triage.domain.condition import Condition
from services.triage.domain.condition_parser import parse_condition
from services.triage.domain.example_writing import example_line, name_of
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import Facts
from services.triage.domain.mutants import mutants_of
from services.triage.domain.mutation import examine, killers, world_of
from services.triage.domain.ruleset import Example, Rule
from services.triage.domain.ruleset_mutants import facts_of_set
from services.triage.domain.suggestion import suggest_examples
from services.triage.rule_files import load_shipped
from shared.contracts.words import Verdict
from tests.builders.conditions import conditions, worlds
from tests.builders.rules import a_flag_rule, a_points_rule, a_rule, a_rule_set

TABLE = FactTable()
SHIPPED = load_shipped()
# All of them in `make test`; a few where speed counts.
RULES = SHIPPED.rules[:: 9 if settings().max_examples < 100 else 1]


def examples(**of_years: str) -> list[dict[str, Any]]:
    """Return examples of one age each."""
    return [
        {"name": years, "facts": {"patient.age_years": int(years[1:])}, "expect": expect}
        for years, expect in of_years.items()
    ] + [{"name": "open", "facts": {}, "expect": "unknown"}]


def a_rule_of(when: str, cases: list[dict[str, Any]]) -> Rule:
    """Return a rule with this condition and these examples."""
    rule = a_flag_rule("r", "x", when=when, explain="x", examples=cases)
    return a_rule_set(rule).rule("r")


def test_ages_far_from_the_boundary_let_it_move() -> None:
    """`< 18` became `< 17` unnoticed with the ages 4 and 40 only (rules.md section 12)."""
    far = examine(a_rule_of("patient.age_years < 18", examples(y4="fires", y40="silent")), TABLE)
    near = examine(a_rule_of("patient.age_years < 18", examples(y17="fires", y18="silent")), TABLE)

    assert [survivor.mutant.change.split(" → ")[1] for survivor in far.survivors] == [
        "`patient.age_years <= 18`",
        "`patient.age_years < 17`",
        "`patient.age_years < 19`",
    ]
    assert [dict(s.killer) for s in far.survivors] == [
        {"patient.age_years": 18},
        {"patient.age_years": 17},
        {"patient.age_years": 18},
    ]
    assert (near.survivors, near.share) == ((), "5 of 5")


@pytest.mark.parametrize(
    ("when", "equivalent"),
    [
        ("patient.harm >= severe and patient.harm >= mild", 4),
        ("patient.harm is known and patient.harm == death and patient.died", 1),
        ("reporter.concern <= 5 and patient.died", 1),
    ],
)
def test_what_no_fact_can_show_is_not_asked_for(when: str, equivalent: int) -> None:
    """A weaker test beside a stronger, died beside harm to death, more than the most."""
    condition = parse_condition(when, TABLE.facts)

    unkillable = [
        mutant.change
        for mutant in mutants_of(condition, TABLE)
        if next(killers(condition, mutant.condition, TABLE), None) is None
    ]

    assert len(unkillable) == equivalent, unkillable


@given(conditions, worlds)
def test_a_killer_tells_apart_and_without_one_nothing_does(
    condition: Condition, world: dict[str, Any]
) -> None:
    """Equivalence found by enumeration holds in any world a patient can be in."""
    original = compile_condition(condition, TABLE)
    for mutant in mutants_of(condition, TABLE)[:20]:
        test = compile_condition(mutant.condition, TABLE)
        killer = next(killers(condition, mutant.condition, TABLE), None)

        if killer is not None:
            lookup = world_of(killer, TABLE)
            assert original(lookup) != test(lookup)
        else:
            assert original(world.get) == test(world.get)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_suggested_examples_notice_everything(rule: Rule) -> None:
    """Even for a rule that has none; their verdicts are the rule's own."""
    facts = facts_of_set(SHIPPED)

    suggested = suggest_examples(replace(rule, examples=()), facts)

    assert not examine(replace(rule, examples=suggested), facts).survivors
    assert {example.expect for example in suggested} >= {Verdict.FIRES, Verdict.SILENT}
    assert len({example.name for example in suggested}) == len(suggested)


def test_nothing_is_suggested_to_a_rule_whose_examples_suffice() -> None:
    """Neither to a rule that can be unknown nor to one that cannot."""
    rules = a_rule_set(a_rule(), a_points_rule())

    assert [suggest_examples(rule, facts_of_set(rules)) for rule in rules.rules] == [(), ()]


def test_a_missing_verdict_is_suggested() -> None:
    """Check 13 wants one of each; the mutants alone need no unknown one."""
    rule = a_rule_set(a_flag_rule("r", "staff.own_act")).rule("r")
    known = replace(rule, examples=tuple(e for e in rule.examples if e.facts))

    (example,) = suggest_examples(known, TABLE)

    assert (example.facts, example.expect) == ({}, Verdict.UNKNOWN)


def test_names_say_the_facts_and_differ() -> None:
    """A second example with the same words gets a number."""
    facts: Facts = {"patient.harm": "severe", "staff.own_act": False, "staff.trainee": True}

    first = name_of(facts, ())

    assert first == "harm severe and not own act and trainee"
    assert name_of(facts, {first}) == f"{first} 2"
    assert name_of({}, ()) == "nothing known"


def test_an_example_is_written_as_the_files_write_it() -> None:
    """What YAML would read otherwise stands in quotes."""
    facts: Facts = {"incident.categories": ("fall", "airway"), "patient.age_years": 3}

    assert example_line(Example("of age", facts, Verdict.FIRES)) == (
        "{name: of age, facts: {incident.categories: [fall, airway], patient.age_years: 3}, "
        "expect: fires}"
    )
    assert example_line(Example("no", {}, Verdict.SILENT)).startswith('{name: "no", facts: {}')

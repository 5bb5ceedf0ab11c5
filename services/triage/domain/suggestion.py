"""Suggest examples for a rule: few, with few facts, that together notice every mutant."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.triage.domain.closures import Test, compile_condition
from services.triage.domain.condition import Condition
from services.triage.domain.example_writing import name_of
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import Facts
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN, Truth, verdict_of
from services.triage.domain.mutation import (
    examine,
    facts_giving,
    killers,
    noticing_of,
    world_of,
)
from services.triage.domain.ruleset import Example, Rule

# Of the worlds that tell a mutant apart so many are weighed against each other.
_WEIGHED: Final = 60


@dataclass(frozen=True, slots=True)
class _Open:
    """A mutant that no example notices yet."""

    condition: Condition
    test: Test


def suggest_examples(rule: Rule, facts: FactTable) -> tuple[Example, ...]:
    """Return examples that notice all mutants the rule's own do not, and one of each verdict.

    Each has the verdict that the rule gives today: whether it is meant so, its author must say.
    """
    chosen = _noticing_all(rule, facts)
    chosen += _missing_verdicts(rule, chosen, facts)
    names = {example.name for example in rule.examples}
    found = []
    for given in chosen:
        example = Example(name_of(given, names), given, verdict_of(_says(rule, given, facts)))
        names.add(example.name)
        found.append(example)
    return tuple(found)


def _noticing_all(rule: Rule, facts: FactTable) -> list[Facts]:
    """Choose greedily: of the examples that notice the first open mutant, the best."""
    conditions = [s.mutant.condition for s in examine(rule, facts).survivors]
    still_open = [_Open(each, compile_condition(each, facts)) for each in conditions]
    chosen = []
    while still_open:
        weighed = itertools.islice(killers(rule.when, still_open[0].condition, facts), _WEIGHED)
        best, still_open = _best(rule, list(weighed), still_open, facts)
        chosen.append(best)
    return chosen


def _best(
    rule: Rule, candidates: Sequence[Facts], still_open: Sequence[_Open], facts: FactTable
) -> tuple[Facts, list[_Open]]:
    """Return the candidate that leaves the fewest open, and those.

    One on which rule and first mutant both are definite, yes against no, convinces best.
    """
    left: list[list[_Open]] = []
    for given in candidates:
        noticing = noticing_of(rule, [given], facts)
        left.append([mutant for mutant in still_open if not noticing.kills(mutant.test)])
    ranks = [
        (_is_vague(rule, still_open[0], given, facts), len(rest), len(given))
        for given, rest in zip(candidates, left, strict=True)
    ]
    best = ranks.index(min(ranks))
    return candidates[best], left[best]


def _missing_verdicts(rule: Rule, chosen: Sequence[Facts], facts: FactTable) -> list[Facts]:
    said = {_says(rule, given, facts) for given in chosen}
    said |= {_says(rule, example.facts, facts) for example in rule.examples}
    wanted = {FALSE, TRUE} | ({UNKNOWN} if rule.on_unknown else set())
    return [facts_giving(rule.when, truth, facts) for truth in sorted(wanted - said)]


def _is_vague(rule: Rule, mutant: _Open, given: Facts, facts: FactTable) -> bool:
    lookup = world_of(given, facts)
    return UNKNOWN in (rule.verdict(lookup), mutant.test(lookup))


def _says(rule: Rule, given: Facts, facts: FactTable) -> Truth:
    return rule.verdict(world_of(given, facts))

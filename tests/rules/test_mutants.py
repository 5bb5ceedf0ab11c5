"""Shipped rules under the mutation check: an example notices every change of every condition."""

from collections.abc import Iterator

import pytest

from services.triage.domain.condition import facts_of
from services.triage.domain.mutants import mutants_of
from services.triage.domain.mutation import examine
from services.triage.domain.ruleset import Rule, RuleSet
from services.triage.domain.ruleset_mutants import facts_of_set
from services.triage.rule_files import load_file, shipped_folder


def shipped() -> Iterator[tuple[RuleSet, Rule]]:
    """Yield every active rule of every shipped file."""
    for path in sorted(shipped_folder().glob("*.yaml")):
        rule_set = load_file(path)
        for rule in rule_set.rules:
            yield rule_set, rule


@pytest.mark.parametrize(
    ("rule_set", "rule"), [pytest.param(*pair, id=pair[1].id) for pair in shipped()]
)
def test_each_change_of_a_shipped_rule_is_noticed(rule_set: RuleSet, rule: Rule) -> None:
    """No survivor; and there were mutants enough to mean something."""
    facts = facts_of_set(rule_set)

    found = examine(rule, facts)

    assert [survivor.mutant.change for survivor in found.survivors] == []
    assert found.killed >= len(facts_of(rule.when))
    assert found.killed + found.equivalent == len(mutants_of(rule.when, facts))

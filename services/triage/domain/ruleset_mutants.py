"""Load check 15: an example must notice every change of a rule's condition."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.triage.domain.condition_parser import columns_of
from services.triage.domain.example_writing import example_line, name_of
from services.triage.domain.fact_table import FactTable
from services.triage.domain.kleene import verdict_of
from services.triage.domain.mutation import Mutation, Survivor, examine, world_of
from services.triage.domain.rule_problems import Check, Problems
from services.triage.domain.ruleset import Example, Rule, RuleSet

MOST_TOLD: Final = 5


def check_mutants(
    rule_set: RuleSet,
    document: Mapping[str, Any],
    problems: Problems,
    rules: Iterable[Rule],
) -> list[Mutation]:
    """Examine these rules of a set that stand in its file; note what survives.

    `document` is the file as parsed, its places stand in `problems`. Rules of a base are not in
    it: they are examined with the base.
    """
    facts = facts_of_set(rule_set)
    found = []
    for rule in rules:
        mutation = examine(rule, facts)
        found.append(mutation)
        _note(mutation, document, problems, facts)
    return found


def own_rules(rule_set: RuleSet, document: Mapping[str, Any]) -> list[Rule]:
    """Return the active rules that a file itself holds, without those of its base."""
    mine = {rule.get("id") for rule in document["rules"]}
    return [rule for rule in rule_set.rules if rule.id in mine]


def facts_of_set(rule_set: RuleSet) -> FactTable:
    """Return the facts that the rules of a loaded set may read."""
    return FactTable.with_windows({name: w.per for name, w in rule_set.windows.items()})


def killing_example(rule: Rule, survivor: Survivor, facts: FactTable) -> Example:
    """Return an example that notices a survivor, with what the rule says today."""
    verdict = verdict_of(rule.verdict(world_of(survivor.killer, facts)))
    taken = {example.name for example in rule.examples}
    return Example(name_of(survivor.killer, taken), survivor.killer, verdict)


def _note(
    mutation: Mutation, document: Mapping[str, Any], problems: Problems, facts: FactTable
) -> None:
    rule = mutation.rule
    index = [entry.get("id") for entry in document["rules"]].index(rule.id)
    columns = columns_of(document["rules"][index]["when"], facts.facts)
    path = ("rules", index, "when")
    problems.rule = rule.id
    for survivor in mutation.survivors[:MOST_TOLD]:
        what = f"no example notices the change {survivor.mutant.change}"
        write = f"add the example {example_line(killing_example(rule, survivor, facts))}"
        column = columns[survivor.mutant.path]
        problems.note(Check.MUTANT, path, what, write, column=column)
    more = len(mutation.survivors) - MOST_TOLD
    if more > 0:
        what = f"no example notices {more} more changes of the condition"
        write = f"let `peerline rules suggest-examples FILE --rule {rule.id}` write the examples"
        problems.note(Check.MUTANT, path, what, write)
    problems.rule = None

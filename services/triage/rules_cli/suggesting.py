"""`peerline rules suggest-examples`: the examples that the mutation check asks for."""

import sys
from pathlib import Path

import click

from services.triage.domain.example_writing import example_line
from services.triage.domain.ruleset import Example, Rule
from services.triage.domain.ruleset_mutants import facts_of_set, own_rules
from services.triage.domain.suggestion import suggest_examples
from services.triage.rule_files import RuleFile
from services.triage.rules_cli.inserting import with_examples
from services.triage.rules_cli.opening import ONE_FILE, NoSuchRuleError, choose, open_file

_INDENT = "      - "


@click.command("suggest-examples")
@click.argument("path", type=ONE_FILE)
@click.option("--rule", "rule_id", metavar="ID", help="Only this rule.")
@click.option("--write", is_flag=True, help="Insert them into the file, behind the others.")
def suggest(path: Path, rule_id: str | None, *, write: bool) -> None:
    """Write the examples that would notice every change of a rule's condition.

    They have few facts, and the outcome that the rule gives today. Read each one: where that is
    not what you mean, the rule is wrong, not the example. A draft may have no examples yet
    (`examples: []`). --write keeps comments and layout, or refuses.
    """
    file = open_file(path, draft=True)
    found = _suggested(file, _rules(file, rule_id))
    if not found:
        click.echo("Nothing to add: each change of a condition is noticed by an example.")
        return
    count = sum(map(len, found.values()))
    if write:
        path.write_text(with_examples(file, path.name, found))
        click.echo(f"{path.name}: {count} examples added to {len(found)} rules; read each one")
        return
    for name, examples in found.items():
        click.echo(f"# {name}: as the rule decides today")
        click.echo("\n".join(f"{_INDENT}{example_line(example)}" for example in examples))


def _rules(file: RuleFile, rule_id: str | None) -> list[Rule]:
    mine = own_rules(file.rule_set, file.document)
    if rule_id is None:
        return mine
    rule = choose(file.rule_set, rule_id)
    if rule not in mine:
        raise NoSuchRuleError(f"{rule_id} is a rule of the base; its examples stand there")
    return [rule]


def _suggested(file: RuleFile, rules: list[Rule]) -> dict[str, tuple[Example, ...]]:
    facts = facts_of_set(file.rule_set)
    hidden = not sys.stderr.isatty()
    with click.progressbar(rules, label="Mutating", file=sys.stderr, hidden=hidden) as watched:
        found = {rule.id: suggest_examples(rule, facts) for rule in watched}
    return {name: examples for name, examples in found.items() if examples}

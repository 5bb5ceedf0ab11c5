"""`peerline rules list | explain | show | facts`: rule sets as people read them."""

import json
from pathlib import Path

import click

from services.triage.domain.rule_pages import fact_page, overview, rule_page
from services.triage.rules_cli.opening import ONE_FILE, choose, open_set, tell


@click.command("list")
@click.argument("path", required=False, type=ONE_FILE)
def list_rules(path: Path | None) -> None:
    """List the rules of a file (default: those that ship) by family."""
    tell(overview(open_set(path)))


@click.command()
@click.argument("rule")
@click.option("--rules", "path", type=ONE_FILE, help="The rule file; default: what ships.")
def explain(rule: str, path: Path | None) -> None:
    """Explain RULE: for whom, when, in plain words and as written; effect, source, examples."""
    rule_set = open_set(path)
    tell(rule_page(choose(rule_set, rule), rule_set))


@click.command()
@click.argument("path", required=False, type=ONE_FILE)
def show(path: Path | None) -> None:
    """Print the flattened set as JSON: base and site rules together, as it is hashed."""
    rule_set = open_set(path)
    click.echo(json.dumps(dict(rule_set.document), indent=2, ensure_ascii=False))


@click.command()
def facts() -> None:
    """List the facts that a condition may read, with their codes."""
    tell(fact_page())

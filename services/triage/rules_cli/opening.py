"""What the commands share: opening rule files, choosing rules, examining them, telling lines."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from services.triage.domain.mutation import Mutation
from services.triage.domain.rule_problems import Problems
from services.triage.domain.ruleset import Rule, RuleSet
from services.triage.domain.ruleset_mutants import check_mutants, own_rules
from services.triage.domain.spelling import nearest
from services.triage.rule_files import (
    SHIPPED,
    Folder,
    RuleFile,
    load_file,
    load_shipped,
    read_file,
    shipped_folder,
)

ONE_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class NoSuchRuleError(ValueError):
    """The set has no active rule of that id."""


class NoSuchSetError(ValueError):
    """No rule file of that name is here or ships."""


def find_set(name: str, folder: Path) -> Path:
    """Return the file of a set, `NAME` (the newest) or `NAME@VERSION`, in a folder or shipped.

    Raises:
        NoSuchSetError: with the name that is nearest.
    """
    sets = Folder((folder, shipped_folder())).sets()
    wanted, _, version = name.partition("@")
    versions = [v for found, v in sets if found == wanted and version in ("", str(v))]
    if not versions:
        meant = nearest(wanted, {found for found, _ in sets})
        advice = f"did you mean '{meant}'?" if meant else f"'{SHIPPED}' ships with Peerline"
        raise NoSuchSetError(f"no rule file here is of a set '{name}'; {advice}")
    return sets[wanted, max(versions)]


def open_set(path: Path | None) -> RuleSet:
    """Return the set in a file, by default the one that ships."""
    return load_file(path, (shipped_folder(),)) if path else load_shipped()


def open_file(path: Path | None, *, draft: bool = False) -> RuleFile:
    """Return a rule file, by default the one that ships."""
    place = path or shipped_folder() / f"{SHIPPED}.yaml"
    return read_file(place, (shipped_folder(),), draft=draft)


def examine_file(file: RuleFile, name: str) -> list[Mutation]:
    """Return what the examples of a file make of the mutants of its own rules.

    Raises:
        RuleSetError: mutants survive; it says which, and the examples that would notice.
    """
    problems = Problems(name, file.places)
    rules = own_rules(file.rule_set, file.document)
    with click.progressbar(
        rules, label=f"Mutating {name}", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as watched:
        found = check_mutants(file.rule_set, file.document, problems, watched)
    problems.refuse_if_any()
    return found


def choose(rule_set: RuleSet, rule_id: str) -> Rule:
    """Return an active rule.

    Raises:
        NoSuchRuleError: with the id that is nearest.
    """
    known = [each.id for each in rule_set.rules]
    if rule_id not in known:
        meant = nearest(rule_id, known)
        advice = f"did you mean '{meant}'?" if meant else "'peerline rules list' lists them"
        raise NoSuchRuleError(f"{rule_set.name} has no active rule of that id; {advice}")
    return rule_set.rule(rule_id)


def tell(lines: Iterable[str]) -> None:
    """Write lines to standard output."""
    for line in lines:
        click.echo(line)

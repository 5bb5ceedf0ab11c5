"""`peerline rules check | lock`: nothing wrong, nothing unnoticed, nothing released changed."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from services.triage.domain.mutation import Mutation
from services.triage.domain.rule_lock import FILE_NAME, check_lock, extended
from services.triage.rules_cli.opening import ONE_FILE, examine_file, open_file, tell

_FILE: Final = click.Path(exists=True, path_type=Path)
_NO_MUTANTS: Final = "Skip the mutation check."


@click.command()
@click.argument("paths", nargs=-1, required=True, type=_FILE)
@click.option("--no-mutants", is_flag=True, help=_NO_MUTANTS)
def check(paths: tuple[Path, ...], *, no_mutants: bool) -> None:
    """Check rule files, or all of a folder: every detail, the examples, the lock.

    The mutation check changes every number, code, operator and word of each rule's condition, one
    at a time; some example of the rule must come out differently, else nobody would notice such a
    slip. Each change that no example notices is told with the example that would.
    'peerline rules suggest-examples' writes all of them.
    """
    files = list(_files(paths))
    if not files:
        raise click.UsageError("There is no *.yaml file there.")
    refused = sum(not _is_sound(file, mutate=not no_mutants) for file in files)
    if refused:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("path", type=ONE_FILE)
def lock(path: Path) -> None:
    """Append a set to the rules.lock beside it: released, it may not change any more."""
    file = open_file(path)
    examine_file(file, path.name)
    place = path.parent / FILE_NAME
    before = place.read_text() if place.exists() else ""
    place.write_text(extended(before, file.rule_set))
    click.echo(f"{file.rule_set.name} version {file.rule_set.version} stands in {place}")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _is_sound(path: Path, *, mutate: bool) -> bool:
    try:
        file = open_file(path)
        place = path.parent / FILE_NAME
        released = place.exists() and check_lock(place.read_text(), file.rule_set)
        found = examine_file(file, path.name) if mutate else None
    except ValueError as refusal:
        click.echo(str(refusal), err=True)
        return False
    state = "released" if released else "not released"
    rule_set = file.rule_set
    click.echo(f"{path.name}: {len(rule_set.rules)} rules, {state}, {rule_set.hash}")
    if found is not None:
        click.echo(_sentence(found))
    tell(f"  note: {warning}" for warning in rule_set.warnings)
    return True


def _sentence(found: Sequence[Mutation]) -> str:
    if not found:
        return "  no rules of its own; those of its base were checked with the base"
    killed = sum(mutation.killed for mutation in found)
    same = sum(mutation.equivalent for mutation in found)
    also = f"; {same} more change nothing" if same else ""
    return f"  {killed} mutants of its own rules, each noticed by an example{also}"

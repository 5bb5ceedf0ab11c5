"""`peerline rules`: check, list, explain, show, lock and activate rule sets."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from services.triage.domain.activation import EVERY_TENANT
from services.triage.domain.rule_lock import FILE_NAME, check_lock, extended
from services.triage.domain.rule_pages import fact_page, overview, rule_page
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.spelling import nearest
from services.triage.rule_files import load_file, load_shipped, shipped_folder
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import RulesMode

_FILE: Final = click.Path(exists=True, path_type=Path)
_ONE_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_MODES: Final = click.Choice([mode.value for mode in RulesMode])


class NoSuchRuleError(ValueError):
    """The set has no active rule of that id."""


class MomentUnreadableError(ValueError):
    """A moment has no offset from UTC, or is none."""


@click.group()
def group() -> None:
    """Rule sets: who is offered support, as policy that a clinical lead can read.

    A set is a YAML file. 'check' refuses it whole when anything is wrong, with line and column;
    'activate' puts it into force for a tenant at a moment, signed with the site's key.

    \b
      peerline rules list                       what ships with Peerline
      peerline rules explain child_death        one rule: condition, source, examples
      peerline rules check my-site.yaml         before anything else
      peerline rules activate my-site.yaml --tenant northwick --mode shadow --approved-by lead
    """  # noqa: D301 - click's mark for lines that stay as they are


@group.command()
@click.argument("paths", nargs=-1, required=True, type=_FILE)
def check(paths: tuple[Path, ...]) -> None:
    """Check rule files, or all of a folder; run their examples; compare with the lock."""
    files = list(_files(paths))
    if not files:
        raise click.UsageError("There is no *.yaml file there.")
    refused = sum(not _is_sound(file) for file in files)
    if refused:
        raise click.exceptions.Exit(1)


@group.command("list")
@click.argument("path", required=False, type=_ONE_FILE)
def list_rules(path: Path | None) -> None:
    """List the rules of a file (default: those that ship) by family."""
    _print(overview(_load(path)))


@group.command()
@click.argument("rule")
@click.option("--rules", "path", type=_ONE_FILE, help="The rule file; default: what ships.")
def explain(rule: str, path: Path | None) -> None:
    """Explain RULE: its condition, effect, source and examples."""
    rule_set = _load(path)
    known = [each.id for each in rule_set.rules]
    if rule not in known:
        meant = nearest(rule, known)
        advice = f"did you mean '{meant}'?" if meant else "'peerline rules list' lists them"
        raise NoSuchRuleError(f"{rule_set.name} has no active rule of that id; {advice}")
    _print(rule_page(rule_set.rule(rule)))


@group.command()
@click.argument("path", required=False, type=_ONE_FILE)
def show(path: Path | None) -> None:
    """Print the flattened set as JSON: base and site rules together, as it is hashed."""
    rule_set = _load(path)
    click.echo(json.dumps(dict(rule_set.document), indent=2, ensure_ascii=False))


@group.command()
def facts() -> None:
    """List the facts that a condition may read, with their codes."""
    _print(fact_page())


@group.command()
@click.argument("path", type=_ONE_FILE)
def lock(path: Path) -> None:
    """Append a set to the rules.lock beside it: released, it may not change any more."""
    rule_set = load_file(path)
    place = path.parent / FILE_NAME
    before = place.read_text() if place.exists() else ""
    place.write_text(extended(before, rule_set))
    click.echo(f"{rule_set.name} version {rule_set.version} stands in {place}")


@group.command()
@click.argument("path", required=False, type=_ONE_FILE)
@click.option("--tenant", required=True, help=f"The tenant; {EVERY_TENANT} for all without own.")
@click.option("--mode", required=True, type=_MODES, help="shadow decides and requests nothing.")
@click.option("--approved-by", required=True, metavar="ROLE", help="The role that approved it.")
@click.option("--effective-from", metavar="TIME", help="At least 15 minutes ahead (the default).")
@click.option("--now", "at_once", is_flag=True, help="At once: only a tenant's first activation.")
@click.option("--live-from", metavar="TIME", help="Requests start here, by receipt of the report.")
@click.option("--unit", "units", multiple=True, metavar="UNIT=MODE", help="A unit that differs.")
@click.option("--key", "key_name", help="The key that signs; default: the site's own.")
def activate(  # noqa: PLR0913 - one parameter per option
    path: Path | None,
    tenant: str,
    mode: str,
    approved_by: str,
    effective_from: str | None,
    *,
    at_once: bool,
    live_from: str | None,
    units: tuple[str, ...],
    key_name: str | None,
) -> None:
    """Put a rule file (default: what ships) into force for a tenant, signed.

    Reports received from --effective-from on are decided by it, earlier ones never. A tenant's
    first activation may take effect at once; any later one must be 15 minutes ahead, so that all
    workers have it and a replay chooses the same set.
    """
    from services.triage import rule_admin  # noqa: PLC0415 - only this command needs Kafka
    from services.triage.settings import TriageSettings  # noqa: PLC0415
    from shared.clock import SystemClock  # noqa: PLC0415
    from shared.site.provision import RULE_KEY_NAME  # noqa: PLC0415
    from shared.site.site import Site  # noqa: PLC0415

    now = SystemClock().now()
    order = rule_admin.Order(
        tenant=tenant,
        mode=RulesMode(mode),
        approved_by=approved_by,
        effective_from=now if at_once else _moment(effective_from),
        live_from=_moment(live_from),
        units=tuple(_unit(text) for text in units),
        key_name=key_name or RULE_KEY_NAME,
    )
    settings = TriageSettings()
    security = settings.kafka.model_dump()
    client = rule_admin.connect(settings.bootstrap_servers, settings.home, security)
    rule_set = _load(path)
    written = rule_admin.activate(client, Site(settings.config_folder), rule_set, order, now)
    click.echo(rule_admin.sentence(rule_set, written))


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def _is_sound(path: Path) -> bool:
    try:
        rule_set = load_file(path, (shipped_folder(),))
        place = path.parent / FILE_NAME
        released = place.exists() and check_lock(place.read_text(), rule_set)
    except ValueError as refusal:
        click.echo(str(refusal), err=True)
        return False
    state = "released" if released else "not released"
    click.echo(f"{path.name}: {len(rule_set.rules)} rules, {state}, {rule_set.hash}")
    _print(f"  note: {warning}" for warning in rule_set.warnings)
    return True


def _load(path: Path | None) -> RuleSet:
    return load_file(path, (shipped_folder(),)) if path else load_shipped()


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise MomentUnreadableError("a time is written like 2026-01-31T12:00:00Z, with its offset")
    return moment


def _unit(text: str) -> UnitActivation:
    unit_id, _, mode = text.partition("=")
    if mode not in tuple(RulesMode):
        raise click.UsageError("--unit is written UNIT=live or UNIT=shadow.")
    return UnitActivation(unit_id=unit_id, mode=RulesMode(mode))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)

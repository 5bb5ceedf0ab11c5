"""`peerline rules test | diff`: a rule set on sample reports, and against another one."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import click

from services.offline.bootstrap import Chosen
from services.offline.expected import read_expected, unmet
from services.offline.outcomes import Outcome
from services.offline.tables import table
from services.offline.trial import Tried, Unread, report_files, try_reports
from services.offline.what_if import change_line, changes, summary, tiers, what_if_digest
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_diff import differences
from services.triage.rules_cli.group import group
from services.triage.rules_cli.opening import examine_file, find_set, open_file, tell

_REPORTS: Final = click.Path(exists=True, path_type=Path)
_ONE_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_HEAD: Final = ("RECORD", "WHO", "TIER", "PRIORITY", "WHY")
_TIERS: Final = ("nobody", "the unit looks after its people", "a peer", "a peer and a professional")


class SetOption(click.ParamType):
    """A rule set: its file, or the name of one that ships or lies here (`NAME@VERSION`)."""

    name = "set"

    def convert(
        self,
        value: object,
        param: click.Parameter | None,  # noqa: ARG002 - click's signature
        ctx: click.Context | None,  # noqa: ARG002 - likewise
    ) -> Path:
        """Return the file."""
        path = Path(str(value))
        return path if path.is_file() else find_set(str(value), Path())


_SET: Final = SetOption()
_tenant = click.option(
    "--tenant", default="offline", show_default=True, help="Whose settings and units count."
)


@click.command()
@click.argument("rule_set", type=_SET, metavar="SET")
@click.argument("reports", nargs=-1, type=_REPORTS, metavar="[FILE...]")
@click.option("--expect", type=_ONE_FILE, help="YAML lines 'RECORD: TIER' that must come true.")
@_tenant
def test(rule_set: Path, reports: tuple[Path, ...], expect: Path | None, tenant: str) -> None:
    """Try a rule set: its own examples, then sample reports. Who gets what, and why?

    SET is a file, or the name of a set that ships. A FILE is whatever 'peerline decide' reads, or
    a folder of such files; nobody is contacted. Exit code 1: a report was refused, or differs
    from what --expect says.

    \b
      peerline rules test my-site.yaml samples/
      peerline rules test peerline-default last-month.ndjson --expect expected.yaml
    """  # noqa: D301 - click's mark for lines that stay as they are
    file = open_file(rule_set)
    examined = examine_file(file, rule_set.name)
    count = sum(len(rule.examples) for rule in file.rule_set.rules)
    click.echo(
        f"{file.rule_set.name} version {file.rule_set.version}: {count} examples hold, "
        f"{sum(m.killed for m in examined)} mutants are noticed"
    )
    if not reports:
        return
    tried, is_whole = _tried(Chosen(tenant, rule_set), reports)
    click.echo()
    tell(table([_HEAD, *(row for report in tried for row in _rows(report))]))
    click.echo()
    tell(
        f"tier {tier}, {_TIERS[tier]}: {number} of {len(tried)} reports"
        for tier, number in sorted(tiers(tried).items())
    )
    missed = list(unmet(read_expected(expect), tried)) if expect else []
    tell(f"not as expected: {line}" for line in missed)
    if missed or not is_whole:
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("old", type=_SET, metavar="A")
@click.argument("new", type=_SET, metavar="B")
@click.option("--reports", multiple=True, type=_REPORTS, help="Decide these by both; repeatable.")
@_tenant
def diff(old: Path, new: Path, reports: tuple[Path, ...], tenant: str) -> None:
    """Say what changed from set A to set B, in words; with --reports, for whom.

    A and B are files, or names of sets that ship or lie here (NAME, NAME@VERSION). With --reports
    (files or folders, as 'peerline decide' reads them) both sets decide the same reports; the
    digest printed last goes into the activation ('activate --what-if DIGEST') and says later which
    comparison was approved.

    \b
      peerline rules diff peerline-default my-site.yaml
      peerline rules diff my-site@1 my-site@2 --reports last-quarter/
    """  # noqa: D301 - click's mark for lines that stay as they are
    sets = open_file(old).rule_set, open_file(new).rule_set
    for mark, rule_set in zip("AB", sets, strict=True):
        click.echo(f"{mark}: {rule_set.name} version {rule_set.version}, {rule_set.hash}")
    click.echo()
    tell(list(differences(*sets)) or ["No difference: both decide alike."])
    if reports and not _what_if(sets, [Chosen(tenant, path) for path in (old, new)], reports):
        raise click.exceptions.Exit(1)


def _what_if(
    sets: tuple[RuleSet, RuleSet], chosen: Sequence[Chosen], reports: tuple[Path, ...]
) -> bool:
    """Tell what both sets make of the reports; return whether all could be read."""
    (before, is_whole), (after, _) = (_tried(each, reports) for each in chosen)
    found = list(changes(before, after))
    click.echo()
    tell(map(change_line, found))
    click.echo(summary(before, after, found))
    click.echo(f"what-if digest: {what_if_digest(sets, after, found)}")
    return is_whole


def _tried(chosen: Chosen, paths: tuple[Path, ...]) -> tuple[list[Tried], bool]:
    """Decide the reports of all files; tell refusals, return whether there were none."""
    files = report_files(paths)
    tried: list[Tried] = []
    is_whole = True
    hidden = not sys.stderr.isatty()
    with click.progressbar(files, label="Deciding", file=sys.stderr, hidden=hidden) as watched:
        for answer in try_reports(chosen, watched):
            if isinstance(answer, Unread):
                click.echo(answer.says, err=True)
                is_whole = False
            else:
                tried.append(answer)
    return tried, is_whole


def _rows(report: Tried) -> Iterator[tuple[str, ...]]:
    for index, outcome in enumerate(report.outcomes):
        record = report.record_id if index == 0 else ""
        tier = str(outcome.tier)
        yield record, outcome.who, tier, outcome.priority, _why(outcome)


def _why(outcome: Outcome) -> str:
    withheld = [f"withheld: {outcome.withheld}"] if outcome.withheld else []
    asks = [f"{outcome.questions} questions"] if outcome.questions else []
    return "; ".join([*([", ".join(outcome.because)] if outcome.because else []), *withheld, *asks])


group.add_command(test)
group.add_command(diff)

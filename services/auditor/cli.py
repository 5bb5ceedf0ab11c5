"""`peerline audit`: explain one decision, or recompute a range of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import click
from rich.console import Console
from rich.progress import Progress

from services.auditor.bootstrap import explain, replay_topics
from services.auditor.domain.findings import Tally
from services.auditor.domain.replaying import Wanted
from services.auditor.domain.subject import Subject
from services.auditor.report import tally_lines
from services.auditor.settings import AuditorSettings

SAME, DIFFERS, COULD_NOT = 0, 1, 2


@click.group()
def group() -> None:
    """Explain and replay decisions. Nothing here can send, write or disturb.

    Topics are read without a consumer group; no producer is ever built. Exit codes: 0 the same,
    1 a difference was found, 2 could not be done (the message says why).
    """


@group.command("explain")
@click.argument("report")
@click.option("--tenant", help="Only this tenant's reports; needed where record ids repeat.")
@click.option("--json", "as_json", is_flag=True, help="The whole records, one per line.")
def explain_command(report: str, tenant: str | None, *, as_json: bool) -> None:
    """Say in words why REPORT was decided as it was: rules fired, unknowns, values read.

    REPORT is an event_id (the answer to the POST), a decision_id, an incident_key, or a record id.

    \b
    Examples:
      peerline audit explain R-1001
      peerline audit explain 3f0c…-event-id --json
    """  # noqa: D301 - click's mark for lines that stay as they are
    found = explain(AuditorSettings(), Subject(report, tenant))
    lines = [json.dumps(document) for document in found.documents] if as_json else found.lines
    click.echo("\n".join(lines).rstrip())


@group.command("replay")
@click.option("--tenant", help="Compare only this tenant's reports.")
@click.option(
    "--from",
    "earliest",
    type=click.DateTime(),
    metavar="DATE",
    help="Received at or after (UTC): 2026-11-01 or 2026-11-01T08:00:00.",
)
@click.option(
    "--to", "latest", type=click.DateTime(), metavar="DATE", help="Received before (UTC)."
)
@click.option("--json", "as_json", is_flag=True, help="Counts and findings for a program.")
@click.pass_context
def replay_command(
    context: click.Context,
    tenant: str | None,
    earliest: datetime | None,
    latest: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Recompute decisions from the reports and compare: would today's code decide the same?

    Folds incident.reported.v1 from its first record with the rule sets then in force, and compares
    output_digest and decision_id with triage.decision.v1; each report must have exactly one answer.

    \b
    Examples:
      peerline audit replay
      peerline audit replay --tenant northwick --from 2026-11-01
    """  # noqa: D301 - click's mark for lines that stay as they are
    wanted = Wanted(tenant, _utc(earliest), _utc(latest))
    tally = _with_progress(replay_topics(AuditorSettings(), wanted))
    if as_json:
        click.echo(json.dumps(_document(tally)))
    else:
        click.echo("\n".join(tally_lines(tally)))
    context.exit(_exit_code(tally))


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _exit_code(tally: Tally) -> int:
    if not tally.compared:
        return COULD_NOT
    return DIFFERS if tally.findings else SAME


def _with_progress(steps: Iterator[tuple[Tally, int]]) -> Tally:
    tally = Tally()
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replaying", total=None)
        for tally, total in steps:  # noqa: B007 -- the last one is the answer
            progress.update(task, total=total, advance=1)
    return tally


def _document(tally: Tally) -> dict[str, object]:
    return {
        "counts": dict(sorted(tally.counts.items())),
        "findings": [
            {
                "difference": finding.difference.value,
                "position": finding.position.to_document(),
                "path": finding.path,
            }
            for finding in tally.findings
        ],
    }

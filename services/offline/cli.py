"""`peerline decide`: a site tries its own export on its own rules before it deploys anything."""

from datetime import datetime
from pathlib import Path
from typing import Final

import click

from services.offline.settings import OfflineSettings

_FORMATS: Final = ("auto", "native", "fhir", "lfpse", "ahrq", "rows")
_FILES: Final = click.Path(exists=True, dir_okay=False, allow_dash=True)
_RULES: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class MomentOption(click.ParamType):
    """A moment with its offset from UTC, in RFC 3339."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the moment, or refuse a text that is none or has no offset."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("write a time such as 2026-11-20T12:00:00+00:00", param, ctx)
        if moment.tzinfo is None:
            self.fail("the time has no offset from UTC: add Z or +01:00", param, ctx)
        return moment


@click.command(name="decide")
@click.argument("files", nargs=-1, required=True, type=_FILES, metavar="FILE...")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(_FORMATS),
    default="auto",
    show_default=True,
    help="How the files are written; auto looks at each report.",
)
@click.option("--rules", type=_RULES, help="A rule file; without it the shipped default set.")
@click.option(
    "--tenant",
    default="offline",
    show_default=True,
    help="Whose settings and units count, if this site has the tenant.",
)
@click.option(
    "--received-at",
    type=MomentOption(),
    help="When all reports count as received; default: reported_at, else the event time.",
)
@click.option("--pack", help="How rows are mapped: a pack by name, or a file by its path.")
@click.option("--explain", is_flag=True, help="Say in words who is offered what, and why.")
def command(
    files: tuple[str, ...],
    format_name: str,
    rules: Path | None,
    tenant: str,
    received_at: datetime | None,
    pack: str | None,
    *,
    explain: bool,
) -> None:
    """Map and triage files, without a broker; prints one JSON line per report.

    The same mapping and the same rules as the services, in the order of the files; nobody is
    contacted. A FILE holds one report, an array, NDJSON (.ndjson, .jsonl), a FHIR AdverseEvent
    (LFPSE's too) or Bundle, a form of AHRQ's Common Formats 1.2, CloudEvents, or rows (CSV, TSV,
    JSON per line) with a pack; '-' is standard input. Exit code 1 means that a report was refused.

    \b
      peerline decide export.json --explain
      peerline decide 2026-*.ndjson --rules our-rules.yaml --tenant northwick | jq .tier
      peerline decide export.csv --pack datixweb --explain
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.offline.bootstrap import Chosen, offline  # noqa: PLC0415 - help stays fast

    named = None if format_name == "auto" else format_name
    chosen = Chosen(tenant, rules, named, received_at, pack)
    session = offline(chosen, OfflineSettings())
    refused = 0
    for name in files:
        for is_refusal, line in session.lines(name, explain=explain):
            click.echo(line, err=is_refusal)
            refused += is_refusal
    if refused:
        raise click.exceptions.Exit(1)

"""`peerline publish`: send files of reports to an intake."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from services.offline.bodies import Body
from services.offline.files import STANDARD_INPUT

_FILE: Final = click.Path(exists=True, dir_okay=False, allow_dash=True)
_NEW_FILE: Final = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--pack", help="How rows are read: see below.")
@click.option("--url", help="The intake; else PEERLINE_URL, else http://127.0.0.1:8080.")
@click.option("--validate", is_flag=True, help="Only try: nothing is stored, nobody is contacted.")
@click.option("--refused", type=_NEW_FILE, help="Write refused reports here, as they were.")
@click.option(
    "--patience",
    type=click.IntRange(0, 24 * 60),
    default=10,
    show_default=True,
    help="Minutes to go on trying while intake is away or busy.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document a file, for programs.")
def command(
    files: tuple[str, ...],
    pack: str | None,
    url: str | None,
    *,
    validate: bool,
    refused: Path | None,
    patience: int,
    as_json: bool,
) -> None:
    """Send FILES of reports to an intake, of any size, and say what became of each report.

    A file is an export (CSV, TSV, semicolons, pipes; needs --pack), a report per line (.ndjson,
    .jsonl) or JSON: a report, an array, a FHIR resource or Bundle. It goes in requests of 500
    reports, in its order; each is sent until intake has made it durable. Stopped half-way, send
    the same file again: what is known is recognised, and nobody is contacted twice.

    Rows are read by intake, with a pack that is installed there. --pack names it, or the file that
    was installed (./ours.yaml): if intake has another version of it, nothing is sent.

    The token comes from PEERLINE_TOKEN or a file, PEERLINE_TOKEN_FILE; PEERLINE_CA_FILE names the
    authority of an intake with a certificate of your own. Exit code 1: a report was refused; 2:
    sending stopped.

    \b
      peerline publish export.csv --pack ./ours.yaml --validate
      peerline publish export.csv --pack ./ours.yaml --refused to-correct.csv
      peerline publish bundles/*.json --url https://intake.example.org
    """  # noqa: D301 - click's mark for lines that stay as they are
    from services.publish import bootstrap, pages  # noqa: PLC0415 - help stays fast
    from services.publish.settings import PublishSettings  # noqa: PLC0415

    settings = PublishSettings()
    if url is not None:
        settings = settings.model_copy(update={"peerline_url": url})
    order = bootstrap.Order(files, pack, validate, refused, patience * 60)
    is_refused = False
    with _bar(files) as advance:
        for file, found in bootstrap.publish(settings, order, advance):
            is_refused = is_refused or bool(found.refused)
            name = Path(file).name
            if as_json:
                click.echo(json.dumps(pages.document(name, found, is_trial=validate)))
            else:
                click.echo("\n".join(pages.page(name, found, is_trial=validate)))
    if is_refused:
        raise click.exceptions.Exit(1)


@contextmanager
def _bar(files: tuple[str, ...]) -> Iterator[Callable[[str, Body], None]]:
    """Give a callback for each answered request; a bar appears on a terminal only."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
        tasks = {
            file: bar.add_task(
                Path(file).name,
                total=None if file == STANDARD_INPUT else Path(file).stat().st_size,
            )
            for file in files
        }
        yield lambda file, body: bar.update(tasks[file], completed=body.read_bytes)

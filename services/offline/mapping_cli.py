"""`peerline mapping`: try packs on a file, draft one from an export, see what there is."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

from services.offline.settings import OfflineSettings

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_tenant: Final = click.option(
    "--tenant",
    default="offline",
    show_default=True,
    help="Whose settings, units and own packs count, if this site has the tenant.",
)


@click.group()
def group() -> None:
    """Map the rows of an export: packs, which are data and need no programmer.

    A pack is a YAML file that says what each column means. 'test' shows what a pack makes of a
    file and stores nothing; 'new' drafts a pack from an export; docs/publishers.md walks through
    the first hour.

    \b
      peerline mapping list                                    what ships with Peerline
      peerline mapping test export.csv --pack datixweb         what it makes of your export
      peerline mapping new export.csv --name ours > ours.yaml  a draft with every guess named
      peerline mapping test export.csv --pack ./ours.yaml
    """  # noqa: D301 - click's mark for lines that stay as they are


@group.command()
@click.argument("file", type=_FILE)
@click.option("--pack", required=True, help="A pack by name, or a file by its path (./ours.yaml).")
@_tenant
@click.option("--source", help="The source system whose settings count; needed if it has several.")
@click.option("--preview", default=1, show_default=True, help="How many reports to show, 0 to 3.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document for machines.")
def test(
    file: Path, pack: str, tenant: str, source: str | None, preview: int, *, as_json: bool
) -> None:
    """Show what a pack makes of FILE; nothing is stored and nobody is contacted.

    Which columns are used, dropped or read by nobody; which values have no meaning yet and how
    often they occur; what is refused and why; and the first canonical reports. FILE is CSV, TSV,
    semicolons or pipes, or a JSON object per line. Exit code 1 means that a row was refused.

    \b
      peerline mapping test export.csv --pack ./ours.yaml --json | jq .unmapped
    """  # noqa: D301
    from services.offline import survey_pages, trial  # noqa: PLC0415 - help stays fast
    from shared.clock import SystemClock  # noqa: PLC0415

    settings = OfflineSettings()
    wanted = trial.Trial(settings.config_folder, pack, tenant, source, SystemClock().now())
    with _bar(file) as advance:
        found = trial.run(wanted, file, advance)
    used = trial.pack_of(wanted.hints())
    if as_json:
        click.echo(json.dumps(survey_pages.document(file.name, used, found), ensure_ascii=False))
    else:
        click.echo("\n".join(survey_pages.pages(file.name, used, found, preview)))
    if found.refusals or not found.reports:
        raise click.exceptions.Exit(1)


@group.command("list")
@_tenant
def list_packs(tenant: str) -> None:
    """List the packs that ship with Peerline, and the tenant's own."""
    from services.offline.context import mapping_context  # noqa: PLC0415
    from shared.site.site import Site  # noqa: PLC0415

    packs = mapping_context(Site(OfflineSettings().config_folder), tenant, None).packs
    for pack in packs.values():
        click.echo(f"{pack.name:<16} {pack.version:>3}  {pack.title}")


@group.command()
@click.argument("pack")
@_tenant
def show(pack: str, tenant: str) -> None:
    """Show a pack as it counts, with what it extends, as YAML that loads again.

    PACK is a name, or a file by its path.
    """
    import yaml  # noqa: PLC0415

    from services.offline import trial  # noqa: PLC0415
    from services.offline.context import mapping_context  # noqa: PLC0415
    from shared.site.site import Site  # noqa: PLC0415

    context = mapping_context(Site(OfflineSettings().config_folder), tenant, None)
    found = trial.pack_of(trial.chosen(context, pack))
    whole = {name: value for name, value in found.document.items() if name != "extends"}
    click.echo(yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=100), nl=False)


@group.command()
@click.argument("file", type=_FILE)
@click.option("--name", help="The name of the pack; without it that of the file.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write here instead of to standard output; an existing file is not touched.",
)
def new(file: Path, name: str | None, output: Path | None) -> None:
    """Draft a pack from an export: a guess per column, each with its reason, to be corrected.

    Columns are guessed by their names and by what stands in them. Values that have no meaning yet
    are listed in the maps, commented out: give each one of the words beside it. The draft loads as
    it is; try it with 'peerline mapping test FILE --pack ./NAME.yaml'.
    """
    from services.offline import drafting  # noqa: PLC0415

    with _bar(file) as advance:
        text = drafting.draft(file, name or drafting.name_of(file), advance)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with output.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError:
        raise click.UsageError(f"{output} exists already; it is left as it is.") from None
    click.echo(f"Wrote {output}. Now: peerline mapping test {file} --pack {output}")


@contextmanager
def _bar(file: Path) -> Iterator[Callable[[int], None]]:
    """Give a callback for the bytes done; a bar appears on a terminal only."""
    console = Console(stderr=True)
    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(file.name, total=file.stat().st_size)
        yield lambda done: bar.update(task, completed=done)

"""`peerline directory`: import staff, supporters and coordinators from a CSV."""

from pathlib import Path

import click

from services.notifier.directory import template
from services.notifier.directory_columns import COLUMNS
from services.notifier.settings import NotifierSettings


def _columns() -> str:
    lines = []
    for rule in COLUMNS.values():
        needed = " (required)" if rule.is_required else ""
        lines.append(f"  {rule.name}{needed}: {rule.says or 'As written.'}")
        lines.append(f"      {rule.example}")
    return "\b\nColumns, in any order, each with an example:\n" + "\n".join(lines)


@click.group("directory", short_help="Import staff and supporters.")
def group() -> None:
    """Keep the directory: the only place where names and addresses live."""


@group.command("import", epilog=_columns())
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--tenant", required=True, help="The tenant that the people belong to.")
@click.option("--check", is_flag=True, help="Say what would happen; write nothing.")
def import_command(file: Path, tenant: str, *, check: bool) -> None:
    """Import FILE, all rows or none.

    Any identifier finds a person who is there already, so importing again updates. Nobody is
    removed. Findings name row numbers and columns, never what a cell holds.
    """
    from services.notifier import bootstrap  # noqa: PLC0415 - heavy

    click.echo(str(bootstrap.import_directory(NotifierSettings(), tenant, file, check=check)))


@group.command("template")
def template_command() -> None:
    """Print a sample CSV with every column and one made-up person."""
    click.echo(template(), nl=False)

"""`peerline rules new | schema`: a draft to begin with, and what an editor needs to help."""

import importlib.resources
import re
from pathlib import Path
from typing import Final

import click

from services.triage.domain.rule_drafts import draft_alone, draft_on
from services.triage.domain.rule_nodes import SLUG
from services.triage.domain.rule_schema import FILE_NAME
from services.triage.rule_files import SHIPPED
from services.triage.rules_cli.opening import find_set, open_set

_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)


class FileExistsAlreadyError(ValueError):
    """There is such a file; it is not written over."""


class NameUnreadableError(ValueError):
    """A rule set's name is lower-case letters, digits, _ and -."""


@click.command("new")
@click.argument("name")
@click.option(
    "--extends",
    "base",
    default=SHIPPED,
    show_default=True,
    metavar="SET",
    help="The set it stands on: one that ships, or one in the folder.",
)
@click.option("--alone", is_flag=True, help="Stand on no other set.")
@click.option("--folder", type=_FOLDER, default=".", help="Where to write it; default: here.")
def new(name: str, base: str, folder: Path, *, alone: bool) -> None:
    """Write NAME.yaml: a commented rule set that loads, for you to change.

    It stands on peerline-default and differs in nothing yet: what you may change, retire or add
    is in it as a comment. Its schema is written beside it, so that an editor with YAML support
    completes keys and codes while you type.

    \b
      peerline rules new northwick-policy
      peerline rules check northwick-policy.yaml
    """  # noqa: D301 - click's mark for lines that stay as they are
    if not re.fullmatch(SLUG, name):
        raise NameUnreadableError(
            f"'{name}' is no name of a rule set: write lower-case letters, digits, _ and -"
        )
    path = folder / f"{name}.yaml"
    if path.exists():
        raise FileExistsAlreadyError(f"{path} exists; choose another name, or change that file")
    path.write_text(
        draft_alone(name) if alone else draft_on(name, open_set(find_set(base, folder)))
    )
    (folder / FILE_NAME).write_text(schema_text())
    click.echo(f"{path} is a draft that loads; beside it {FILE_NAME} for your editor")


@click.command()
def schema() -> None:
    """Print the JSON Schema of rule files, for an editor."""
    click.echo(schema_text(), nl=False)


def schema_text() -> str:
    """Return the schema as it ships."""
    return importlib.resources.files("services.triage.rulesets").joinpath(FILE_NAME).read_text()

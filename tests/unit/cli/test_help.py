"""Every command of the product explains itself, with examples that can be copied."""

import re
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from services.cli import peerline


def _commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            assert member is not None
            yield from _commands(member, (*path, name))


COMMANDS = tuple(_commands(peerline))


def help_of(path: tuple[str, ...]) -> str:
    """Return what a command says of itself."""
    result = CliRunner().invoke(peerline, [*path, "--help"], prog_name="peerline")
    assert result.exit_code == 0
    return result.output


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_can_be_read(path: tuple[str, ...]) -> None:
    """A sentence of what it does, no mark of the text formatter, no line too wide to read."""
    text = help_of(path)

    assert text.startswith(" ".join(("Usage: peerline", *path)))
    assert "\\b" not in text
    assert "\b" not in text
    assert max(map(len, text.splitlines())) <= 110
    assert re.search(r"\.\n", text)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_examples_stand_on_lines_of_their_own(path: tuple[str, ...]) -> None:
    """An example that was wrapped into a paragraph cannot be copied."""
    lines = help_of(path).splitlines()[1:]

    for line in lines:
        assert not re.search(r"[^\s&] +peerline [a-z]+ [a-z-]+ --\w", line), line
        assert not re.search(r" \\ +\S", line), line

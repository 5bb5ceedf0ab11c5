"""What `peerline intake … --help` teaches: an example each, and lines that fit a terminal."""

import click
import pytest
from click.testing import CliRunner

from services.auditor.cli import group as audit
from services.intake.cli import group as intake
from services.tenants.cli import tenant

GROUPS = {"intake": intake, "audit": audit, "tenant": tenant}
COMMANDS = [(name, sub) for name, group in GROUPS.items() for sub in sorted(group.commands)]
WIDTH = 80


def told(name: str, *arguments: str) -> str:
    """Return what a command says of itself."""
    done = CliRunner().invoke(GROUPS[name], [*arguments, "--help"], terminal_width=WIDTH)
    assert done.exit_code == 0
    return done.output


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_no_mark_of_the_source_is_shown_and_no_line_is_too_long(name: str, command: str) -> None:
    """A mark that click does not find wraps the examples into one line that nobody can copy."""
    text = told(name, command)

    assert "\\b" not in text
    assert [line for line in text.splitlines() if len(line) > WIDTH + 10] == []


@pytest.mark.parametrize("command", sorted(intake.commands))
def test_every_command_of_intake_shows_how_it_is_typed(command: str) -> None:
    """On a line of its own, ready to be copied; http is tried with curl."""
    lines = [line.strip() for line in told("intake", command).splitlines()]
    wanted = "curl " if command == "http" else f"peerline intake {command}"

    assert any(line.startswith(wanted) for line in lines)


@pytest.mark.parametrize("command", sorted(intake.commands))
def test_every_option_says_what_it_is_for(command: str) -> None:
    """A name alone is no help."""
    found = intake.commands[command]

    for parameter in found.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_group_says_what_to_start_first() -> None:
    """The two processes without which nothing happens."""
    lines = [line.strip() for line in told("intake").splitlines()]

    assert {"peerline intake http", "peerline intake normalise"} <= set(lines)

"""How an error that reaches the command line is told: a refusal in words, a defect by its place.

The convention for all commands: a refusal is one of our own exceptions whose name ends in Error;
its text says what happened and why it matters, its optional `hint` what to do. It exits with 2.
Anything else is a defect: told without its text, which may quote a payload, and exits with 70
(sysexits: software).
"""

import traceback
from pathlib import PurePath
from typing import Final

import click
from pydantic import ValidationError

from shared.site.spelling import faults

REFUSED: Final = 2
DEFECT: Final = 70
_OURS: Final = ("services.", "shared.")
_PLACES_SHOWN: Final = 6


def tell(error: Exception) -> int:
    """Write what is wrong to standard error and return the exit code."""
    if isinstance(error, ValidationError):
        return _refuse(f"{error.title}: {'; '.join(faults(error))}", "Correct that setting.")
    if type(error).__module__.startswith("kafka."):
        return _refuse(
            f"Kafka did not answer as needed ({type(error).__name__})",
            "Look at 'peerline kafka status', or set KAFKA_BOOTSTRAP_SERVERS. With access "
            "control the password may be wrong, or a right is missing ('peerline kafka acls').",
        )
    if _is_ours(error):
        return _refuse(str(error), getattr(error, "hint", ""))
    return _defect(error)


def _is_ours(error: Exception) -> bool:
    kind = type(error)
    ours = kind.__module__.startswith(_OURS) and kind.__name__.endswith("Error")
    return ours or isinstance(getattr(error, "hint", None), str)


def _refuse(message: str, hint: str) -> int:
    click.echo(f"peerline: {message}", err=True)
    if hint:
        click.echo(f"  {hint}", err=True)
    return REFUSED


def _defect(error: Exception) -> int:
    frames = traceback.extract_tb(error.__traceback__)[-_PLACES_SHOWN:]
    places = [f"  at {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]
    click.echo(f"peerline: a defect in Peerline: {type(error).__name__}", err=True)
    click.echo("\n".join(reversed(places)), err=True)
    click.echo("  Please report it with these lines; they hold no data.", err=True)
    return DEFECT


def _short(filename: str) -> str:
    return "/".join(PurePath(filename).parts[-3:])

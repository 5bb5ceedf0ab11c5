"""Processes by pid and start: a number alone may by now belong to somebody else."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from shared.clock import monotonic

_PROC: Final = Path("/proc")
_PS: Final = "/bin/ps"  # where there is no /proc: macOS
_AFTER_NAME_STATE: Final = 0
_AFTER_NAME_START: Final = 19  # field 22 of proc(5) stat, counted after pid and name
_WAIT_SECONDS: Final = 0.05


def start_mark(pid: int) -> str | None:
    """Return what tells this process from a later one with its pid; None if it does not run."""
    if (_PROC / "self" / "stat").exists():
        return _mark_of_proc(pid)
    answer = subprocess.run(  # noqa: S603 - a fixed program, a number as its argument
        [_PS, "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def _mark_of_proc(pid: int) -> str | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    # The name may hold spaces and brackets: fields are counted after the last bracket.
    fields = text.rpartition(")")[2].split()
    return None if fields[_AFTER_NAME_STATE] in {"Z", "X"} else fields[_AFTER_NAME_START]


def runs(pid: int, mark: str) -> bool:
    """Return whether the process with this pid and start still runs."""
    return start_mark(pid) == mark


def end(pid: int, mark: str, patience_seconds: float) -> None:
    """Ask the process to end, and make it end when it has not after `patience_seconds`."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if not runs(pid, mark):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        _wait(pid, mark, patience_seconds)


def _wait(pid: int, mark: str, seconds: float) -> None:
    until = monotonic() + seconds
    while runs(pid, mark) and monotonic() < until:
        time.sleep(_WAIT_SECONDS)

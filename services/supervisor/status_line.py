"""Tells the terminal how the services stand: a line that is rewritten, or one line per change."""

import threading
from collections.abc import Sequence
from typing import Final, TextIO

from services.supervisor.child import Standing, State

_CLEAR: Final = "\r\x1b[K"


def change(standing: Standing) -> str:
    """Return one line about what a service has just done."""
    if standing.state is State.RUNNING:
        again = f", start {standing.restarts + 1}" if standing.restarts else ""
        return f"{standing.name:<18} runs, pid {standing.pid}{again}"
    if standing.state is State.WAITING:
        return f"{standing.name:<18} ended ({_ending(standing.exit_code)}), will be started again"
    return f"{standing.name:<18} stopped"


def _ending(code: int | None) -> str:
    if code is None:
        return "unknown"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def summary(standings: Sequence[Standing], seconds: float) -> str:
    """Return `5 of 5 services run, 0 restarts, up 0:01:23`."""
    running = sum(1 for standing in standings if standing.state is State.RUNNING)
    restarts = sum(standing.restarts for standing in standings)
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{running} of {len(standings)} services run, {restarts} restarts, "
        f"up {hours}:{minutes:02}:{rest:02}"
    )


class StatusLine:
    """Writes changes to `out`; between them, on a terminal, a line that is rewritten."""

    def __init__(self, out: TextIO) -> None:
        """Nothing is written yet; several threads may write."""
        self._out = out
        self._terminal = out.isatty()
        self._alone = threading.Lock()

    def say(self, line: str) -> None:
        """Write a line that stays."""
        with self._alone:
            self._out.write(f"{_CLEAR if self._terminal else ''}{line}\n")
            self._out.flush()

    def observe(self, standing: Standing) -> None:
        """Write what a service has just done; the observer of a Supervisor."""
        self.say(change(standing))

    def tick(self, standings: Sequence[Standing], seconds: float) -> None:
        """Rewrite the summary; silent where no terminal is."""
        if self._terminal:
            with self._alone:
                self._out.write(_CLEAR + summary(standings, seconds))
                self._out.flush()

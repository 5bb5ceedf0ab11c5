"""The lives of one service: started, its end noticed, started again with back-off."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from services.supervisor.child import Child, Standing, State

_LEASH: Final = str(Path(__file__).with_name("leash.py"))
_LOG_LIMIT_BYTES: Final = 10 * 1024 * 1024
_FIRST_DELAY_SECONDS: Final = 0.2
_LONGEST_DELAY_SECONDS: Final = 10.0
STEADY_SECONDS: Final = 20.0


def restart_delay(failures: int) -> float:
    """Return the seconds to wait after so many quick ends in a row: 0.2, 0.4, … at most 10."""
    return float(min(_FIRST_DELAY_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_DELAY_SECONDS))


class Life:
    """One service and its process; the supervisor's thread's alone, but for `standing`."""

    def __init__(self, child: Child, log: Path, delay: Callable[[int], float]) -> None:
        """Nothing runs yet."""
        self.child = child
        self.log = log
        self.standing = Standing(child.name, State.WAITING, None, 0, None)
        self._delay = delay
        self._process: subprocess.Popen[bytes] | None = None
        self._failures = 0
        self._started_at = 0.0
        self._due_at = 0.0

    def look(self, now: float) -> None:
        """Notice an end; start the service when that is due. `now` in seconds of a steady clock."""
        if self._process is None:
            if now >= self._due_at:
                self._spawn(now)
            return
        code = self._process.poll()
        if code is not None:
            self._ended(code, now)

    def stop(self) -> None:
        """Ask the service to end, wait, kill what is left of its process group."""
        if self._process is None:
            self._show(State.STOPPED, None, self.standing.exit_code)
            return
        self._process.terminate()
        try:
            code = self._process.wait(self.child.stop_seconds)
        except subprocess.TimeoutExpired:
            self._kill_group()
            code = self._process.wait()
        self._kill_group()
        self._process = None
        self._show(State.STOPPED, None, code)

    def _spawn(self, now: float) -> None:
        again = self.standing.exit_code is not None
        with self._open_log() as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-I", "-S", _LEASH, str(os.getpid()), *self.child.program],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.child.environment,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them in order
            )
        self._started_at = now
        restarts = self.standing.restarts + (1 if again else 0)
        self._show(State.RUNNING, self._process.pid, self.standing.exit_code, restarts)

    def _ended(self, code: int, now: float) -> None:
        steady = now - self._started_at >= STEADY_SECONDS
        self._failures = 1 if steady else self._failures + 1
        self._due_at = now + self._delay(self._failures)
        self._kill_group()
        self._process = None
        self._show(State.WAITING, None, code)

    def _kill_group(self) -> None:
        # Its own children, if it had any, must not write beside the next life.
        if self._process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _show(
        self, state: State, pid: int | None, code: int | None, restarts: int | None = None
    ) -> None:
        counted = self.standing.restarts if restarts is None else restarts
        self.standing = Standing(self.child.name, state, pid, counted, code)

    def _open_log(self) -> BinaryIO:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        return self.log.open("ab")

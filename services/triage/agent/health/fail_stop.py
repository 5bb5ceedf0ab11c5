"""The end of a worker that cannot go on: one log line, exit code 1, no repair."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Final, NoReturn

from shared.observability import event_log

EXIT_CODE: Final = 1
log = event_log("triage")


def leave(code: int) -> NoReturn:
    """Flush what was logged and end at once: no handler may commit anything any more."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class FailStop:
    """Called with what broke (a word) and the exception; its type is logged, never its text."""

    def __init__(self, leave: Callable[[int], object] = leave) -> None:
        """`leave` ends the process; tests pass a recorder."""
        self._leave = leave

    def __call__(self, what: str, problem: BaseException) -> None:
        """End the process with exit code 1."""
        log.fault("worker_stops", problem, reason=what)
        self._leave(EXIT_CODE)

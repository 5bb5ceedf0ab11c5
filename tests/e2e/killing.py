"""Kills services with -9 in turn; a kill counts only if that life had committed work before it."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.supervisor.tree import Supervisor

_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 20.0


@dataclass(slots=True)
class Killer:
    """`work` counts, per service, what it has committed so far, as seen from outside."""

    supervisor: Supervisor
    work: Mapping[str, Callable[[], int]]
    rounds: int
    counted: Counter[str] = field(default_factory=Counter)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to kill in a thread."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def finish(self) -> Counter[str]:
        """Wait for the last kill and return how many counted, per service."""
        assert self._thread is not None
        self._thread.join()
        return self.counted

    def _run(self) -> None:
        for _ in range(self.rounds):
            for name in self.work:
                self._kill(name)

    def _kill(self, name: str) -> None:
        pid, before = self._life(name), self.work[name]()
        until = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < until:
            if self.work[name]() > before and self.supervisor.pids().get(name) == pid:
                os.kill(pid, signal.SIGKILL)
                self.counted[name] += 1
                self._await_next_life(name, pid)
                return
            time.sleep(_LOOK_SECONDS)

    def _life(self, name: str) -> int:
        while (pid := self.supervisor.pids().get(name)) is None:
            time.sleep(_LOOK_SECONDS)
        return pid

    def _await_next_life(self, name: str, dead: int) -> None:
        while self._life(name) == dead:
            time.sleep(_LOOK_SECONDS)

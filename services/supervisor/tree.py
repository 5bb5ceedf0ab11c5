"""The supervisor: starts services in order, restarts what dies, stops all in order."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from services.supervisor.child import Child, Standing, State
from services.supervisor.life import Life, restart_delay
from services.supervisor.refusals import ChildNotReadyError
from shared.clock import monotonic

_LOOK_SECONDS: Final = 0.05
_ASK_AGAIN_SECONDS: Final = 0.1
_DEATHS_BEFORE_READY: Final = 3

Observer = Callable[[Standing], None]


def unobserved(_: Standing) -> None:
    """Tell nobody."""


class Supervisor:
    """A process tree of `children`, each with its own log file `<log_folder>/<name>.log`.

    `clock` gives seconds that never jump; `delay` the seconds before a restart after so many quick
    ends; `observe` is called from the supervisor's thread when a service starts, ends or stops.
    """

    def __init__(
        self,
        children: Sequence[Child],
        log_folder: Path,
        *,
        clock: Callable[[], float] = monotonic,
        delay: Callable[[int], float] = restart_delay,
        observe: Observer = unobserved,
    ) -> None:
        """Nothing is started yet."""
        self._lives = [Life(child, log_folder / f"{child.name}.log", delay) for child in children]
        self._clock = clock
        self._observe = observe
        self._seen: dict[str, Standing] = {}
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        # One thread forks and outlives every child: the leash is tied to it.
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start every service and return when all are ready.

        Raises:
            ChildNotReadyError: one was not in time, or died three times before; all are stopped.
            OSError: a log file or a process cannot be made.
        """
        self._thread.start()
        try:
            for life in self._lives:
                self._await_ready(life)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all services in the order of their start; safe to repeat."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def pids(self) -> Mapping[str, int]:
        """Return the pid of each service that runs now."""
        return {
            standing.name: standing.pid for standing in self.standings() if standing.pid is not None
        }

    def restarts(self) -> Mapping[str, int]:
        """Return how often each service was started again."""
        return {standing.name: standing.restarts for standing in self.standings()}

    def standings(self) -> tuple[Standing, ...]:
        """Return where each service stands, in the order of their start."""
        return tuple(life.standing for life in self._lives)

    def check(self) -> None:
        """Return while the supervisor looks after its services; raise what ended it otherwise."""
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Self:
        """Start; see `start`."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; see `stop`."""
        self.stop()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                for life in self._lives:
                    life.look(self._clock())
                    self._tell(life)
                self._stopping.wait(_LOOK_SECONDS)
        except Exception as error:  # noqa: BLE001 - told to whoever waits, see `check`
            self._failure = error
        finally:
            for life in self._lives:
                life.stop()
                self._tell(life)

    def _tell(self, life: Life) -> None:
        if self._seen.get(life.child.name) is not life.standing:
            self._seen[life.child.name] = life.standing
            self._observe(life.standing)

    def _await_ready(self, life: Life) -> None:
        until = monotonic() + life.child.ready_seconds
        while not _is_ready(life):
            self.check()
            if life.standing.restarts >= _DEATHS_BEFORE_READY:
                what = f"ended {_DEATHS_BEFORE_READY} times ({_ending(life.standing)})"
                raise ChildNotReadyError(life.child.name, what, life.log)
            if monotonic() > until:
                what = f"was not ready within {life.child.ready_seconds:g} s"
                raise ChildNotReadyError(life.child.name, what, life.log)
            self._stopping.wait(_ASK_AGAIN_SECONDS)


def _is_ready(life: Life) -> bool:
    running = life.standing.state is State.RUNNING
    return running and (life.child.is_ready is None or life.child.is_ready())


def _ending(standing: Standing) -> str:
    code = standing.exit_code
    if code is None:
        return "unknown"
    return f"signal {-code}" if code < 0 else f"exit code {code}"

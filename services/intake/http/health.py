"""Is intake alive, started, ready: asked by supervisors and orchestrators, answered in a moment."""

import threading
from collections.abc import Callable, Mapping
from typing import Final

from shared.observability import event_log

KEPT_SECONDS: Final = 5.0
Check = Callable[[], None]


class Readiness:
    """Runs named checks and keeps the answer for a few seconds, however often it is asked.

    A check returns when what it looks at works, and raises anything else. The answer names the
    failed checks and the types of their errors, nothing more.
    """

    def __init__(self, checks: Mapping[str, Check], monotonic: Callable[[], float]) -> None:
        """Take the checks in the order in which they are run."""
        self._checks = checks
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._failed: dict[str, str] = {}
        self._log = event_log("intake-http")

    def __call__(self) -> Mapping[str, str]:
        """Return check → error type of what fails now; empty when intake is ready. Blocks."""
        with self._lock:
            now = self._monotonic()
            if self._asked_at is None or now - self._asked_at >= KEPT_SECONDS:
                self._note({name: kind for name in self._checks if (kind := self._run(name))})
                self._asked_at = self._monotonic()
            return self._failed

    def _run(self, name: str) -> str | None:
        try:
            self._checks[name]()
        except Exception as error:  # noqa: BLE001 - whatever fails, intake is not ready
            return type(error).__name__
        return None

    def _note(self, failed: dict[str, str]) -> None:
        if failed != self._failed:
            state = "not_ready" if failed else "ready"
            self._log.notice("readiness_changed", state=state, reason=",".join(sorted(failed)))
        self._failed = failed

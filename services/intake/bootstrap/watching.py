"""What intake's workers have in common: they stop when told, show that they live, never stall."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.clock import monotonic
from shared.health import serve_health
from shared.observability import Metrics, event_log

_WATCH_SECONDS: Final = 1.0
# A poll waits half a second and a transaction ends within seconds, with or without a broker.
_ALIVE_SECONDS: Final = 15.0


def stop_on_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop


def watch(
    progress: Path, limit: float, progress_at: Callable[[], float], stop: threading.Event
) -> None:
    """Keep the file `progress` fresh, and end the process when nothing moved for `limit` seconds.

    `progress_at` returns the monotonic second of the last move. Returns at once; `stop` ends it.
    """
    progress.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def look() -> None:
        while not stop.wait(_WATCH_SECONDS):
            if monotonic() - progress_at() > limit:
                event_log("intake").alarm("standstill", state="ended")
                os._exit(1)
            progress.touch()

    threading.Thread(target=look, name="watchdog", daemon=True).start()


@contextmanager
def health_port(
    port: int | None, progress_at: Callable[[], float], metrics: Metrics
) -> Iterator[int | None]:
    """Serve /healthz, /startupz, /readyz and /metrics on loopback within the block.

    Gives the port: 0 picks a free one, None serves nothing. Ready means that the loop goes round;
    a broker or database that is away makes it wait, not unready, or one blink would end everything.
    """
    if port is None:
        yield None
        return
    begun = progress_at()

    def is_alive() -> bool:
        return monotonic() - progress_at() < _ALIVE_SECONDS

    def has_started() -> bool:
        return progress_at() > begun

    checks = {
        "/healthz": is_alive,
        "/startupz": has_started,
        "/readyz": lambda: is_alive() and has_started(),
    }
    server = serve_health(port, checks, metrics.text)
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()

"""What the processes without a port have in common: they stop when told, and never stand still."""

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shared.clock import monotonic
from shared.observability import event_log

_WATCH_SECONDS: Final = 1.0


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

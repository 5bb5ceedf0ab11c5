"""Statuses are kept for a time that the site sets, then forgotten; reports are not touched."""

import threading
from datetime import timedelta
from typing import Final

from services.intake.keystore.errors import KeyStoreUnavailableError
from services.intake.status.store import StatusStore
from shared.clock import Clock
from shared.observability import event_log

_EVERY_SECONDS: Final = 3600.0


def forget_old_statuses(
    statuses: StatusStore, clock: Clock, keep: timedelta, stop: threading.Event
) -> None:
    """Forget once an hour what was received longer ago than `keep`; returns at once."""

    def work() -> None:
        while not stop.wait(_EVERY_SECONDS):
            try:
                statuses.prune(clock.now() - keep)
            except KeyStoreUnavailableError as error:
                event_log("intake").notice("statuses_not_pruned", error_type=error.error_type)

    threading.Thread(target=work, name="statuses", daemon=True).start()

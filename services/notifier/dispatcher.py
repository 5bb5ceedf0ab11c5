"""Runs what falls due: one loop for timers and doubts, some for sending; woken on commit."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from services.notifier.due import act_on_due
from services.notifier.sender import Sender
from services.notifier.store.engine import SQL_DOWN, Store
from services.notifier.wake import Wake
from shared.clock import monotonic
from shared.kafka.backoff import pause_seconds
from shared.observability import event_log

POLL_SECONDS: Final = 1.0
SWEEP_SECONDS: Final = 1.0
log = event_log("notifier")


@dataclass(slots=True)
class Pulse:
    """When a loop last went round, in `monotonic()` seconds; health reads it."""

    at: float = 0.0


@dataclass(slots=True)
class Bells:
    """One for each sort of loop, so that nobody is woken for nothing."""

    timers: Wake = field(default_factory=Wake)
    senders: Wake = field(default_factory=Wake)
    relay: Wake = field(default_factory=Wake)

    def ring(self) -> None:
        """Something was committed that may concern everybody."""
        for bell in (self.timers, self.senders, self.relay):
            bell.ring()


def run_timers(
    store: Store, sender: Sender, bells: Bells, pulse: Pulse, stop: threading.Event
) -> None:
    """Act on due timers until `stop` is set; turn expired sends into doubts.

    While SQL is down it tries again in place, for ever.
    """
    swept_at = -SWEEP_SECONDS

    def turn() -> bool:
        nonlocal swept_at
        if monotonic() - swept_at >= SWEEP_SECONDS:
            swept_at = monotonic()
            sender.sweep()
        with store.begin() as unit:
            done = act_on_due(unit, sender.clock.now())
        if done:
            bells.senders.ring()
            bells.relay.ring()
        return done

    _loop("timers", turn, bells.timers, pulse, stop)


def run_sender(sender: Sender, bells: Bells, pulse: Pulse, stop: threading.Event) -> None:
    """Send what is due until `stop` is set; several of these may run at once."""

    def turn() -> bool:
        sent = sender.send_one()
        if sent:
            bells.timers.ring()
            bells.relay.ring()
        return sent

    _loop("sender", turn, bells.senders, pulse, stop)


def _loop(
    name: str, turn: Callable[[], bool], wake: Wake, pulse: Pulse, stop: threading.Event
) -> None:
    failures = 0
    while not stop.is_set():
        mark = wake.heard()
        pulse.at = monotonic()
        try:
            busy = turn()
            failures = 0
        except SQL_DOWN as error:
            failures += 1
            log.notice("sql_unavailable", reason=name, error_type=type(error).__name__)
            stop.wait(pause_seconds(failures, name))
            continue
        if not busy:
            wake.wait(mark, POLL_SECONDS)

"""The life of one worker: start, run until told to stop, finish what is being written, leave."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any, Final, Protocol

from services.triage.agent.assignment import Assignment
from services.triage.agent.health.progress import Phase, Progress
from services.triage.chunks import ChunkApp
from shared.observability import event_log

PULSE_SECONDS: Final = 0.5
POSITION_SECONDS: Final = 5.0
log = event_log("triage")


class Rules(Protocol):
    """Where the rules come from; called by the worker only."""

    async def read_to_end(self) -> None:
        """Return once everything that is published has been read; may take minutes."""
        ...

    async def follow(self) -> None:
        """Take what is published from now on, until cancelled."""
        ...

    def is_current(self) -> bool:
        """Return whether nothing published can have been missed."""
        ...

    async def close(self) -> None:
        """Disconnect."""
        ...


class FeedDiedError(RuntimeError):
    """Faust gave up on its consumer."""


class Worker:
    """Runs a bound Faust application; `pulse` is called about once a second with the progress."""

    def __init__(
        self,
        app: ChunkApp,
        assignment: Assignment,
        progress: Progress,
        rules: Rules,
        pulse: Callable[[Progress], None],
    ) -> None:
        """Use the given parts; nothing runs yet."""
        self._rules = rules
        self._app = app
        self._assignment = assignment
        self._progress = progress
        self._pulse = pulse
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Run until SIGTERM, SIGINT or `stop`; finish the chunk in hand and leave."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        living = asyncio.ensure_future(self._live())
        pulsing = asyncio.ensure_future(self._pulses())
        stopping = asyncio.ensure_future(self._stop.wait())
        try:
            done, _ = await asyncio.wait(
                {living, pulsing, stopping}, return_when=asyncio.FIRST_COMPLETED
            )
            for finished in done:
                finished.result()
        finally:
            await self._leave(living, pulsing, stopping)

    def stop(self) -> None:
        """Ask the worker to leave; `run` returns when it has."""
        self._stop.set()

    async def _live(self) -> None:
        await self._rules.read_to_end()
        await self._app.start()
        self._progress.phase = Phase.RUNNING
        log.info("worker_runs")
        await self._rules.follow()

    async def _pulses(self) -> None:
        while True:
            await asyncio.sleep(PULSE_SECONDS)
            if self._app.crashed:
                raise FeedDiedError from self._app.crash_reason
            self._progress.rules_ready = self._rules.is_current()
            self._progress.keep(self._assignment.wanted())
            self._progress.see(await self._positions(), self._assignment.decided_to())
            self._pulse(self._progress)

    async def _positions(self) -> dict[int, int]:
        positions = dict(self._progress.positions)
        held = self._assignment.partitions()
        for partition in held:
            # Without an answer the last position stands: for the watchdog that is "nothing moved".
            with contextlib.suppress(Exception):
                found = await asyncio.wait_for(self._app.position(partition), POSITION_SECONDS)
                positions[partition] = found or 0
        return {partition: at for partition, at in positions.items() if partition in held}

    async def _leave(self, *running: asyncio.Future[Any]) -> None:
        self._progress.phase = Phase.DRAINING
        log.info("worker_leaves")
        if self._app.started:
            await self._app.consumer.close_gate()
        for task in running:
            task.cancel()
        await self._app.stop()
        await self._assignment.close()
        await self._rules.close()

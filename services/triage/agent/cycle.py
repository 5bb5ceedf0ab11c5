"""One chunk through the agent: trim, mark, decide, commit; then, and only then, the next."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from services.triage.agent.assignment import Assignment, Held
from services.triage.agent.health.progress import Progress
from services.triage.agent.stretch import Deciding, Failure, Stretch, decide_stretch
from services.triage.chunks import Chunk
from services.triage.journal.crash_points import CrashPoints, Step, no_crash
from services.triage.journal.suspicion import Suspicion, after_failure, mark_before
from shared.clock import monotonic
from shared.contracts.words import RejectionCode
from shared.kafka.records import Incoming
from shared.observability import Metrics, event_log

RETRY_WAITING_SECONDS: Final = 5.0
RETRY_LOST_SECONDS: Final = 30.0
log = event_log("triage")


class DecideFailedError(RuntimeError):
    """Deciding raised; it is counted, this life ends, and the next one takes records one by one."""

    def __init__(self, failure: Failure) -> None:
        """Keep where and what type."""
        super().__init__(
            f"deciding the record at offset {failure.offset} raised {failure.error_type}"
        )


class Cycle:
    """Takes chunks; whatever goes wrong ends the process through `fail_stop`."""

    def __init__(
        self,
        deciding: Deciding,
        assignment: Assignment,
        progress: Progress,
        fail_stop: Callable[[str, BaseException], None],
        reach: CrashPoints = no_crash,
    ) -> None:
        """Use the given parts."""
        self._reach = reach
        self._deciding = deciding
        self._assignment = assignment
        self._progress = progress
        self._fail_stop = fail_stop

    async def take(self, chunk: Chunk) -> None:
        """Decide and commit a chunk; a cancellation does not reach work that has begun."""
        if chunk.begin():
            await asyncio.shield(asyncio.ensure_future(self._guarded(chunk)))

    async def _guarded(self, chunk: Chunk) -> None:
        progress = self._progress
        begun = progress.in_hand_since = monotonic()
        progress.undecided_ms[chunk.partition] = chunk.records[0].timestamp_ms
        try:
            await self._work(chunk)
            progress.in_hand_since = None
            if not chunk.hold_seconds:
                progress.undecided_ms.pop(chunk.partition, None)
                progress.metrics.observe("triage_decision_seconds", monotonic() - begun)
        except DecideFailedError as problem:
            self._fail_stop("decide", problem.__cause__ or problem)
        except BaseException as problem:  # noqa: BLE001  # fail-stop: nothing is repaired in place
            self._fail_stop("journal", problem)

    async def _work(self, chunk: Chunk) -> None:
        self._reach(Step.AFTER_READ)
        if not await self._assignment.ready(chunk.partition):
            self._progress.waiting[chunk.partition] = monotonic()
            chunk.settle(0, hold_seconds=RETRY_LOST_SECONDS)
            return
        held = self._assignment[chunk.partition]
        fresh = held.journal.trim(chunk.records)
        trimmed = len(chunk.records) - len(fresh)
        if not fresh:
            chunk.settle(trimmed)
            return
        stretch = await self._decide(held, fresh)
        self._reach(Step.AFTER_DECIDE)
        await self._commit(held, stretch)
        self._tell(chunk, trimmed, stretch)

    async def _decide(self, held: Held, fresh: Sequence[Incoming]) -> Stretch:
        journal = held.journal
        if journal.suspicion is not None:
            # Somewhere in here a life ended: one by one, until the stretch is passed.
            fresh = fresh[:1]
        mark = mark_before(
            journal.suspicion,
            fresh[0].offset,
            fresh[-1].offset + 1,
            is_first=held.is_first_chunk,
        )
        if mark is not None:
            await journal.remember(mark)
        stretch = decide_stretch(self._deciding, held.memory, fresh, journal.suspicion)
        if mark is not None and stretch.failure is None:
            await journal.remember(mark.closed())
        held.is_first_chunk = False
        return stretch

    async def _commit(self, held: Held, stretch: Stretch) -> None:
        if stretch.taken:
            await held.journal.commit(stretch.outputs, stretch.memos, stretch.next_offset)
        if stretch.failure is not None:
            await held.journal.remember(_death(held.journal.suspicion, stretch.failure))
            raise DecideFailedError(stretch.failure) from stretch.failure.error

    def _tell(self, chunk: Chunk, trimmed: int, stretch: Stretch) -> None:
        progress = self._progress
        progress.chunks += 1
        progress.decided += stretch.decided
        progress.outputs += len(stretch.outputs)
        progress.waiting.pop(chunk.partition, None)
        if stretch.taken:
            progress.moved()
            progress.committed_at = monotonic()
        count(progress.metrics, stretch)
        for rejection in stretch.paged:
            log.alarm("report_parked", topic=rejection.topic, partition=rejection.partition)
        hold_seconds = 0.0
        if stretch.waits_for is not None:
            hold_seconds = RETRY_WAITING_SECONDS
            progress.waiting[chunk.partition] = monotonic()
            waiting = chunk.records[trimmed + stretch.taken]
            progress.undecided_ms[chunk.partition] = waiting.timestamp_ms
            log.alarm("report_waits_for_rules", tenant=stretch.waits_for, partition=chunk.partition)
        chunk.settle(trimmed + stretch.taken, hold_seconds=hold_seconds)


def count(metrics: Metrics, stretch: Stretch) -> None:
    """Count what one committed stretch came to: per chunk, as counting per report would cost."""
    metrics.count("triage_decisions_total", stretch.decided)
    for code, number in stretch.refused.items():
        metrics.count("triage_rejected_total", number, reason=code.value)
    metrics.count("triage_parked_total", stretch.refused[RejectionCode.DECIDE_ERROR])


def _death(suspicion: Suspicion | None, failure: Failure) -> Suspicion:
    return after_failure(suspicion, failure.offset, failure.error_type)

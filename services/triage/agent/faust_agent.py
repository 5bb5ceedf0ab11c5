"""Binds the cycle to Faust: the agent over chunks, and what happens when partitions come and go."""

from collections.abc import Callable

import faust
from faust.types import TP

from services.triage.agent.assignment import Assignment
from services.triage.agent.cycle import Cycle
from services.triage.chunks import ChunkApp


def bind(
    app: ChunkApp,
    cycle: Cycle,
    assignment: Assignment,
    fail_stop: Callable[[str, BaseException], None],
) -> None:
    """Attach the agent and the rebalance hooks to `app`, before it starts."""

    async def decide_chunks(stream: faust.StreamT) -> None:
        async for chunk in stream.noack():
            await cycle.take(chunk)

    async def let_go(_app: ChunkApp, _revoked: set[TP], **_signal: object) -> None:
        await app.consumer.let_go()

    async def take_over(_app: ChunkApp, **_signal: object) -> None:
        # Awaited before Faust seeks and resumes: nothing flows into a half-restored state.
        try:
            await assignment.change(app.assigned())
        except Exception as problem:  # noqa: BLE001  # fail-stop: nothing is repaired in place
            fail_stop("restore", problem)

    app.agent(app.chunks(), name="decide", concurrency=1)(decide_chunks)
    app.on_partitions_revoked.connect(let_go)
    app.on_rebalance_complete.connect(take_over)

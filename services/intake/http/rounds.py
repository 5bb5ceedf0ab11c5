"""Work that waits at the same moment is carried out together, in a thread, round by round.

What costs the same for one request and for fifty, a commit, a thread, is then paid once.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from starlette.concurrency import run_in_threadpool

# While one round waits for the disk and for Kafka, another maps: there is one interpreter lock.
AT_ONCE: Final = 2
MOST: Final = 64
LARGE_BYTES: Final = 64 * 1024
Work = TypeVar("Work")
Done = TypeVar("Done")


class Rounds(Generic[Work, Done]):
    """Used from one event loop; a round is never waited for, so that a lone request loses no time.

    Large work keeps nobody waiting: it goes alone, beside the rounds. `carry_out` blocks; it gives
    one result per work, or the exception that the work's own caller is to get.
    """

    def __init__(
        self,
        carry_out: Callable[[Sequence[Work]], Sequence[Done | Exception]],
        size: Callable[[Work], int],
    ) -> None:
        """Take what carries out a round, and what tells the bytes of one work."""
        self._carry_out = carry_out
        self._size = size
        self._waiting: deque[tuple[Work, asyncio.Future[Done]]] = deque()
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, work: Work) -> Done:
        """Return the result of `work`, or raise its exception."""
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        if self._size(work) > LARGE_BYTES:
            await self._carried_out([(work, future)])
        else:
            self._waiting.append((work, future))
            self._begin()
        return await future

    def _begin(self) -> None:
        while self._waiting and len(self._running) < AT_ONCE:
            count = min(MOST, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(count)]
            round_ = asyncio.create_task(self._round(taken))
            self._running.add(round_)

    async def _round(self, taken: Sequence[tuple[Work, asyncio.Future[Done]]]) -> None:
        try:
            await self._carried_out(taken)
        finally:
            self._running.discard(asyncio.current_task())
            self._begin()

    async def _carried_out(self, taken: Sequence[tuple[Work, asyncio.Future[Done]]]) -> None:
        results: Sequence[Done | Exception]
        try:
            results = await run_in_threadpool(self._carry_out, [work for work, _ in taken])
        except Exception as error:  # noqa: BLE001 - each caller raises it as its own
            results = [error] * len(taken)
        for (_, future), result in zip(taken, results, strict=True):
            if future.done():
                continue  # its request was given up
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)

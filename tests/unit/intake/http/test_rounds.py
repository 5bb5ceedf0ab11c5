"""Requests that come together are carried out together, and no one's failure is another's."""

import asyncio
import threading
from collections.abc import Awaitable, Sequence

import pytest

from services.intake.http.rounds import AT_ONCE, LARGE_BYTES, MOST, Rounds


class Desk:
    """Carries out work once `open` is set; remembers each round; "bad" work fails by itself."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        self.is_broken = False

    def __call__(self, works: Sequence[str]) -> Sequence[str | Exception]:
        self.rounds.append(list(works))
        self.begun.release()
        assert self.open.wait(10)
        if self.is_broken:
            raise OSError
        return [ValueError(work) if work == "bad" else work.upper() for work in works]


async def _outcomes(desk: Desk, *works: str) -> list[str | BaseException]:
    rounds = Rounds(desk, len)
    tasks: list[Awaitable[str]] = []
    for work in works:
        tasks.append(asyncio.ensure_future(rounds(work)))
        await asyncio.sleep(0)
    for _ in works[:AT_ONCE]:
        await asyncio.to_thread(desk.begun.acquire, timeout=10)
    desk.open.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_lone_request_waits_for_nobody() -> None:
    """It is a round of its own at once."""
    desk = Desk()

    assert await _outcomes(desk, "a") == ["A"]
    assert desk.rounds == [["a"]]


async def test_what_waits_meanwhile_goes_together() -> None:
    """The rounds that can run do; everything after them is one."""
    desk = Desk()

    assert await _outcomes(desk, *"abcdefg") == list("ABCDEFG")
    alone = [[work] for work in "abcdefg"[:AT_ONCE]]
    assert sorted(desk.rounds) == [*alone, list("abcdefg"[AT_ONCE:])]  # threads may start late


async def test_a_round_is_bounded() -> None:
    """However many wait, an answer is never far."""
    desk = Desk()

    await _outcomes(desk, *("x" for _ in range(AT_ONCE + MOST + 1)))

    assert sorted(len(works) for works in desk.rounds) == [1] * (AT_ONCE + 1) + [MOST]


async def test_large_work_keeps_nobody_waiting() -> None:
    """It goes beside the rounds."""
    desk, large = Desk(), "l" * (LARGE_BYTES + 1)

    await _outcomes(desk, *[large] * AT_ONCE, "a")

    assert sorted(map(len, desk.rounds)) == [1] * (AT_ONCE + 1)


async def test_one_failure_is_no_others() -> None:
    """Its own caller raises it."""
    found = await _outcomes(Desk(), "a", "b", "bad", "c")

    assert [*found[:2], found[3]] == ["A", "B", "C"]
    assert isinstance(found[2], ValueError)


async def test_a_round_that_fails_fails_for_each_of_its_callers() -> None:
    """Nobody waits for ever, and the next ones are carried out."""
    desk = Desk()
    desk.is_broken = True

    found = await _outcomes(desk, "a", "b", "c")

    assert [type(each) for each in found] == [OSError] * 3


async def test_a_request_that_was_given_up_does_no_harm() -> None:
    """The others of its round have their answers."""
    desk = Desk()
    rounds = Rounds(desk, len)
    first, *rest = [asyncio.ensure_future(rounds(work)) for work in "abcd"]
    await asyncio.sleep(0)
    first.cancel()
    desk.open.set()

    assert await asyncio.gather(*rest) == ["B", "C", "D"]
    with pytest.raises(asyncio.CancelledError):
        await first

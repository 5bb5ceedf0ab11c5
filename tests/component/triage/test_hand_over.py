"""How chunks are handed over: one at a time, none from an older assignment, none skipped."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from faust.types import TP

from services.triage.chunks import Chunk, ChunkApp, ChunkConsumer, Subscription
from shared.kafka.records import Incoming

PLACE = TP("t", 0)


def records(*offsets: int) -> list[Incoming]:
    """Return records of partition 0 at these offsets."""
    return [Incoming("t", 0, offset, 0, b"k", b"v", ()) for offset in offsets]


class Feed(ChunkConsumer):
    """The consumer under test without Kafka: seeks and pauses are noted, chunks go to `agent`."""

    agent: Callable[[Chunk], None]

    def prepare(self, agent: Callable[[Chunk], None]) -> "Feed":
        """Start flowing, with this agent."""
        self.agent = agent
        self.offered: list[list[int]] = []
        self.sought: list[int] = []
        self.paused: list[TP] = []
        self.resume_flow()
        self.callback = self.deliver
        return self

    async def deliver(self, message: object) -> None:
        """Stand for conductor, stream and agent."""
        chunk: Chunk = message.value  # type: ignore[attr-defined]
        self.offered.append([record.offset for record in chunk.records])
        self.agent(chunk)

    async def seek_wait(self, partitions: dict[TP, int]) -> None:
        """Note where the consumer would be sought to."""
        self.sought += partitions.values()

    def pause_partitions(self, tps: set[TP]) -> None:
        """Note what would be paused."""
        self.paused += tps

    async def hand_over(self, offsets: Sequence[int], generation: int = 0) -> None:
        """Hand over a fetch of these offsets, made under `generation`."""
        await self._hand_over(PLACE, records(*offsets), generation)


@pytest.fixture
async def new_feed(tmp_path: Path) -> AsyncIterator[Callable[[Callable[[Chunk], None]], Feed]]:
    """Return a maker of feeds around an agent."""
    feeds: list[Feed] = []

    def make(agent: Callable[[Chunk], None]) -> Feed:
        wanted = Subscription("g", "t", None, {"bootstrap_servers": ["127.0.0.1:1"]})
        app = ChunkApp(wanted, folder=tmp_path, fail_stop=lambda _what, _problem: None)
        nothing = asyncio.Event().wait
        feed = Feed(
            app.transport,
            callback=nothing,
            on_partitions_revoked=nothing,
            on_partitions_assigned=nothing,
        )
        app.consumer_generation_id = 0
        feeds.append(feed.prepare(agent))
        return feed

    yield make
    for feed in feeds:
        feed._thread.thread_loop.close()


Maker = Callable[[Callable[[Chunk], None]], Feed]


def take(count: int, hold_seconds: float = 0.0) -> Callable[[Chunk], None]:
    """Return an agent that settles the first `count` records of each chunk."""

    def agent(chunk: Chunk) -> None:
        if chunk.begin():
            chunk.settle(min(count, len(chunk.records)), hold_seconds=hold_seconds)

    return agent


async def test_a_whole_chunk_is_offered_once(new_feed: Maker) -> None:
    """What the agent settles is not offered again and nothing is sought."""
    feed = new_feed(take(9))

    await feed.hand_over((4, 5, 7))

    assert (feed.offered, feed.sought) == ([[4, 5, 7]], [])


async def test_the_rest_of_a_chunk_that_was_cut_is_the_next_chunk(new_feed: Maker) -> None:
    """A stretch cut by time leaves its rest, in order."""
    feed = new_feed(take(2))

    await feed.hand_over((4, 5, 7, 8, 9))

    assert feed.offered == [[4, 5, 7, 8, 9], [7, 8, 9], [9]]
    assert feed.sought == []


async def test_records_of_an_older_assignment_are_dropped_and_sought_back(new_feed: Maker) -> None:
    """Dropping alone would skip them: the consumer's position is already beyond."""
    feed = new_feed(take(9))
    feed.app.consumer_generation_id = 1

    await feed.hand_over((4, 5), generation=0)

    assert (feed.offered, feed.sought) == ([], [4])


async def test_records_that_arrive_in_a_rebalance_are_sought_back(new_feed: Maker) -> None:
    """Nothing is handed over while the flow is stopped."""
    feed = new_feed(take(9))
    feed.stop_flow()

    await feed.hand_over((4, 5))

    assert (feed.offered, feed.sought) == ([], [4])


async def test_a_chunk_that_nobody_begins_is_withdrawn_by_a_rebalance(new_feed: Maker) -> None:
    """Faust may skip an event in a rebalance; the agent must not take it later."""
    seen: list[Chunk] = []
    feed = new_feed(seen.append)
    handing = asyncio.ensure_future(feed.hand_over((4, 5)))
    await asyncio.sleep(0.01)

    feed.stop_flow()
    await handing

    assert seen[0].begin() is False
    assert feed.sought == [4]


async def test_a_chunk_that_was_begun_is_finished_before_partitions_go(new_feed: Maker) -> None:
    """Revocation waits for the commit, and what was settled is not sought back."""
    seen: list[Chunk] = []

    def begin(chunk: Chunk) -> None:
        chunk.begin()
        seen.append(chunk)

    feed = new_feed(begin)
    handing = asyncio.ensure_future(feed.hand_over((4, 5)))
    await asyncio.sleep(0.01)
    feed.stop_flow()
    leaving = asyncio.ensure_future(feed.let_go())
    await asyncio.sleep(0.01)
    waited = not leaving.done()

    seen[0].settle(2)
    await asyncio.gather(handing, leaving)

    assert waited
    assert feed.sought == []


async def test_a_closed_gate_hands_over_nothing(new_feed: Maker) -> None:
    """After the first step of a shutdown no chunk begins any more."""
    feed = new_feed(take(9))
    await feed.close_gate()

    await feed.hand_over((4, 5))

    assert feed.offered == []


async def test_a_report_that_waits_pauses_its_partition_and_is_sought_back(new_feed: Maker) -> None:
    """The partition is tried again later, from the report that waits."""
    feed = new_feed(take(1, hold_seconds=60))

    await feed.hand_over((4, 5, 6))

    assert (feed.sought, feed.paused) == ([5], [PLACE])


async def test_a_paused_partition_flows_again_after_its_time(new_feed: Maker) -> None:
    """The pause is not for ever."""
    feed = new_feed(take(0, hold_seconds=0.01))
    resumed: list[TP] = []
    feed.resume_partitions = resumed.extend

    await feed.hand_over((4,))
    await asyncio.sleep(0.05)

    assert resumed == [PLACE]


async def test_whatever_breaks_the_feed_ends_the_process(new_feed: Maker) -> None:
    """An exception in the loop is fail-stop, not a silent end of reading."""
    feed = new_feed(take(9))
    told: list[str] = []
    feed.app.fail_stop = lambda what, problem: told.append(f"{what} {type(problem).__name__}")

    async def broken(timeout: float) -> object:  # noqa: ASYNC109  # Faust's own parameter
        raise ZeroDivisionError

    feed._wait_next_records = broken
    await feed._drain_messages(feed)

    assert told == ["feed ZeroDivisionError"]

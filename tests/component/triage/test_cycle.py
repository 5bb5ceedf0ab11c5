"""One chunk through the agent with a journal in memory: writes, deaths, fail-stop, shutdown."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import pytest

from services.triage.agent.assignment import Assignment, Held
from services.triage.agent.cycle import Cycle
from services.triage.agent.health.progress import Progress
from services.triage.chunks import Chunk
from services.triage.journal.suspicion import Suspicion, inherited
from shared.kafka.records import Incoming, Outgoing
from tests.builders.triage_edges import (
    FakeMemory,
    a_reported,
    a_reported_record,
    an_incoming,
    fake_deciding,
)


class MemoryJournal:
    """A journal that keeps what it is given; `broken` makes the next commit fail."""

    def __init__(self, next_offset: int = 0, suspicion: Suspicion | None = None) -> None:
        self.partition = 0
        self.next_offset = next_offset
        self.suspicion = suspicion
        self.told: list[str] = []
        self.marks: list[Suspicion] = []
        self.outputs: list[Outgoing] = []
        self.broken = False
        self.slow = asyncio.Event()
        self.slow.set()

    def trim(self, records: Sequence[Incoming]) -> Sequence[Incoming]:
        return [record for record in records if record.offset >= self.next_offset]

    async def commit(
        self, outputs: Iterable[Outgoing], _memos: Mapping[str, bytes | None], next_offset: int
    ) -> None:
        await self.slow.wait()
        if self.broken:
            raise OSError
        self.outputs += outputs
        self.next_offset = next_offset
        self.told.append(f"commit {next_offset}")

    async def remember(self, mark: Suspicion) -> None:
        self.marks.append(mark)
        self.told.append("open" if mark.is_open else "closed")

    def next_life(self) -> "MemoryJournal":
        """Return what a successor restores."""
        mark = self.marks[-1] if self.marks else None
        return MemoryJournal(self.next_offset, inherited(mark, self.next_offset))


class Life:
    """One life of a worker around a journal; `ended` says how it was fail-stopped."""

    def __init__(self, journal: MemoryJournal) -> None:
        self.journal = journal
        self.ended: list[str] = []
        self.progress = Progress()
        assignment = Assignment(None, FakeMemory)  # type: ignore[arg-type]
        assignment._held[0] = Held(journal, FakeMemory())  # type: ignore[arg-type]
        self.cycle = Cycle(fake_deciding(), assignment, self.progress, self.fail_stop)

    def fail_stop(self, what: str, problem: BaseException) -> None:
        self.ended.append(f"{what} {type(problem).__name__}")

    async def take(self, records: Sequence[Incoming]) -> Chunk:
        chunk = Chunk(records)
        await self.cycle.take(chunk)
        return chunk

    async def run(self, records: Sequence[Incoming]) -> None:
        """Offer the records until all are taken or the life has ended."""
        while records and not self.ended:
            records = records[(await self.take(records)).taken :]


def incoming_of(*names: str, **changes: str) -> list[Incoming]:
    """Return one record per name, at offsets from 0."""
    return [
        an_incoming(a_reported_record(a_reported(name, **changes)), offset=offset)
        for offset, name in enumerate(names)
    ]


async def test_the_first_chunk_of_a_life_is_marked_and_the_second_is_not() -> None:
    """One mark opened and closed before the first commit; then only commits."""
    life = Life(MemoryJournal())

    await life.take(incoming_of("r1", "r2"))
    await life.take(incoming_of("r1", "r2", "r3"))

    assert life.journal.told == ["open", "closed", "commit 2", "commit 3"]
    assert (life.progress.decided, life.progress.outputs) == (3, 3)


async def test_what_is_decided_already_is_trimmed() -> None:
    """Records below the journal's next offset are taken without a word."""
    life = Life(MemoryJournal(next_offset=2))

    chunk = await life.take(incoming_of("r1", "r2"))

    assert (chunk.taken, life.journal.told) == (2, [])


async def test_a_failed_commit_ends_the_life_and_settles_nothing() -> None:
    """Nothing is repaired in place, and nobody is told that the chunk was taken."""
    life = Life(MemoryJournal())
    life.journal.broken = True

    chunk = await life.take(incoming_of("r1"))

    assert life.ended == ["journal OSError"]
    assert not chunk.settled.is_set()


async def test_a_partition_that_is_not_ours_ends_the_life() -> None:
    """A chunk of a partition without a journal is a bug, not something to skip."""
    life = Life(MemoryJournal())
    strange = [Incoming("t", 5, 0, 0, None, None, ())]

    await life.take(strange)

    assert life.ended == ["journal KeyError"]


async def test_an_exception_commits_what_was_before_it_and_counts_a_death() -> None:
    """The neighbour is durable, the failing offset is remembered with its type, the life ends."""
    life = Life(MemoryJournal())

    await life.take(incoming_of("r1", "raises", "r2"))

    assert life.ended == ["decide ZeroDivisionError"]
    assert life.journal.next_offset == 1
    assert life.journal.marks[-1] == Suspicion(1, 2, 1, error_type="ZeroDivisionError")


async def test_a_record_that_raises_is_parked_after_three_lives() -> None:
    """Its neighbours are decided once; the fourth life parks it and goes on."""
    journal = MemoryJournal()
    outputs: list[Outgoing] = []
    lives = 0
    while journal.next_offset < 3:
        life = Life(journal)
        await life.run(incoming_of("r1", "raises", "r2"))
        outputs += journal.outputs
        journal = journal.next_life()
        lives += 1

    assert lives == 4
    assert [output.topic for output in outputs] == [
        "triage.decision.v1",
        "triage.rejected.v1",
        "triage.decision.v1",
    ]


async def test_a_suspected_stretch_is_taken_record_by_record() -> None:
    """Each record of it is marked, decided and committed alone, until the stretch is passed."""
    life = Life(MemoryJournal(suspicion=Suspicion(0, 2)))

    chunk = await life.take(incoming_of("r1", "r2", "r3"))

    assert chunk.taken == 1
    assert life.journal.told == ["open", "closed", "commit 1"]


async def test_a_death_in_the_commit_is_not_counted() -> None:
    """The mark is closed before the commit, so a broker that fails does not park a report."""
    life = Life(MemoryJournal())
    life.journal.broken = True

    await life.take(incoming_of("r1"))

    assert life.journal.next_life().suspicion == Suspicion(0, 1)


async def test_a_cancellation_does_not_reach_a_commit() -> None:
    """Faust cancels the agent when it stops; the transaction that has begun is finished."""
    life = Life(MemoryJournal())
    life.journal.slow.clear()
    chunk = Chunk(incoming_of("r1"))
    taking = asyncio.ensure_future(life.cycle.take(chunk))
    await asyncio.sleep(0.01)

    taking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await taking
    life.journal.slow.set()
    await asyncio.wait_for(chunk.settled.wait(), 1)

    assert life.journal.told[-1] == "commit 1"
    assert life.ended == []


async def test_a_withdrawn_chunk_is_left_alone() -> None:
    """The consumer has taken it back: its partition may be another's by now."""
    life = Life(MemoryJournal())
    chunk = Chunk(incoming_of("r1"))
    chunk.withdraw()

    await life.cycle.take(chunk)

    assert life.journal.told == []


async def test_a_report_that_waits_is_held_and_shown() -> None:
    """The chunk is settled up to it, with a time to wait, and the partition is named as waiting."""
    life = Life(MemoryJournal())

    chunk = await life.take(incoming_of("r1", tenant="unruled"))

    assert (chunk.taken, chunk.hold_seconds > 0) == (0, True)
    assert life.progress.waiting.keys() == {0}


async def test_what_a_chunk_came_to_is_counted() -> None:
    """One decision, one repeat, one piece of poison; nothing is parked, nothing left undecided."""
    life = Life(MemoryJournal())
    poison = Incoming("t", 0, 2, 0, None, b"not json", ())

    await life.take([*incoming_of("r1", "r1"), poison])

    value = life.progress.metrics.value
    assert value("triage_decisions_total") == 1
    assert value("triage_rejected_total", reason="duplicate") == 1
    assert value("triage_rejected_total", reason="cloudevent_invalid") == 1
    assert (value("triage_parked_total"), value("triage_decision_seconds_count")) == (0, 1)
    assert life.progress.undecided_ms == {}


async def test_a_parked_report_is_counted() -> None:
    """The page's metric: after three deaths the report is parked once."""
    journal = MemoryJournal(suspicion=Suspicion(0, 1, deaths=3, error_type="ZeroDivisionError"))
    life = Life(journal)

    await life.run(incoming_of("raises"))

    assert life.progress.metrics.value("triage_parked_total") == 1
    assert life.progress.metrics.value("triage_rejected_total", reason="decide_error") == 1


async def test_a_report_that_waits_stays_the_oldest_undecided() -> None:
    """What is decided before it is not counted as waiting; its own time is told."""
    life = Life(MemoryJournal())
    records = [*incoming_of("r1"), *incoming_of("r2", tenant="unruled")]
    waiting = replace(records[1], offset=1, timestamp_ms=77)

    await life.take([records[0], waiting])

    assert life.progress.undecided_ms == {0: 77}

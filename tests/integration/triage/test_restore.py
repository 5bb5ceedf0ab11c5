"""Restoring under the conditions that hide records: compaction, aborted tails, a running input."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from services.triage.journal.partition import JournalPlace, open_journal
from services.triage.journal.transaction import transactional_producer
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from tests.builders.triage_edges import a_reported, a_reported_record
from tests.builders.triage_lives import journal_place
from tests.builders.triage_stage import Stage, eventually

REVISIONS = 12
INCIDENTS = 40
REPEATED = 12
SMALL_SEGMENTS = {
    "segment.ms": "100",
    "min.cleanable.dirty.ratio": "0.01",
    "max.compaction.lag.ms": "100",
    "delete.retention.ms": "0",
}


@pytest.fixture
def compacting(kafka: KafkaClient, new_stage: Callable[..., Stage]) -> Iterator[Stage]:
    """Return a stage whose state topic is compacted at once; the broker sleeps less meanwhile."""
    set_cleaner_sleep(kafka, "100")
    yield new_stage(state_configs=SMALL_SEGMENTS)
    set_cleaner_sleep(kafka, "15000")


def set_cleaner_sleep(kafka: KafkaClient, milliseconds: str) -> None:
    """Set how long the broker's log cleaner waits when it finds nothing to do."""
    admin = kafka.admin()
    configs = {"log.cleaner.backoff.ms": milliseconds}
    admin.alter_configs([ConfigResource(ConfigResourceType.BROKER, "1", configs=configs)])
    admin.close()


async def revise(place: JournalPlace) -> None:
    """Write two memos many times, each time in a transaction and in a segment of its own."""
    journal = await open_journal(place, 0, lambda _key, _value: None)
    for number in range(1, REVISIONS + 1):
        await journal.commit((), {"a|b|1": b"%d" % number, "a|b|2": None}, number)
        await asyncio.sleep(0.12)
    await journal.close()


async def abort(place: JournalPlace) -> None:
    """Leave an aborted transaction at the tail of the state topic."""
    producer = transactional_producer(place.client, f"{place.group}-0")
    await producer.start()
    await producer.begin_transaction()
    await (await producer.send(place.state_topic, b"aborted", key=b"a|b|1", partition=0))
    await producer.abort_transaction()
    await producer.stop()


async def restored(place: JournalPlace) -> tuple[int, dict[str, bytes | None]]:
    """Return the next offset and the memos of a next life."""
    memos: dict[str, bytes | None] = {}
    journal = await open_journal(place, 0, memos.__setitem__)
    await journal.close()
    return journal.next_offset, memos


def kept(stage: Stage) -> int:
    """Return how many records are left on the state topic."""
    return sum(1 for _ in read_range(stage.kafka, stage.state_topic))


@pytest.mark.parametrize("with_aborted_tail", [False, True], ids=["plain", "aborted tail"])
def test_a_compacted_changelog_is_restored_by_position(
    compacting: Stage, *, with_aborted_tail: bool
) -> None:
    """Most records are gone and offsets have gaps: the newest memo and the next offset count."""
    place = journal_place(compacting)
    asyncio.run(revise(place))
    written = 3 * REVISIONS
    eventually(lambda: kept(compacting) < written / 2)
    if with_aborted_tail:
        asyncio.run(abort(place))

    next_offset, memos = asyncio.run(restored(place))

    assert next_offset == REVISIONS
    assert {key: value for key, value in memos.items() if value} == {"a|b|1": b"%d" % REVISIONS}


def test_records_that_arrive_while_memory_is_restored_wait_for_it(
    new_stage: Callable[..., Stage],
) -> None:
    """Nothing is decided with half a memory: every repeat is told, every ordinal is in order."""
    stage = new_stage()
    known = [a_reported_record(a_reported(f"r{number}")) for number in range(INCIDENTS)]
    sent = stage.send(known)
    first = stage.start()
    eventually(lambda: first.has_reached(sent))
    first.terminate()

    second = stage.start(decider="slow")
    for number, repeat in enumerate(known[:REPEATED]):
        sent += stage.send([repeat, a_reported_record(a_reported(f"new{number}"))])
    eventually(lambda: second.has_reached(sent))

    told = [answer for _, answer in sorted(stage.told(), key=lambda item: item[0])]
    ordinals = [answer["ordinal"] for answer in told if "ordinal" in answer]
    assert ordinals == list(range(INCIDENTS + REPEATED))
    assert sum(answer.get("code") == "duplicate" for answer in told) == REPEATED

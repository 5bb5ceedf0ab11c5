"""The journal on real Kafka: fencing, restoring by position, what a life leaves behind."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerFenced

from services.triage.journal.answered import answered_to
from services.triage.journal.partition import (
    JournalPlace,
    PartitionJournal,
    StateLostError,
    open_journal,
)
from services.triage.journal.suspicion import Suspicion
from services.triage.journal.transaction import fits, transactional_producer, write
from shared.contracts.topics import DECISION, DEFAULT_PARTITIONS
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Outgoing
from tests.builders.triage_stage import Stage

# These answers are no whole decisions: a partition on which no other test reads decisions.
LAST = DEFAULT_PARTITIONS - 1
Opener = Callable[[], Awaitable[tuple[PartitionJournal, dict[str, bytes | None]]]]


@pytest.fixture
def stage(new_stage: Callable[..., Stage]) -> Stage:
    """Return a stage of one partition."""
    return new_stage()


@pytest.fixture
def place(stage: Stage) -> JournalPlace:
    """Return where the stage's journal lies."""
    return JournalPlace(stage.kafka.aiokafka(), stage.group, stage.input_topic, stage.state_topic)


@pytest.fixture
async def opened(place: JournalPlace) -> AsyncIterator[Opener]:
    """Return an opener that restores into a dict and closes all journals at the end."""
    journals: list[PartitionJournal] = []

    async def open_one() -> tuple[PartitionJournal, dict[str, bytes | None]]:
        memos: dict[str, bytes | None] = {}
        journals.append(await open_journal(place, 0, memos.__setitem__))
        return journals[-1], memos

    yield open_one
    for journal in journals:
        await journal.close()


@pytest.fixture
async def stranger(place: JournalPlace) -> AsyncIterator[AIOKafkaProducer]:
    """Return a started producer with the journal's own transactional id: a predecessor."""
    producer = transactional_producer(place.client, f"{place.group}-0")
    await producer.start()
    yield producer
    await producer.stop()


async def test_an_empty_changelog_starts_at_nothing(opened: Opener) -> None:
    """A new partition has no memos, starts at offset 0 and suspects nobody."""
    journal, memos = await opened()

    assert (journal.next_offset, journal.suspicion, memos) == (0, None, {})


async def test_what_was_committed_is_restored(opened: Opener) -> None:
    """The next life finds the memos, the tombstones and the next offset."""
    journal, _ = await opened()
    await journal.commit((), {"a|b|1": b"one", "a|b|2": b"two"}, 5)
    await journal.commit((), {"a|b|1": None}, 7)

    successor, memos = await opened()

    assert successor.next_offset == 7
    assert memos == {"a|b|1": None, "a|b|2": b"two"}


async def test_an_aborted_tail_is_passed_by_position(
    opened: Opener, place: JournalPlace, stranger: AIOKafkaProducer
) -> None:
    """Aborted records at the end of the changelog are neither restored nor waited for."""
    await write(stranger, [_memo(place, b"kept")], group=place.group)
    await stranger.begin_transaction()
    await (await stranger.send(place.state_topic, b"aborted", key=b"a|b|1", partition=0))
    await stranger.abort_transaction()

    _, memos = await opened()

    assert memos == {"a|b|1": b"kept"}


async def test_only_an_aborted_transaction_is_nothing(
    opened: Opener, place: JournalPlace, stranger: AIOKafkaProducer
) -> None:
    """A changelog that holds nothing but an aborted transaction is empty."""
    await stranger.begin_transaction()
    await (await stranger.send(place.state_topic, b"aborted", key=b"a|b|1", partition=0))
    await stranger.abort_transaction()

    journal, memos = await opened()

    assert (journal.next_offset, memos) == (0, {})


async def test_an_open_transaction_of_the_predecessor_is_ended(
    opened: Opener, place: JournalPlace, stranger: AIOKafkaProducer
) -> None:
    """Fencing comes first: a zombie's open transaction at the tail is aborted, not waited for."""
    await stranger.begin_transaction()
    await (await stranger.send(place.state_topic, b"open", key=b"a|b|1", partition=0))

    journal, memos = await opened()
    await journal.commit((), {"a|b|1": b"mine"}, 1)

    assert memos == {}
    with pytest.raises(ProducerFenced):
        await stranger.commit_transaction()


async def test_a_fenced_journal_cannot_write(opened: Opener) -> None:
    """Once a successor has opened the partition, the old journal cannot commit."""
    zombie, _ = await opened()
    successor, _ = await opened()

    with pytest.raises(ProducerFenced):
        await zombie.commit((), {"a|b|1": b"zombie"}, 3)
    _, memos = await opened()

    assert (memos, successor.next_offset) == ({}, 0)


async def test_a_mark_outlives_the_life_that_wrote_it(opened: Opener) -> None:
    """A takeover by another worker counts on: an open mark of one record is a death."""
    journal, _ = await opened()
    await journal.remember(Suspicion(offset=0, until=1, deaths=1, is_open=True))

    successor, _ = await opened()

    assert successor.suspicion == Suspicion(offset=0, until=1, deaths=2)


async def test_a_lost_changelog_is_refused(
    opened: Opener, stage: Stage, place: JournalPlace
) -> None:
    """A group offset ahead of the changelog means lost memory: the worker must not go on."""
    journal, _ = await opened()
    await journal.commit((), {"a|b|1": b"one"}, 4)
    elsewhere = JournalPlace(place.client, place.group, place.input_topic, stage.another_state())

    with pytest.raises(StateLostError, match="offset 4"):
        await open_journal(elsewhere, 0, lambda _key, _value: None)


async def test_a_large_record_that_fits_is_taken_by_the_broker(
    opened: Opener, kafka: KafkaClient, place: JournalPlace
) -> None:
    """Two megabytes that compress well pass `fits` and arrive with their neighbours."""
    large = Outgoing(place.state_topic, b"a|b|9", b"abcdefgh" * 250_000, (), 0)
    journal, _ = await opened()

    assert fits(large)
    await journal.commit([large, _memo(place, b"small")], {}, 1)

    written = read_range(kafka, place.state_topic)
    sizes = {record.key: len(record.value or b"") for record in written}
    assert sizes[b"a|b|9"] == 2_000_000


async def test_many_records_are_cut_into_batches(
    opened: Opener, kafka: KafkaClient, place: JournalPlace
) -> None:
    """More than one batch in one transaction: every record arrives, in order."""
    journal, _ = await opened()
    memos = {f"a|b|{number}": b"x" * 400_000 for number in range(7)}

    await journal.commit((), memos, 1)

    keys = [record.key for record in read_range(kafka, place.state_topic)]
    assert keys[:-1] == [key.encode() for key in memos]


async def test_the_group_offset_moves_with_the_transaction(opened: Opener, stage: Stage) -> None:
    """The committed offset of the group is the journal's next offset."""
    journal, _ = await opened()

    await journal.commit((), {}, 9)

    assert stage.committed() == 9


async def test_how_far_was_answered_is_found_behind_any_number_of_others(
    place: JournalPlace, stranger: AIOKafkaProducer
) -> None:
    """Read backwards in growing steps: the last answer to our topic, not the last of the topic."""
    answers = [(place.input_topic, 4), (place.input_topic, 5), *[("elsewhere", 9)] * 150]
    records = [
        Outgoing(DECISION.name, b"k", json.dumps(_answer(topic, offset)).encode(), (), LAST)
        for topic, offset in answers
    ]
    await write(stranger, records, group=place.group)

    assert await answered_to(place.client, place.input_topic, LAST) == 6
    assert await answered_to(place.client, f"{place.input_topic}-none", LAST) == 0


def _answer(topic: str, offset: int) -> dict[str, object]:
    return {"tenant": "nobody", "input": {"topic": topic, "partition": LAST, "offset": offset}}


def _memo(place: JournalPlace, value: bytes) -> Outgoing:
    return Outgoing(place.state_topic, b"a|b|1", value, (), 0)

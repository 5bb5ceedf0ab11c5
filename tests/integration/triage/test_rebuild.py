"""Lost memory is rebuilt on real Kafka: the same memory, nothing emitted, the worker goes on."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from kafka import TopicPartition

from services.triage.journal.partition import StateLostError, open_journal
from services.triage.journal.transaction import transactional_producer
from services.triage.rebuild.errors import (
    AnswersDifferError,
    AnswersMissingError,
    HistoryCutError,
    RebuildError,
    WorkersRunError,
)
from services.triage.rebuild.memory import write_memory
from services.triage.rebuild.rebuilding import Rebuilding, Rebuilt, Wanted
from services.triage.rebuild.reports import refuse_while_workers_run
from shared.contracts import IncidentReported
from shared.contracts.topics import DECISION, QUESTION, REQUESTED, TRIAGE_REJECTED
from shared.kafka.records import Outgoing
from tests.builders.canonical import DAY, NOON, a_canonical, fold
from tests.builders.fold_rules import some_rules
from tests.builders.triage_behaviours import SEVERE, choose, fold_deciding, rounds
from tests.builders.triage_edges import a_reported_record, some_headers
from tests.builders.triage_lives import (
    Lives,
    incoming_by_partition,
    journal_place,
    memory_by_partition,
)
from tests.builders.triage_stage import Stage


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition with a worker that lives when it is told to."""

    stage: Stage

    def report(self, reports: Iterable[IncidentReported]) -> None:
        """Write reports and let a life decide them."""
        self.stage.send(a_reported_record(report) for report in reports)
        self.work()

    def work(self) -> None:
        """Live once over everything that stands on the topic."""
        records = incoming_by_partition(self.stage)[0]
        asyncio.run(Lives(journal_place(self.stage), 0, fold_deciding()).live(records))

    def rebuild(self, choose: Any = choose, **wanted: bool) -> Rebuilt:
        """Rebuild it."""
        place = journal_place(self.stage)
        run = Rebuilding(self.stage.kafka, place, choose, Wanted(**wanted))
        return asyncio.run(run.partition(0))

    def memory(self) -> Mapping[str, bytes]:
        """Return what is remembered."""
        return memory_by_partition(self.stage)[0]

    def is_lost(self) -> bool:
        """Return whether a worker would refuse to go on."""

        async def opened() -> None:
            journal = await open_journal(journal_place(self.stage), 0, lambda _key, _value: None)
            await journal.close()

        try:
            asyncio.run(opened())
        except StateLostError:
            return True
        return False

    def said(self) -> list[int]:
        """Return where every topic ends that others read."""
        topics = (DECISION, REQUESTED, QUESTION, TRIAGE_REJECTED)
        places = [TopicPartition(topic.name, 0) for topic in topics]
        consumer = self.stage.kafka.consumer(group_id=None)
        ends = consumer.end_offsets(places)
        consumer.close()
        return [ends[place] for place in places]


@pytest.fixture
def partition(new_stage: Callable[..., Stage]) -> Partition:
    """Return a partition that has decided all eight behaviours and one piece of poison."""
    stage = new_stage()
    stage.send([Outgoing("", b"k", b"not json", some_headers(), 0)])
    partition = Partition(stage)
    partition.report(report for reports in rounds(stage.name.lower()) for report in reports)
    return partition


def test_the_rebuilt_memory_is_the_lost_one_and_nothing_is_emitted(partition: Partition) -> None:
    """Delete and re-create the state topic, rebuild: equal memory, silent topics, all equal."""
    before, said = partition.memory(), partition.said()
    partition.stage.lose_state()
    lost = partition.is_lost()

    rebuilt = partition.rebuild()

    assert lost
    assert (partition.memory(), partition.said()) == (before, said)
    assert rebuilt.folded is not None
    assert rebuilt.folded.equal == rebuilt.folded.compared == rebuilt.folded.reports > 20
    assert rebuilt.folded.undecided == 1


def test_a_worker_goes_on_as_if_nothing_had_been_lost(partition: Partition) -> None:
    """A repeat and a later revision are answered as the uninterrupted fold answers them."""
    history = [report for group in rounds(partition.stage.name.lower()) for report in group]
    first = history[0]
    later = a_canonical(tenant=first.tenant, revision=7, status="updated", **SEVERE)
    partition.stage.lose_state()
    partition.rebuild()

    partition.report([first, later])

    told = sorted(partition.stage.told(), key=lambda item: item[0])
    repeat, decided = (answer for _, answer in told[-2:])
    *_, expected = fold([*history, first, later], choose(first.tenant, NOON))
    assert repeat["code"] == "duplicate"
    assert expected.decision is not None
    assert decided["output_digest"] == expected.decision.output_digest
    assert decided["supersedes"] == str(expected.decision.supersedes)


def test_memory_and_group_lost_together_are_found_by_the_answers(partition: Partition) -> None:
    """An expired group offset must not make a worker decide everything a second time."""
    partition.stage.lose_state()
    admin = partition.stage.kafka.admin()
    admin.delete_groups([partition.stage.group])
    admin.close()
    lost = partition.is_lost()

    rebuilt = partition.rebuild()

    assert lost
    assert not partition.is_lost()
    assert partition.stage.committed() == rebuilt.next_offset


def test_whole_memory_is_left_alone_unless_it_is_named(partition: Partition) -> None:
    """Without a loss nothing is written; named, it is written again and stays the same."""
    before = partition.memory()

    untouched, named = partition.rebuild(), partition.rebuild(whole_too=True)

    assert untouched.folded is None
    assert named.folded is not None
    assert partition.memory() == before


def test_a_check_writes_nothing(partition: Partition) -> None:
    """It folds and compares; the memory stays lost."""
    partition.stage.lose_state()

    rebuilt = partition.rebuild(check=True)

    assert rebuilt.folded is not None
    assert (partition.memory(), partition.is_lost()) == ({}, True)


def test_other_rules_than_those_that_decided_are_noticed(partition: Partition) -> None:
    """Differing answers refuse the rebuild; accepted, it is written and says how many differ."""
    partition.stage.lose_state()

    with pytest.raises(AnswersDifferError, match="recomputed answers differ"):
        partition.rebuild(lambda _tenant, _at: some_rules(late="none"))
    lost = partition.is_lost()
    rebuilt = partition.rebuild(
        lambda _tenant, _at: some_rules(late="none"), accept_differences=True
    )

    assert lost
    assert rebuilt.folded is not None
    assert rebuilt.folded.different > 0
    assert not partition.is_lost()


def test_a_rebuild_that_dies_half_way_leaves_a_memory_that_counts_as_lost(
    partition: Partition,
) -> None:
    """Nobody goes on with half a memory, even over one that was whole."""

    def memos() -> Iterator[tuple[str, bytes | None]]:
        yield "a|b|1", b"x" * 9_000_000
        raise ZeroDivisionError

    async def die() -> None:
        place = journal_place(partition.stage)
        producer = transactional_producer(place.client, f"{place.group}-0")
        await producer.start()
        try:
            await write_memory(producer, place, 0, memos(), 99)
        finally:
            await producer.stop()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(die())

    assert partition.is_lost()


def test_a_group_that_has_passed_undecided_reports_is_refused(partition: Partition) -> None:
    """Somebody moved the offset: going on from there would lose a report."""
    stage = partition.stage
    stage.send([a_reported_record(a_canonical("skipped"))])
    consumer = stage.kafka.consumer(group_id=stage.group)
    consumer.assign([TopicPartition(stage.input_topic, 0)])
    consumer.seek_to_end()
    consumer.position(TopicPartition(stage.input_topic, 0))
    consumer.commit()
    consumer.close()

    with pytest.raises(AnswersMissingError, match="never be decided"):
        partition.rebuild()


def test_a_worker_in_the_group_refuses_it(partition: Partition) -> None:
    """Two writers of one memory are not possible, and the message says how many there are."""
    stage = partition.stage
    consumer = stage.kafka.consumer(group_id=stage.group)
    consumer.subscribe([stage.input_topic])
    consumer.poll(timeout_ms=2000)

    with pytest.raises(WorkersRunError, match=r"1 worker\(s\)"):
        refuse_while_workers_run(stage.kafka, stage.group)
    consumer.close()

    refuse_while_workers_run(stage.kafka, stage.group)


@pytest.mark.parametrize(
    ("days_kept", "refusal"), [(90, HistoryCutError), (401, None)], ids=["90 days", "401 days"]
)
def test_reports_past_their_retention_matter_only_within_the_memory(
    new_stage: Callable[..., Stage], days_kept: int, refusal: type[RebuildError] | None
) -> None:
    """A history shorter than 400 days is refused with what it means; a longer one is whole."""
    partition = Partition(new_stage())
    tenant = f"cut-{partition.stage.name.lower()}"
    partition.report(
        a_canonical(name, tenant=tenant, received_at=NOON + days * DAY, **SEVERE)
        for name, days in (("r1", 0), ("r2", 10), ("r3", 10 + days_kept))
    )
    before = partition.memory()
    cut_before(partition.stage, offset=1)
    partition.stage.lose_state()

    if refusal is not None:
        with pytest.raises(refusal, match="2026-11-30"):
            partition.rebuild()
        partition.rebuild(accept_differences=True)
        assert partition.memory() != before
    else:
        partition.rebuild()
        assert partition.memory().keys() == {f"{tenant}|native|r3"}


def cut_before(stage: Stage, offset: int) -> None:
    """Delete the records below an offset, as retention does."""
    admin = stage.kafka.admin()
    admin.delete_records({TopicPartition(stage.input_topic, 0): offset})
    admin.close()

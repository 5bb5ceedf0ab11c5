"""Rebuilds the memory of partitions, one after the other: fence, look, fold, compare, write."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from aiokafka import AIOKafkaProducer, TopicPartition

from services.triage.journal.answered import answered_to
from services.triage.journal.changelog import restore
from services.triage.journal.partition import JournalPlace
from services.triage.journal.transaction import transactional_producer
from services.triage.rebuild.errors import (
    AnswersDifferError,
    AnswersMissingError,
    HistoryCutError,
)
from services.triage.rebuild.fold import Choose, Folded, SilentFold
from services.triage.rebuild.memory import write_memory
from services.triage.rebuild.recorded import Advance, AnswerLog, nothing_advances
from services.triage.rebuild.reports import Reports
from shared.kafka.client import KafkaClient


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to rebuild: `check` writes nothing, `accept_differences` writes even where in doubt.

    `whole_too` rebuilds a partition whose memory is not lost.
    """

    check: bool = False
    accept_differences: bool = False
    whole_too: bool = False


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of one partition; `folded` is None where its memory was whole."""

    partition: int
    next_offset: int
    folded: Folded | None = None
    incidents: int = 0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What the topics say of a partition: who is remembered, and which offset is next by whom."""

    remembered: frozenset[str]
    known: int
    answered: int
    committed: int

    @property
    def is_lost(self) -> bool:
        """Return whether the memory is behind what was answered."""
        return self.known < max(self.answered, self.committed)


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """One run over partitions; nobody else may be in the group."""

    kafka: KafkaClient
    place: JournalPlace
    choose: Choose
    wanted: Wanted
    advance: Advance = nothing_advances

    async def partition(self, number: int) -> Rebuilt:
        """Rebuild one partition if its memory is lost (or `whole_too`), and say what was found.

        Raises:
            RebuildError: it cannot be done rightly; nothing was written.
            KafkaError: the broker refused, or a worker has started meanwhile.
        """
        # Started first: that ends what a dead worker left open, and fences one that still lives.
        producer = transactional_producer(self.place.client, f"{self.place.group}-{number}")
        await producer.start()
        try:
            return await self._fenced(producer, number)
        finally:
            await producer.stop()

    async def _fenced(self, producer: AIOKafkaProducer, number: int) -> Rebuilt:
        standing = await self._standing(number)
        if not (standing.is_lost or self.wanted.whole_too):
            return Rebuilt(number, standing.known)
        reports = Reports(self.kafka, self.place.input_topic, number, self.advance)
        if reports.between(standing.answered, standing.committed):
            raise AnswersMissingError(number, standing.committed, standing.answered)
        is_cut, folded = await asyncio.to_thread(self._fold, reports, standing.answered)
        if not self.wanted.accept_differences:
            _refuse(number, folded, is_cut=is_cut)
        memos = dict(_memos(standing, folded))
        if not self.wanted.check:
            await write_memory(producer, self.place, number, memos.items(), standing.answered)
        return Rebuilt(number, standing.answered, folded, len(folded.state), is_cut)

    async def _standing(self, number: int) -> Standing:
        remembered: set[str] = set()
        state = TopicPartition(self.place.state_topic, number)
        restored = await restore(self.place.client, state, lambda key, _value: remembered.add(key))
        answered = await answered_to(self.place.client, self.place.input_topic, number)
        committed = Reports(self.kafka, self.place.input_topic, number).committed(self.place.group)
        known = restored.next_offset or 0
        return Standing(frozenset(remembered), known, answered, committed)

    def _fold(self, reports: Reports, answered: int) -> tuple[bool, Folded]:
        log = AnswerLog(self.kafka, self.place.input_topic, self.advance)
        answers = log.read(reports.partition)
        is_cut = reports.oldest() > 0
        return is_cut, SilentFold(self.choose, answers, is_cut)(reports.read(answered))


def _memos(standing: Standing, folded: Folded) -> Iterator[tuple[str, bytes | None]]:
    for key in sorted(standing.remembered):
        yield key, None
    yield from folded.state.records()


def _refuse(number: int, folded: Folded, *, is_cut: bool) -> None:
    if is_cut and not folded.reaches_back:
        oldest = "nothing" if folded.oldest is None else f"{folded.oldest:%Y-%m-%d %H:%M} UTC"
        raise HistoryCutError(number, oldest)
    if folded.first_different is not None:
        raise AnswersDifferError(number, folded.different, folded.compared, folded.first_different)

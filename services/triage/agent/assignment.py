"""The partitions that are ours: fenced and restored first, kept while they stay."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.triage.agent.stretch import Memory
from services.triage.journal.partition import (
    JournalPlace,
    PartitionJournal,
    StateLostError,
    open_journal,
)
from shared.clock import monotonic
from shared.observability import Metrics, event_log

log = event_log("triage")


@dataclass(slots=True)
class Held:
    """One partition in our hands: its journal and the memory restored from it."""

    journal: PartitionJournal
    memory: Memory
    is_first_chunk: bool = True


class Assignment:
    """Opens and closes journals as partitions come and go; one that stays is left alone."""

    def __init__(
        self,
        place: JournalPlace,
        new_memory: Callable[[], Memory],
        metrics: Metrics | None = None,
    ) -> None:
        """Hold nothing yet; `metrics` are told how long restoring takes."""
        self._metrics = metrics or Metrics()
        self._place = place
        self._new_memory = new_memory
        self._held: dict[int, Held] = {}
        self._lost: set[int] = set()
        self._wanted: frozenset[int] = frozenset()
        self._turn = asyncio.Lock()

    def __getitem__(self, partition: int) -> Held:
        """Return the held partition.

        Raises:
            KeyError: it is not ours, or not restored.
        """
        return self._held[partition]

    async def ready(self, partition: int) -> bool:
        """Return whether the partition is restored; one whose memory was lost is tried again."""
        if partition in self._lost:
            await self.change(self._wanted)
        return partition not in self._lost

    def wanted(self) -> frozenset[int]:
        """Return the partitions that are ours, restored or not."""
        return self._wanted

    def partitions(self) -> frozenset[int]:
        """Return the partitions that are fenced and restored."""
        return frozenset(self._held)

    def decided_to(self) -> dict[int, int]:
        """Return the next offset to decide of each held partition."""
        return {partition: held.journal.next_offset for partition, held in self._held.items()}

    async def change(self, wanted: Iterable[int]) -> None:
        """Let go of what is not in `wanted`, then fence and restore what is new.

        A partition whose changelog is behind its group offset is left alone, and pages: `ready`.

        Raises:
            KafkaError: the broker refused; the worker must end.
        """
        self._wanted = wanted = frozenset(wanted)
        async with self._turn:
            self._lost.clear()
            for partition in self.partitions() - wanted:
                await self._held.pop(partition).journal.close()
            for partition in sorted(wanted - self.partitions()):
                await self._open(partition)

    async def _open(self, partition: int) -> None:
        memory = self._new_memory()
        begun = monotonic()
        try:
            journal = await open_journal(self._place, partition, memory.restore)
        except StateLostError as problem:
            self._lost.add(partition)
            log.alarm("state_lost", problem, partition=partition)
        else:
            self._held[partition] = Held(journal, memory)
            self._metrics.observe("triage_state_rebuild_seconds", monotonic() - begun)

    async def close(self) -> None:
        """Let go of everything."""
        await self.change(())

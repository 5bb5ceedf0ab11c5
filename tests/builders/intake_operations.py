"""Operators' commands on an intake of fakes: a raw topic in memory that the normaliser follows."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from services.intake.bootstrap.operating import Operations
from services.intake.operations.again import Again
from services.intake.operations.erasing import Eraser
from services.intake.operations.opening import Opener
from shared.kafka.records import Incoming, Outgoing
from tests.builders.intake_edge import PARTITIONS, IntakeStage, arrived


class MemoryTopic:
    """Takes what the edge and the commands append, and gives it to the normaliser once."""

    def __init__(self, intake: IntakeStage) -> None:
        self.intake = intake
        self.raw: list[Incoming] = []
        self.rejected: list[Incoming] = []
        self.reports: list[dict[str, Any]] = []
        self._done = 0

    def take(self) -> None:
        """Append what the edge wrote since, then let the normaliser catch up."""
        self.append(self.intake.log.of("incident.raw.v1"))
        self.intake.log.records.clear()
        waiting, self._done = self.raw[self._done :], len(self.raw)
        for written, _ in self.intake.normalise(*waiting) if waiting else ():
            for record in written:
                if record.topic == "incident.rejected.v1":
                    self.rejected.append(arrived(record, len(self.rejected)))
                else:
                    self.reports.append(orjson.loads(record.value or b""))

    def refused(self) -> list[Incoming]:
        return self.rejected

    def size(self, start: Mapping[int, int]) -> int:
        return len(self.raw)

    def read(self, start: Mapping[int, int]) -> list[Incoming]:
        return [r for r in self.raw if r.offset >= start.get(r.partition, len(self.raw))]

    def append(self, records: Iterable[Outgoing]) -> int:
        before = len(self.raw)
        for record in records:
            self.raw.append(arrived(record, len(self.raw)))
        return len(self.raw) - before


def operated(intake: IntakeStage) -> tuple[MemoryTopic, Operations]:
    """Give the commands on the stage, and the topic behind them."""
    topic = MemoryTopic(intake)
    opener = Opener(intake.tenants, intake.keys)
    operations = Operations(
        topic,
        Again(opener, intake.statuses),
        Eraser(opener, intake.keys, intake.statuses),
        intake.site,
        PARTITIONS,
        lambda records, *_: records,
    )
    return topic, operations

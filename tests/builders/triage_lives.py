"""Lives of a worker inside the test process: the real cycle and journal, one crash per life."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.triage.agent.assignment import Assignment
from services.triage.agent.cycle import Cycle
from services.triage.agent.health.progress import Progress
from services.triage.agent.stretch import Deciding
from services.triage.chunks import Chunk
from services.triage.domain.state import State
from services.triage.journal.changelog import NEXT_OFFSET_KEY, SUSPICION_KEY
from services.triage.journal.crash_points import CrashPoints, Step, no_crash
from services.triage.journal.partition import JournalPlace
from shared.contracts import IncidentReported
from shared.contracts.topics import DECISION, QUESTION, REQUESTED, TRIAGE_REJECTED
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming
from tests.builders.canonical import a_position
from tests.builders.triage_stage import Stage

TOLD = (DECISION, REQUESTED, QUESTION, TRIAGE_REJECTED)


class CrashedHereError(Exception):
    """This life ends at a crash point."""


@dataclass(slots=True)
class CrashOnce:
    """Raises at the step, once; `reached` says that it did."""

    wanted: Step
    reached: bool = False

    def __call__(self, step: Step) -> None:
        if step is self.wanted and not self.reached:
            self.reached = True
            raise CrashedHereError


@dataclass(slots=True)
class Lives:
    """One partition, worked on by one life after the other; `deaths` counts crashes."""

    place: JournalPlace
    partition: int
    deciding: Deciding
    deaths: int = 0
    ended: list[str] = field(default_factory=list)

    async def live(self, records: Sequence[Incoming], reach: CrashPoints = no_crash) -> None:
        """Restore, take the records chunk by chunk, and leave, or die at the crash point."""
        place = replace(self.place, reach=reach)
        died: list[BaseException] = []
        assignment = Assignment(place, self.deciding.new_memory)
        cycle = Cycle(
            self.deciding,
            assignment,
            Progress(),
            lambda _what, problem: died.append(problem),
            reach,
        )
        try:
            await assignment.change([self.partition])
            while records and not died:
                chunk = Chunk(records)
                await cycle.take(chunk)
                records = records[chunk.taken :]
        finally:
            await assignment.close()
        self.deaths += bool(died)
        self.ended += [type(problem).__name__ for problem in died]

    async def survive(self, rounds: Sequence[Sequence[Incoming]], step: Step) -> None:
        """Take each round with a life that crashes at `step`, and again with one that does not."""
        for records in rounds:
            await self.live(records, CrashOnce(step))
            await self.live(records)


def journal_place(stage: Stage) -> JournalPlace:
    """Return where the workers of a stage read and remember."""
    return JournalPlace(stage.kafka.aiokafka(), stage.group, stage.input_topic, stage.state_topic)


def incoming_by_partition(stage: Stage) -> dict[int, list[Incoming]]:
    """Return what stands on the stage's input topic."""
    found: dict[int, list[Incoming]] = {number: [] for number in range(stage.partitions)}
    for record in read_range(stage.kafka, stage.input_topic):
        found[record.partition].append(record)
    return found


def run_together(*lives: Any) -> None:
    """Run coroutines side by side to their end."""

    async def together() -> None:
        await asyncio.gather(*lives)

    asyncio.run(together())


@dataclass(frozen=True, slots=True)
class Told:
    """All that triage said and remembers on one partition, in order, without places."""

    outputs: dict[str, list[dict[str, Any]]]
    memory: dict[str, bytes]

    def of(self, tenant: str) -> "Told":
        """Return one tenant's part."""
        outputs = {
            topic: [document for document in documents if document["tenant"] == tenant]
            for topic, documents in self.outputs.items()
        }
        memory = {key: value for key, value in self.memory.items() if key.startswith(f"{tenant}|")}
        return Told(outputs, memory)


def told_by_partition(stage: Stage, suffix: str) -> list[Told]:
    """Return what was told of the tenants that end in `suffix`, partition by partition."""
    outputs: list[dict[str, list[dict[str, Any]]]] = [{} for _ in range(stage.partitions)]
    for topic in TOLD:
        for told in outputs:
            told[topic.name] = []
        for record in read_range(stage.kafka, topic.name, partitions=range(stage.partitions)):
            # Other tests write here too, and not all of it can be read.
            if suffix.encode() in (record.value or b""):
                document = json.loads(record.value or b"{}")
                outputs[record.partition][topic.name].append(_placeless(document))
    memories = memory_by_partition(stage)
    return [Told(*pair) for pair in zip(outputs, memories, strict=True)]


def memory_by_partition(stage: Stage, state_topic: str | None = None) -> list[dict[str, bytes]]:
    """Return the memos that a next life would restore."""
    states = [State() for _ in range(stage.partitions)]
    for record in read_range(stage.kafka, state_topic or stage.state_topic):
        key = (record.key or b"").decode()
        if key not in {NEXT_OFFSET_KEY, SUSPICION_KEY}:
            states[record.partition].restore(key, record.value)
    return [dict(state.records()) for state in states]


def told_by_fold(deciding: Deciding, reports: Sequence[IncidentReported]) -> Told:
    """Return what the decider tells of one tenant's reports in memory: nothing interrupts it."""
    memory = deciding.new_memory()
    outputs: dict[str, list[dict[str, Any]]] = {topic.name: [] for topic in TOLD}
    for offset, report in enumerate(reports):
        rules = deciding.choose(report.tenant, report.received_at)
        step: Any = deciding.decide(memory, report, rules, a_position(offset))  # type: ignore[arg-type]
        memory.apply(step)
        said = (step.decision, step.refused, *step.requests, *step.questions)
        for one in filter(None, said):
            outputs[one.topic].append(_placeless(json.loads(json.dumps(one.to_document()))))
    assert isinstance(memory, State)
    return Told(outputs, dict(memory.records()))


def _placeless(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out where it came from: the same report stands on another partition per crash point."""
    for name in ("partition", "offset", "rejected_id", "input_topic"):
        document.pop(name, None)
    document.pop("input", None)
    return document

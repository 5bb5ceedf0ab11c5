"""The silent fold: decides again what was decided, keeps the memory, emits nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from services.triage.agent.opening import Opened, open_record
from services.triage.domain.activation import ActiveRules, RuleSetMissingError
from services.triage.domain.decide import decide
from services.triage.domain.lens import REMEMBERED
from services.triage.domain.state import State
from services.triage.rebuild.errors import FoldFailedError, RulesGoneError
from services.triage.rebuild.recorded import UNDECIDED, Answers, of_step
from shared.contracts import IncidentReported
from shared.contracts.triage_decision import InputPosition
from shared.kafka.records import Incoming

Choose: TypeAlias = Callable[[str, datetime], ActiveRules | None]


@dataclass(slots=True)
class Folded:
    """The memory of one partition and how its answers compare with the recorded ones.

    `unrecorded` answers have passed their retention. `early` ones differ where the history before
    them is cut, which is to be expected; `first_different` is the offset of the first other one.
    """

    state: State = field(default_factory=State)
    reports: int = 0
    equal: int = 0
    different: int = 0
    early: int = 0
    unrecorded: int = 0
    undecided: int = 0
    first_different: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None

    @property
    def compared(self) -> int:
        """Return how many answers were recomputed and had a recorded one."""
        return self.equal + self.different + self.early

    @property
    def reaches_back(self) -> bool:
        """Return whether the oldest report is older than all that triage still remembers."""
        if self.oldest is None or self.newest is None:
            return False
        return self.oldest + REMEMBERED <= self.newest


@dataclass(frozen=True, slots=True)
class SilentFold:
    """Folds the answered reports of one partition; `is_cut` says that older ones are gone."""

    choose: Choose
    answers: Answers
    is_cut: bool = False

    def __call__(self, records: Iterable[Incoming]) -> Folded:
        """Return what the records, in order and all of them answered, leave behind.

        Raises:
            RulesGoneError: no rule set is in force for one of them.
            FoldFailedError: deciding one raised.
        """
        folded = Folded()
        for record in records:
            opening = open_record(record)
            if isinstance(opening, Opened) and self.answers.get(record.offset) != UNDECIDED:
                self._take(folded, record, opening.report)
            else:
                # Poison, parked, too large: it never touched the memory.
                folded.undecided += 1
        return folded

    def _take(self, folded: Folded, record: Incoming, report: IncidentReported) -> None:
        position = InputPosition(
            topic=record.topic, partition=record.partition, offset=record.offset
        )
        rules = self._rules(report, record)
        try:
            step = decide(folded.state, report, rules, position)
            answer = of_step(step)
            folded.state.apply(step)
        except Exception as problem:
            name = type(problem).__name__
            raise FoldFailedError(record.partition, record.offset, name) from problem
        folded.reports += 1
        folded.oldest = folded.oldest or report.received_at
        folded.newest = max(folded.newest or report.received_at, report.received_at)
        self._compare(folded, record.offset, answer, report.received_at)

    def _rules(self, report: IncidentReported, record: Incoming) -> ActiveRules:
        try:
            rules = self.choose(report.tenant, report.received_at)
        except RuleSetMissingError:
            rules = None
        if rules is None:
            raise RulesGoneError(record.partition, record.offset)
        return rules

    def _compare(self, folded: Folded, offset: int, answer: bytes, received_at: datetime) -> None:
        recorded = self.answers.get(offset)
        if recorded is None:
            folded.unrecorded += 1
        elif recorded == answer:
            folded.equal += 1
        elif self.is_cut and folded.oldest and received_at < folded.oldest + REMEMBERED:
            folded.early += 1
        else:
            folded.different += 1
            if folded.first_different is None:
                folded.first_different = offset

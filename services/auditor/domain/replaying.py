"""Recomputes answers from events: the very fold that decided, over the same records in order.

Equal means equal `output_digest` and `decision_id`. Answers of triage's edge (unreadable, too
large, parked after three deaths) cannot be recomputed by the fold; only that they are there is
checked. A report behind the last answer of its partition is still waiting, not missing. Where the
oldest records of a partition are gone, nothing in it is compared: any decision may rest on them.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.auditor.domain.findings import Difference, Tally
from services.triage.domain.activation import Rulebook
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from shared.contracts import IncidentReported, TriageDecision, TriageRejected
from shared.contracts.triage_decision import InputPosition
from shared.contracts.words import RejectionCode

Place: TypeAlias = tuple[str, int, int]
Answer: TypeAlias = TriageDecision | TriageRejected
Answers: TypeAlias = Mapping[Place, list[Answer]]

NOT_PROVABLE: Final = "not provable, as the first reports of their partition are gone"
_OUTSIDE: Final = "outside the window"
_UNDIGESTED: Final = frozenset({"output_digest", "engine", "input"})


@dataclass(frozen=True, slots=True)
class Question:
    """One input record: its position, and the report unless the record is none."""

    position: InputPosition
    report: IncidentReported | None

    @property
    def place(self) -> Place:
        """Return topic, partition and offset."""
        return (self.position.topic, self.position.partition, self.position.offset)


def answers_by_place(
    decisions: Iterable[TriageDecision], rejections: Iterable[TriageRejected]
) -> dict[Place, list[Answer]]:
    """Return what the topics answer to each input record."""
    found: dict[Place, list[Answer]] = defaultdict(list)
    for decision in decisions:
        at = decision.input
        found[at.topic, at.partition, at.offset].append(decision)
    for rejection in rejections:
        found[rejection.input_topic, rejection.partition, rejection.offset].append(rejection)
    return dict(found)


def replay(
    questions: Iterable[Question],
    answers: Answers,
    book: Rulebook,
    wanted: "Wanted",
    cut: Collection[int] = (),
) -> Iterator[Tally]:
    """Fold every report and compare those wanted; yield the growing tally once per record.

    `cut` are the partitions whose oldest records are gone.
    """
    state, tally = State(), Tally()
    last = _last_answered(answers)
    for question in questions:
        if question.position.partition in cut:
            tally.count(NOT_PROVABLE if wanted.covers(question.report) else _OUTSIDE)
            yield tally
            continue
        recorded = answers.get(question.place, [])
        expected = _expected(state, question, book, recorded)
        if not recorded and question.position.offset > last.get(question.position.partition, -1):
            tally.count("waiting")
        elif wanted.covers(question.report):
            _compare(tally, question.position, expected, recorded)
        else:
            tally.count(_OUTSIDE)
        yield tally


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports to compare; all are folded, since a decision rests on what came before."""

    tenant: str | None = None
    earliest: datetime | None = None
    latest: datetime | None = None

    def covers(self, report: IncidentReported | None) -> bool:
        """Return whether the report is to be compared; an unreadable record always is."""
        if report is None:
            return True
        return (
            (self.tenant is None or report.tenant == self.tenant)
            and (self.earliest is None or report.received_at >= self.earliest)
            and (self.latest is None or report.received_at < self.latest)
        )


def _last_answered(answers: Answers) -> dict[int, int]:
    last: dict[int, int] = {}
    for _, partition, offset in answers:
        last[partition] = max(offset, last.get(partition, -1))
    return last


def _expected(
    state: State, question: Question, book: Rulebook, recorded: list[Answer]
) -> Answer | None:
    report = question.report
    if report is None or _was_parked(recorded):
        return None
    rules = book.choose(report.tenant, report.received_at)
    if rules is None:
        return None
    step = decide(state, report, rules, question.position)
    state.apply(step)
    return step.decision or step.refused


def _was_parked(recorded: list[Answer]) -> bool:
    return any(
        isinstance(answer, TriageRejected) and answer.code is not RejectionCode.DUPLICATE
        for answer in recorded
    )


def _compare(
    tally: Tally, position: InputPosition, expected: Answer | None, recorded: list[Answer]
) -> None:
    tally.count("compared")
    if not recorded:
        tally.find(Difference.MISSING, position, None)
    elif len(recorded) > 1:
        tally.find(Difference.DOUBLED, position, None)
    elif expected is None:
        _compare_edge(tally, position, recorded[0])
    elif type(expected) is not type(recorded[0]):
        tally.find(Difference.UNEXPECTED, position, None)
    else:
        _compare_answers(tally, position, expected, recorded[0])


def _compare_edge(tally: Tally, position: InputPosition, answer: Answer) -> None:
    if isinstance(answer, TriageRejected):
        tally.count("refused by triage")
    else:
        tally.find(Difference.UNEXPECTED, position, None)


def _compare_answers(
    tally: Tally, position: InputPosition, expected: Answer, recorded: Answer
) -> None:
    if isinstance(expected, TriageRejected) or isinstance(recorded, TriageRejected):
        tally.count("duplicates")
        return
    same = expected.output_digest == recorded.output_digest
    if same and expected.decision_id == recorded.decision_id:
        tally.count("equal")
        return
    path = first_difference(expected.to_document(), recorded.to_document())
    tally.find(Difference.DIFFERENT, position, path or "output_digest")


def first_difference(expected: Any, recorded: Any, path: str = "") -> str | None:  # noqa: ANN401 -- JSON
    """Return the path of the first value that differs, in sorted order; None when all are equal."""
    if isinstance(expected, dict) and isinstance(recorded, dict):
        for name in sorted({*expected, *recorded} - _UNDIGESTED):
            found = first_difference(expected.get(name), recorded.get(name), f"{path}/{name}")
            if found is not None:
                return found
        return None
    if isinstance(expected, list) and isinstance(recorded, list) and len(expected) == len(recorded):
        for index, (left, right) in enumerate(zip(expected, recorded, strict=True)):
            found = first_difference(left, right, f"{path}/{index}")
            if found is not None:
                return found
        return None
    return None if expected == recorded else path or "/"

"""Which of triage's questions are still open: answered is what a later revision is not asked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from shared.contracts import IncidentReported, TriageQuestion
from shared.contracts.words import Status

COLUMNS: Final = (
    "tenant",
    "source_system",
    "record_id",
    "field",
    "question",
    "would_change",
    "asked_at",
    "state",
)
# A spreadsheet takes a cell that begins so for a formula; record ids are the publisher's own.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class QuestionState(StrEnum):
    """What has become of a question."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest revision of an incident, as triage orders revisions (rules.md section 8)."""

    event_id: UUID
    content_hash: str
    order_by: str
    order: tuple[str, int]
    is_retracted: bool


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """One question about one field of one record, and whether it still needs an answer."""

    question: TriageQuestion
    state: QuestionState

    def cells(self) -> tuple[str, ...]:
        """Return one text per column, safe for a spreadsheet."""
        asked = self.question
        _, system, record = asked.incident_key.split("|", 2)
        change = " ".join(asked.would_change)
        moment = asked.to_document()["asked_for"]
        cells = (asked.tenant, system, record, asked.field, asked.text, change, moment, self.state)
        return tuple(f"'{cell}" if cell.startswith(_FORMULA) else str(cell) for cell in cells)


def revise(newest: Newest | None, report: IncidentReported) -> Newest:
    """Return which revision is the newest once `report` has been read too."""
    found = Newest(
        event_id=report.event_id,
        content_hash=report.content_hash,
        order_by=report.ordering.by.value,
        order=(report.ordering.value, report.mapping_generation),
        is_retracted=report.status is Status.RETRACTED,
    )
    if newest is None:
        return found
    is_earlier = newest.order_by == found.order_by and found.order < newest.order
    if found.event_id == newest.event_id or found.content_hash == newest.content_hash:
        # A repeat was not asked anything: the questions of the first are still its questions.
        order = newest.order if is_earlier else found.order
        return replace(newest, order=order, order_by=found.order_by)
    return newest if is_earlier else found


def newest_asked(questions: Iterable[TriageQuestion]) -> dict[tuple[str, str], TriageQuestion]:
    """Return the last question about each field of each incident, in the order given."""
    return {(question.incident_key, question.field): question for question in questions}


def list_questions(
    asked: Iterable[TriageQuestion], newest: Mapping[str, Newest]
) -> list[ListedQuestion]:
    """Return the questions with their state, sorted by tenant, then oldest first."""
    listed = [ListedQuestion(one, _state(one, newest.get(one.incident_key))) for one in asked]
    return sorted(
        listed,
        key=lambda item: (
            item.question.tenant,
            item.question.asked_for,
            item.question.incident_key,
            item.question.field,
        ),
    )


def _state(question: TriageQuestion, newest: Newest | None) -> QuestionState:
    if newest is None or newest.event_id == question.event_id:
        return QuestionState.OPEN
    return QuestionState.WITHDRAWN if newest.is_retracted else QuestionState.ANSWERED

"""Questions: which are open, answered or withdrawn, and how they are written down."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.questions import (
    ListedQuestion,
    Newest,
    QuestionState,
    list_questions,
    newest_asked,
    revise,
)
from services.intake.question_list import to_csv, write_files
from shared.contracts import IncidentReported, TriageQuestion
from tests.builders.canonical import NOON, a_canonical, a_patient

ASKED = a_canonical("r1", revision=2, patients=[a_patient()])
EARLIER = a_canonical("r1", revision=1, patients=[a_patient(harm="none")])
LATER = a_canonical("r1", revision=3, patients=[a_patient(harm="severe")])
RETRACTED = a_canonical("r1", revision=3, status="retracted")
REPEAT = a_canonical("r1", revision=3, patients=[a_patient()], content_hash=ASKED.content_hash)
NEW_KEY = a_canonical("r1", revision=1, ordering={"by": "arrival", "value": "2026"}, kind="outcome")


def a_question(report: IncidentReported = ASKED, **changes: Any) -> TriageQuestion:
    """Return a question about one report."""
    document = {
        "tenant": report.tenant,
        "incident_key": report.incident_key,
        "event_id": report.event_id,
        "field": "/patients/0/harm",
        "text": "How severe was the harm?",
        "would_change": ("priority", "tier"),
        "asked_for": report.received_at,
    }
    return TriageQuestion.model_validate(document | changes)


def state_after(*reports: IncidentReported) -> QuestionState:
    """Return the state of the question about ASKED once these reports have come in, in order."""
    newest: Newest | None = None
    for report in reports:
        newest = revise(newest, report)
    known = {} if newest is None else {ASKED.incident_key: newest}
    (listed,) = list_questions([a_question()], known)
    return listed.state


@pytest.mark.parametrize(
    ("reports", "state"),
    [
        ((), QuestionState.OPEN),
        ((ASKED,), QuestionState.OPEN),
        ((ASKED, LATER), QuestionState.ANSWERED),
        ((ASKED, RETRACTED), QuestionState.WITHDRAWN),
        ((ASKED, EARLIER), QuestionState.OPEN),
        ((ASKED, REPEAT), QuestionState.OPEN),
        ((ASKED, LATER, ASKED), QuestionState.ANSWERED),
        ((ASKED, NEW_KEY), QuestionState.ANSWERED),
    ],
    ids=[
        "report not kept",
        "nothing since",
        "later revision",
        "retracted",
        "stale revision",
        "same content again",
        "stale repeat of the first",
        "another ordering key",
    ],
)
def test_a_question_is_answered_by_a_later_revision(
    reports: tuple[IncidentReported, ...], state: QuestionState
) -> None:
    """Only what triage takes for newer counts; stale and repeated reports answer nothing."""
    assert state_after(*reports) is state


def test_a_repeat_moves_the_order_on() -> None:
    """What lies between the first and its repeat is stale, as for triage."""
    assert state_after(ASKED, REPEAT, LATER.model_copy()) is QuestionState.ANSWERED
    between = a_canonical("r1", revision=2, mapping_generation=1, kind="outcome")

    assert state_after(ASKED, REPEAT, between) is QuestionState.OPEN


def test_a_field_is_listed_once_per_incident_with_the_newest_words() -> None:
    """Asked again by another rule set, it is one question."""
    again = a_question(text="How bad was it?")

    found = newest_asked([a_question(), again, a_question(field="/kind")])

    assert [one.text for one in found.values()] == ["How bad was it?", "How severe was the harm?"]


def test_questions_are_sorted_by_tenant_and_then_the_oldest_first() -> None:
    """The longest wait stands on top."""
    late = a_question(asked_for=NOON + timedelta(days=9))
    other = a_question(a_canonical("r1", tenant="zulu"))

    listed = list_questions([other, late, a_question(field="/kind")], {})

    assert [item.question for item in listed] == [a_question(field="/kind"), late, other]


def test_a_cell_that_looks_like_a_formula_is_made_text() -> None:
    """Record ids are the publisher's; a spreadsheet must not run one."""
    report = a_canonical("=2+5")

    cells = ListedQuestion(a_question(report), QuestionState.OPEN).cells()

    assert cells[2] == "'=2+5"


def test_each_tenant_gets_a_file_of_its_own(tmp_path: Path) -> None:
    """A heading and one line per question; nobody sees another's."""
    mine, other = a_question(), a_question(a_canonical("r|1", tenant="zulu"))

    paths = list(write_files(tmp_path / "out", list_questions([other, mine], {})))

    assert [path.name for path in paths] == ["questions-alpha.csv", "questions-zulu.csv"]
    assert paths[1].read_bytes().decode() == to_csv(list_questions([other], {}))
    assert paths[1].read_text().splitlines()[1].startswith("zulu,native,r|1,/patients/0/harm,")

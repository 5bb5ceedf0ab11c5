"""Replay finds every way in which topics and code can disagree, and nothing where they agree."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.auditor.domain.findings import Difference, Tally
from services.auditor.domain.replaying import (
    NOT_PROVABLE,
    Answer,
    Question,
    Wanted,
    answers_by_place,
    first_difference,
    replay,
)
from services.auditor.report import tally_lines
from services.triage.domain.activation import EVERY_TENANT, Rulebook
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import IncidentReported, RuleSetActivated, TriageDecision, TriageRejected
from shared.contracts.triage_decision import InputPosition
from shared.contracts.words import RejectionCode, RulesMode
from tests.builders.canonical import a_canonical

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def _book() -> Rulebook:
    rule_set = load_shipped()
    activation = RuleSetActivated(
        tenant=EVERY_TENANT,
        effective_from=BEGINNING,
        hash=rule_set.hash,
        mode=RulesMode.LIVE,
        approved_by="test",
        key_name="test",
        signature="-",
    )
    return Rulebook().with_set(rule_set).with_activation(activation)


BOOK = _book()


def _questions(*reports: IncidentReported | None) -> list[Question]:
    return [
        Question(InputPosition(topic="incident.reported.v1", partition=0, offset=n), report)
        for n, report in enumerate(reports)
    ]


def _recorded(questions: Sequence[Question]) -> list[Answer]:
    state, answers = State(), []
    for question in questions:
        report = question.report
        if report is None:
            continue
        rules = BOOK.choose(report.tenant, report.received_at)
        assert rules is not None
        step = decide(state, report, rules, question.position)
        state.apply(step)
        answers.append(step.decision or step.refused)
    return [answer for answer in answers if answer is not None]


def _replayed(
    questions: Sequence[Question], answers: Sequence[Answer], wanted: Wanted | None = None
) -> Tally:
    decisions = [one for one in answers if isinstance(one, TriageDecision)]
    rejections = [one for one in answers if isinstance(one, TriageRejected)]
    by_place = answers_by_place(decisions, rejections)
    return list(replay(questions, by_place, BOOK, wanted or Wanted()))[-1]


def _three() -> list[Question]:
    return _questions(a_canonical("r-1"), a_canonical("r-2"), a_canonical("r-2"))


def _changed(answer: Answer, **values: Any) -> Answer:
    return answer.model_copy(update=values)


def test_the_same_code_over_the_same_records_is_equal() -> None:
    """Two decisions and a duplicate: nothing to find."""
    questions = _three()

    tally = _replayed(questions, _recorded(questions))

    assert tally.findings == []
    assert dict(tally.counts) == {"compared": 3, "equal": 2, "duplicates": 1}


def test_a_missing_answer_is_found() -> None:
    """A report without an answer, before one that has an answer, was lost."""
    questions = _three()

    tally = _replayed(questions, _recorded(questions)[1:])

    assert [finding.difference for finding in tally.findings] == [Difference.MISSING]


def test_a_report_behind_the_last_answer_is_waiting() -> None:
    """What triage has not reached yet is not called missing."""
    questions = _three()

    tally = _replayed(questions, _recorded(questions)[:1])

    assert tally.findings == []
    assert tally.counts["waiting"] == 2


def test_a_second_answer_is_found() -> None:
    """One report, one answer."""
    questions = _three()
    answers = _recorded(questions)

    tally = _replayed(questions, [*answers, answers[0]])

    assert [finding.difference for finding in tally.findings] == [Difference.DOUBLED]


def test_a_changed_decision_is_found_and_its_path_named() -> None:
    """Whoever changes a tier on the topic is found out."""
    questions = _three()
    first, *rest = _recorded(questions)

    tally = _replayed(
        questions, [_changed(first, output_digest="sha256:0", group_support=True), *rest]
    )

    assert [finding.difference for finding in tally.findings] == [Difference.DIFFERENT]
    assert tally.findings[0].path == "/group_support"


def test_an_answer_of_the_wrong_sort_is_found() -> None:
    """A decision where today's code sees a duplicate is a difference."""
    questions = _three()
    first, second, duplicate = _recorded(questions)
    wrong = _changed(second, input=questions[2].position)
    assert isinstance(duplicate, TriageRejected)

    tally = _replayed(questions, [first, second, wrong])

    assert [finding.difference for finding in tally.findings] == [Difference.UNEXPECTED]


def test_an_unreadable_record_needs_its_refusal() -> None:
    """Poison on the topic is answered by a refusal, and replay counts it."""
    questions = _questions(None, a_canonical("r-1"))
    refused = _changed(_recorded(_three())[2], offset=0, code=RejectionCode.UNDECODABLE)
    decided = _recorded(questions)

    tally = _replayed(questions, [refused, *decided])

    assert tally.findings == []
    assert tally.counts["refused by triage"] == 1


def test_only_the_window_is_compared_but_everything_is_folded() -> None:
    """A later decision rests on earlier reports, so they are folded without being compared."""
    questions = _three()
    at = questions[0].report.received_at  # type: ignore[union-attr]
    later = Wanted(earliest=at + timedelta(days=1))

    tally = _replayed(questions, _recorded(questions), later)

    assert dict(tally.counts) == {"outside the window": 3}
    assert list(tally_lines(tally))[-1] == "result: nothing was compared, so nothing is proved"


def test_lines_name_places_not_payloads() -> None:
    """The last line says the result; each finding says where."""
    questions = _three()

    lines = list(tally_lines(_replayed(questions, _recorded(questions)[1:])))

    assert lines[0].startswith("missing: incident.reported.v1/0/0: ")
    assert lines[-1] == "result: 1 of 3 differ"


def test_the_first_difference_is_found_in_lists_and_objects() -> None:
    """The path leads to the value."""
    assert first_difference({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}) == "/a/1/b"
    assert first_difference({"a": [1]}, {"a": [1, 2]}) == "/a"
    assert first_difference({"a": 1}, {"a": 1, "engine": "x"}) is None


def test_where_the_first_reports_are_gone_nothing_counts_as_equal() -> None:
    """Decisions may rest on what has passed its retention; other partitions are still compared."""
    kept = _questions(a_canonical("r1"), a_canonical("r2"))
    gone = Question(
        InputPosition(topic="incident.reported.v1", partition=1, offset=7), a_canonical("r3")
    )
    answers = answers_by_place(
        [answer for answer in _recorded(kept) if isinstance(answer, TriageDecision)], []
    )

    *_, tally = replay([*kept, gone], answers, BOOK, Wanted(), cut={1})

    assert (tally.compared, tally.counts["equal"], tally.counts[NOT_PROVABLE]) == (2, 2, 1)
    assert tally.findings == []

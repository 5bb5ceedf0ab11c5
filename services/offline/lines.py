"""One report's answer as a JSON line, in the shape of contracts.md section 5."""

import json
from collections.abc import Sequence
from typing import Any

from services.offline.deciding import Answer
from shared.contracts import TriageDecision, TriageQuestion
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam
from shared.contracts.words import Priority, Verdict

DUPLICATE = "duplicate"


def json_line(answer: Answer) -> str:
    """Return the answer as one line; tier and priority are the highest over persons and team."""
    decision = answer.step.decision
    document = {
        "record_id": answer.record_id,
        **(_nothing() if decision is None else _decided(decision)),
        "questions": [_question(question) for question in answer.step.questions],
        "outcome": DUPLICATE if decision is None else decision.outcome.value,
        "quality": [flag.value for flag in answer.report.quality.flags],
    }
    return json.dumps(document, ensure_ascii=False)


def _nothing() -> dict[str, Any]:
    return {
        "tier": 0,
        "priority": Priority.NONE.value,
        "group_support": False,
        "persons": [],
        "team": None,
        "reasons": [],
    }


def _decided(decision: TriageDecision) -> dict[str, Any]:
    found: list[DecidedPerson | DecidedTeam] = list(decision.persons)
    if decision.team is not None:
        found.append(decision.team)
    most_urgent = max((item.priority for item in found), key=_rank, default=Priority.NONE)
    return {
        "tier": max((item.tier for item in found), default=0),
        "priority": most_urgent.value,
        "group_support": decision.group_support,
        "persons": [_subject(person) for person in decision.persons],
        "team": None if decision.team is None else _subject(decision.team),
        "reasons": sorted({rule_id for item in found for rule_id in reasons_of(item)}),
    }


def _rank(priority: Priority) -> int:
    return priority.rank


def _subject(found: DecidedPerson | DecidedTeam) -> dict[str, Any]:
    """Return one person or team without the rows of the decision's tables."""
    document = found.to_document()
    for name in ("facts", "history"):
        del document[name]
    return document | {
        "reasons": reasons_of(found),
        "questions": [question.field for question in found.questions],
    }


def reasons_of(found: DecidedPerson | DecidedTeam) -> Sequence[str]:
    """Return the rules that made the tier: fired, or unknown with an effect of their own."""
    return [
        reason.rule_id
        for reason in found.reasons
        if reason.verdict is Verdict.FIRES or reason.counted
    ]


def _question(question: TriageQuestion) -> dict[str, Any]:
    return {
        "field": question.field,
        "text": question.text,
        "would_change": list(question.would_change),
    }

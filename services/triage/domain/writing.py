"""The decision as a document: facts, reasons and texts stored once, persons pointing to them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.triage.domain.facts import Facts, FactValue
from services.triage.domain.finding import Finding, FiredRule, OpenQuestion
from services.triage.domain.judging import Findings
from services.triage.domain.judging import Verdict as Judgement
from services.triage.domain.plan import Plan
from services.triage.domain.team import Team
from services.triage.domain.windows import WindowCount
from shared.contracts.words import Verdict


def told(finding: Finding) -> list[FiredRule]:
    """Return the reasons worth keeping: what fired, and what is unknown but counts or asks.

    Which other rules are unknown follows from the recorded facts.
    """
    asking = {question.rule_id for question in finding.questions}
    return [
        reason
        for reason in finding.reasons
        if reason.counted or reason.verdict is Verdict.FIRES or reason.rule_id in asking
    ]


class Tables:
    """Texts and fact sets of one decision, each kept once; persons hold row numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.facts: list[dict[str, Any]] = []
        self._text_rows: dict[str, int] = {}

    def text(self, text: str) -> int:
        """Return the row of a text."""
        row = self._text_rows.setdefault(text, len(self.texts))
        if row == len(self.texts):
            self.texts.append(text)
        return row

    def fact_set(self, facts: Facts, reads: Iterable[str]) -> int:
        """Add a fact set, unknown facts that rules read as null; return its row."""
        written = {name: _written(value) for name, value in facts.items()}
        for name in reads:
            written.setdefault(name, None)
        self.facts.append(written)
        return len(self.facts) - 1


def write_findings(findings: Findings, plan: Plan) -> dict[str, Any]:
    """Return the part of the decision's document that the findings give."""
    tables = Tables()
    account = findings.account
    shared = {
        name: value for name, value in account.shared.items() if not name.startswith("windows.")
    }
    rows = [tables.fact_set(shared, plan.shared_reads)]
    rows += [tables.fact_set(facts, plan.patient_reads) for facts in account.patients]
    persons = [_person(verdict, tables, rows, plan) for verdict in findings.persons]
    support = {
        "local_debrief_done": account.memo.local_debrief_done,
        "support_offered": account.memo.support_offered,
    }
    document: dict[str, Any] = {
        "persons": persons,
        "group_support": findings.group_support,
        "history": [_window(count) for count in findings.history],
        "support": _stated(support),
    }
    if findings.team is not None:
        document["team"] = _team(findings.team, findings.place, tables, rows)
    document["facts"] = tables.facts
    document["texts"] = tables.texts
    return document


def write_moment(moment: datetime) -> str:
    """Return RFC 3339 UTC with six decimals, as the contracts write it."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text[:-6] + "Z"


def _written(value: FactValue) -> Any:  # noqa: ANN401 - JSON is any of six types
    if isinstance(value, datetime):
        return write_moment(value)
    return list(value) if isinstance(value, tuple) else value


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _person(verdict: Judgement, tables: Tables, rows: Sequence[int], plan: Plan) -> dict[str, Any]:
    person = verdict.person
    own = [] if person is None else [tables.fact_set(person.facts, plan.person_reads)]
    entry = person.entry if person else None
    return {
        **_stated(
            {
                "person_ref": verdict.subject,
                "role": entry.role if entry else None,
                "involvement": entry.involvement if entry else None,
            }
        ),
        **_result(verdict, tables),
        "facts": [*rows, *own],
        "history": [_window(count) for count in verdict.history],
    }


def _team(verdict: Judgement, team: Team, tables: Tables, rows: Sequence[int]) -> dict[str, Any]:
    place = {
        "unit_id": team.unit_id,
        "campus": team.campus,
        "earliest": write_moment(team.earliest) if team.earliest else None,
        "latest": write_moment(team.latest) if team.latest else None,
        "headcount": team.headcount,
    }
    return {
        **_stated(place),
        "unnamed": team.unnamed,
        **_result(verdict, tables),
        "facts": list(rows),
        "history": [],
    }


def _result(verdict: Judgement, tables: Tables) -> dict[str, Any]:
    finding = verdict.finding
    result = {
        "tier": verdict.tier,
        "priority": verdict.priority.value,
        "score": finding.score,
        "tier_if_unknowns_worst": verdict.worst,
        "follow_up": verdict.follow_up.value,
        "reasons": [_reason(reason, tables) for reason in told(finding)],
        "questions": [_question(question) for question in finding.questions],
    }
    if verdict.withheld is not None:
        result["withheld_because"] = verdict.withheld.value
    return result


def _reason(reason: FiredRule, tables: Tables) -> dict[str, Any]:
    return {
        "rule_id": reason.rule_id,
        "title": reason.title,
        "family": reason.family.value,
        "verdict": reason.verdict.value,
        **_stated(
            {
                "floor_tier": reason.floor_tier,
                "floor_priority": reason.floor_priority.value if reason.floor_priority else None,
                "points": reason.points,
            }
        ),
        "counted": reason.counted,
        "text": tables.text(reason.text),
    }


def _question(question: OpenQuestion) -> dict[str, Any]:
    return {"rule_id": question.rule_id, "field": question.field, "text": question.text}


def _window(count: WindowCount) -> dict[str, Any]:
    return {
        "name": count.name,
        "value": count.value,
        "incident_keys": list(count.incident_keys),
    }

"""The decision in words of the contract: facts, reasons and texts stored once, persons point there.

Canonical JSON is written beside each value, its members in the order of their names.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from services.triage.domain.fact_rows import fact_row, shared_row
from services.triage.domain.finding import FiredRule, OpenQuestion
from services.triage.domain.judging import Findings
from services.triage.domain.judging import Verdict as Judgement
from services.triage.domain.parts import NONE_OF_IT, Part, listed, stated, text, texts, yes_no
from services.triage.domain.plan import Plan
from services.triage.domain.team import Team
from services.triage.domain.windows import WindowCount
from shared.contracts.triage_decision import (
    DecidedPerson,
    DecidedTeam,
    Question,
    Reason,
    WindowValue,
)
from shared.contracts.values import write_moment
from shared.contracts.words import Involvement, StaffRole

_REMEMBERED: Final = 16_384
_ROLES: Final = {role.value: role for role in StaffRole}
_INVOLVEMENTS: Final = {involvement.value: involvement for involvement in Involvement}


class Tables:
    """Texts and fact sets of one decision, each kept once; persons hold row numbers."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.facts: list[Part] = []
        self._text_rows: dict[str, int] = {}

    def text(self, text: str) -> int:
        """Return the row of a text."""
        row = self._text_rows.setdefault(text, len(self.texts))
        if row == len(self.texts):
            self.texts.append(text)
        return row

    def fact_set(self, row: Part) -> int:
        """Add a fact set; return its row."""
        self.facts.append(row)
        return len(self.facts) - 1


def write_findings(findings: Findings, plan: Plan) -> dict[str, Part]:
    """Return the parts of the decision that the findings give, by field."""
    tables = Tables()
    account = findings.account
    rows = [tables.fact_set(shared_row(account.shared, plan.shared_reads))]
    rows += [tables.fact_set(fact_row(facts, plan.patient_reads)) for facts in account.patients]
    persons = [_person(verdict, tables, rows, plan) for verdict in findings.persons]
    parts = {
        "persons": listed(persons),
        "group_support": Part(findings.group_support, yes_no(findings.group_support)),
        "history": _history(findings.history),
        "support": _support(account.memo.local_debrief_done, account.memo.support_offered),
    }
    if findings.team is not None:
        parts["team"] = _team(findings.team, findings.place, tables, rows)
    parts["facts"] = listed(tables.facts)
    parts["texts"] = Part(tuple(tables.texts), texts(tables.texts))
    return parts


@lru_cache
def _support(local_debrief_done: bool | None, support_offered: bool | None) -> Part:  # noqa: FBT001
    said = {"local_debrief_done": local_debrief_done, "support_offered": support_offered}
    known = {name: value for name, value in said.items() if value is not None}
    members = [f'"{name}":{yes_no(value)}' for name, value in known.items()]
    return Part(known, "{" + ",".join(members) + "}")


class _Result(NamedTuple):
    """What persons and the team have in common."""

    fields: dict[str, Any]
    reasons: Part
    questions: Part
    withheld: str


def _result(verdict: Judgement, tables: Tables) -> _Result:
    finding = verdict.finding
    reasons = listed([_reason(reason, tables.text(reason.text)) for reason in finding.told])
    questions = listed([_question(question) for question in finding.questions])
    fields = {
        "tier": verdict.tier,
        "priority": verdict.priority,
        "score": finding.score,
        "tier_if_unknowns_worst": verdict.worst,
        "follow_up": verdict.follow_up,
        "reasons": reasons.value,
        "questions": questions.value,
    }
    if verdict.withheld is None:
        return _Result(fields, reasons, questions, "")
    fields["withheld_because"] = verdict.withheld
    return _Result(fields, reasons, questions, f',"withheld_because":"{verdict.withheld}"')


def _person(verdict: Judgement, tables: Tables, rows: Sequence[int], plan: Plan) -> Part:
    person = verdict.person
    facts = tuple(rows)
    if person is not None:
        facts = (*rows, tables.fact_set(fact_row(person.facts, plan.person_reads)))
    role = _ROLES.get(person.entry.role or "") if person else None
    involvement = _INVOLVEMENTS.get(person.entry.involvement or "") if person else None
    fields, reasons, questions, withheld = _result(verdict, tables)
    history = _history(verdict.history)
    fields |= {"facts": facts, "history": history.value}
    fields |= _known(person_ref=verdict.subject, role=role, involvement=involvement)
    return Part(
        DecidedPerson.of(fields),
        f'{{"facts":{_numbers(facts)},"follow_up":"{verdict.follow_up}","history":{history.json},'
        f"{stated('involvement', involvement)}{stated('person_ref', verdict.subject)}"
        f'"priority":"{verdict.priority}","questions":{questions.json},"reasons":{reasons.json},'
        f'{stated("role", role)}"score":{fields["score"]},"tier":{verdict.tier},'
        f'"tier_if_unknowns_worst":{fields["tier_if_unknowns_worst"]}{withheld}}}',
    )


def _team(verdict: Judgement, team: Team, tables: Tables, rows: Sequence[int]) -> Part:
    fields, reasons, questions, withheld = _result(verdict, tables)
    fields |= {"unnamed": team.unnamed, "facts": tuple(rows), "history": ()}
    fields |= _known(
        unit_id=team.unit_id,
        campus=team.campus,
        earliest=team.earliest,
        latest=team.latest,
        headcount=team.headcount,
    )
    earliest = write_moment(team.earliest) if team.earliest else None
    latest = write_moment(team.latest) if team.latest else None
    return Part(
        DecidedTeam.of(fields),
        f"{{{stated('campus', team.campus)}{stated('earliest', earliest)}"
        f'"facts":{_numbers(rows)},"follow_up":"{verdict.follow_up}",'
        f'{stated("headcount", team.headcount)}"history":[],{stated("latest", latest)}'
        f'"priority":"{verdict.priority}","questions":{questions.json},"reasons":{reasons.json},'
        f'"score":{fields["score"]},"tier":{verdict.tier},'
        f'"tier_if_unknowns_worst":{fields["tier_if_unknowns_worst"]},'
        f'{stated("unit_id", team.unit_id)}"unnamed":{yes_no(team.unnamed)}{withheld}}}',
    )


def _known(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - fields of a contract
    return {name: value for name, value in fields.items() if value is not None}


def _numbers(rows: Iterable[int]) -> str:
    return "[" + ",".join(map(str, rows)) + "]"


@lru_cache(_REMEMBERED)
def _reason(reason: FiredRule, row: int) -> Part:
    effect: Mapping[str, Any] = _known(
        floor_tier=reason.floor_tier, floor_priority=reason.floor_priority, points=reason.points
    )
    value = Reason.of(
        {
            "rule_id": reason.rule_id,
            "title": reason.title,
            "family": reason.family,
            "verdict": reason.verdict,
            **effect,
            "counted": reason.counted,
            "text": row,
        }
    )
    return Part(
        value,
        f'{{"counted":{yes_no(reason.counted)},"family":"{reason.family}",'
        f"{stated('floor_priority', reason.floor_priority)}"
        f"{stated('floor_tier', reason.floor_tier)}{stated('points', reason.points)}"
        f'"rule_id":{text(reason.rule_id)},"text":{row},"title":{text(reason.title)},'
        f'"verdict":"{reason.verdict}"}}',
    )


@lru_cache(_REMEMBERED)
def _question(question: OpenQuestion) -> Part:
    rule_id, field = question.rule_id, question.field
    return Part(
        Question.of({"rule_id": rule_id, "field": field, "text": question.text}),
        f'{{"field":{text(field)},"rule_id":{text(rule_id)},"text":{text(question.text)}}}',
    )


def _history(counts: Sequence[WindowCount]) -> Part:
    return listed([_window(count) for count in counts]) if counts else NONE_OF_IT


@lru_cache(_REMEMBERED)
def _window(count: WindowCount) -> Part:
    return Part(
        WindowValue.of(count._asdict()),
        f'{{"incident_keys":{texts(count.incident_keys)},"name":{text(count.name)},'
        f'"value":{count.value}}}',
    )

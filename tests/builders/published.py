"""Published kinds of cases as reports, through the real mapping and the real decision, offline."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from services.intake.domain.finish import finish
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import IncidentReported, TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam, InputPosition
from shared.contracts.values import write_moment
from shared.identity import person_ref
from tests.builders.reports import PSEUDONYM_KEY, RAW_REF, RECEIVED_AT, mapped

FOLDER = Path(__file__).parents[1] / "rules" / "published_cases"
LOGIN = "login"
POSITION = InputPosition(topic="incident.reported.v1", partition=0, offset=0)


@dataclass(frozen=True, slots=True)
class Case:
    """One case: earlier reports, the report in question, what each subject must be found.

    `expect` maps a login, `team`, or `?role` for staff without any identifier to "tier priority".
    """

    name: str
    why: str
    before: tuple[Mapping[str, Any], ...]
    report: Mapping[str, Any]
    expect: Mapping[str, str]
    group_support: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was decided, in the words of a case."""

    subjects: dict[str, str]
    group_support: bool
    decision: TriageDecision

    @property
    def tier(self) -> int:
        """The highest tier of anybody."""
        return max((int(text[0]) for text in self.subjects.values()), default=0)


def published_cases() -> Iterator[Case]:
    """Yield all cases of the folder."""
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Case(
                name=row["case"],
                why=row["why"],
                before=tuple(row.get("before", ())),
                report=row["report"],
                expect={name: str(text) for name, text in row["expect"].items()},
                group_support=row.get("group_support", False),
            )


def found_in(case: Case) -> Found:
    """Return what the shipped rules find in the case's last report, after the earlier ones."""
    state, rules = State(), ActiveRules(load_shipped())
    decision = None
    for given in (*case.before, case.report):
        step = decide(state, _canonical(given), rules, POSITION)
        state.apply(step)
        decision = step.decision
    assert decision is not None
    names = {person_ref(PSEUDONYM_KEY, LOGIN, name): name for name in _logins(case.report)}
    subjects = {_name(person, names): _told(person) for person in decision.persons}
    if decision.team is not None and decision.team.tier:
        subjects["team"] = _told(decision.team)
    return Found(subjects, decision.group_support, decision)


def native(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a case's report as a publisher sends it.

    `who` and bare ids are logins, `day` moves the whole report, `received_on_day` its receipt.
    """
    report = dict(given)
    day = report.pop("day", 0)
    report.pop("received_on_day", None)
    report.setdefault("record_id", "case")
    report.setdefault("occurred", {"at": write_moment(_received(day) - timedelta(hours=2))})
    report["staff"] = [_staff(member) for member in report.get("staff", ())] or None
    if "reporter" in report:
        report["reporter"] = _identified(report["reporter"], "id")
    report["proceedings"] = [_proceeding(item) for item in report.get("proceedings", ())] or None
    return {name: value for name, value in report.items() if value is not None}


def _canonical(given: Mapping[str, Any]) -> IncidentReported:
    received = _received(given.get("received_on_day", given.get("day", 0)))
    draft = mapped(json.loads(json.dumps(native(given)))).draft
    return finish(draft, received_at=received, raw_ref=RAW_REF)


def _received(day: int) -> datetime:
    return RECEIVED_AT + timedelta(days=day)


def _logins(given: Mapping[str, Any]) -> Iterator[str]:
    yield from (member["who"] for member in given.get("staff", ()) if "who" in member)
    if "id" in given.get("reporter", {}):
        yield given["reporter"]["id"]


def _staff(member: Mapping[str, Any]) -> dict[str, Any]:
    renamed = {("id" if name == "who" else name): value for name, value in member.items()}
    return _identified(renamed, "id")


def _proceeding(item: Mapping[str, Any]) -> dict[str, Any]:
    persons = [{"system": LOGIN, "value": name} for name in item.get("persons", ())]
    return {**item, "persons": persons} if persons else dict(item)


def _identified(node: Mapping[str, Any], field: str) -> dict[str, Any]:
    if field not in node:
        return dict(node)
    return {**node, field: {"system": LOGIN, "value": node[field]}}


def _name(person: DecidedPerson, names: Mapping[str, str]) -> str:
    if person.person_ref is None:
        return f"?{person.role}"
    return names[person.person_ref]


def _told(found: DecidedPerson | DecidedTeam) -> str:
    return f"{found.tier} {found.priority}" if found.tier else "0"

"""One decision in plain words: who, why, by which source, what is not known, what was withheld."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.triage.domain.ruleset import RuleSet
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import (
    DecidedPerson,
    DecidedTeam,
    MergeEvidence,
    Question,
    Reason,
    WindowValue,
)
from shared.contracts.words import DecisionFlag, Priority, RequestAction, Verdict, WithheldBecause

TIERS: Final = (
    "tier 0, nothing offered",
    "tier 1, the unit looks after its people",
    "tier 2, a trained peer reaches out",
    "tier 3, a peer reaches out and a professional referral is offered at once",
)
CLOCKS: Final[Mapping[Priority, str]] = {
    Priority.NONE: "no clock",
    Priority.ROUTINE: "routine, within 72 hours",
    Priority.HIGH: "high, within 24 hours",
    Priority.URGENT: "urgent, within 4 hours",
}
WITHHELD: Final[Mapping[WithheldBecause, str]] = {
    WithheldBecause.OPTED_OUT: "the report says that the person does not want to be contacted",
    WithheldBecause.ANONYMOUS_REPORTER: "the person reported anonymously and is never contacted",
    WithheldBecause.ALREADY_SUPPORTED: "the report says that the person was offered support",
    WithheldBecause.UNRESOLVABLE: "nobody can be reached by name; it counts for the team",
    WithheldBecause.LATE: "it happened too long ago, and the rule set asks for nothing then",
    WithheldBecause.MERGED: "another occurrence goes on for this one",
    WithheldBecause.SHADOW: "the tenant's rules run in shadow, nobody is contacted yet",
}
FLAGS: Final[Mapping[DecisionFlag, str]] = {
    DecisionFlag.WITHDRAWN: "the report was retracted",
    DecisionFlag.LATE: "it happened too long ago for an ordinary request",
    DecisionFlag.STALE: "a newer revision was known already, so nothing was requested",
    DecisionFlag.SHADOW: "decided in shadow mode",
    DecisionFlag.POSSIBLE_DUPLICATE: "another incident looks alike",
    DecisionFlag.CONFLICT: "the reports contradict each other; the more serious was taken",
    DecisionFlag.TIME_ASSUMED: "nobody said when it happened",
}
ACTIONS: Final[Mapping[RequestAction, str]] = {
    RequestAction.OPEN: "opened",
    RequestAction.RAISE: "raised",
    RequestAction.AMEND: "amended",
    RequestAction.WITHDRAW: "withdrawn",
}
BECAUSE: Final[Mapping[str, str]] = {
    "group_id": "they share a group id",
    "patient_unit_category": "same patient, unit, category and time",
    "through_another": "a third incident ties them together",
    "same_patient": "the same patient at about the same time",
}


def explain_decision(decision: TriageDecision, rule_set: RuleSet | None) -> Iterator[str]:
    """Yield the lines that explain a decision; without its rule set the sources are left out."""
    yield f"Incident {decision.incident_key}, decided for {_moment(decision)}"
    yield f"  rules: {decision.rule_set.name} ({decision.rule_set.hash[:19]}…)"
    for flag in decision.flags:
        yield f"  note: {FLAGS[flag]}"
    yield from _merge(decision.merge)
    for person in decision.persons:
        yield from _person(person, decision, rule_set)
    if decision.team is not None:
        yield from _team(decision.team, decision, rule_set)
    if not decision.persons and decision.team is None:
        yield "  Nobody is left to offer anything to."
    if decision.group_support:
        yield "  Group support is suggested, beside the offers one to one."
    yield from _windows(decision.history, "the unit")
    yield from _requests(decision)


def _moment(decision: TriageDecision) -> str:
    return decision.decided_for.isoformat(timespec="minutes")


def _merge(evidence: Sequence[MergeEvidence]) -> Iterator[str]:
    for item in evidence:
        verb = "may be the same occurrence as" if item.weak else "is one occurrence with"
        yield f"  {verb} {item.incident_key}: {BECAUSE.get(item.because, item.because)}"


def _person(
    person: DecidedPerson, decision: TriageDecision, rule_set: RuleSet | None
) -> Iterator[str]:
    known = ", ".join(word.value for word in (person.role, person.involvement) if word)
    name = person.person_ref or "somebody without an identifier"
    yield f"  Person {name}{f' ({known})' if known else ''}: {_result(person)}"
    yield from _why(person, decision, rule_set)
    yield from _windows(person.history, "this person")


def _team(team: DecidedTeam, decision: TriageDecision, rule_set: RuleSet | None) -> Iterator[str]:
    place = team.unit_id or team.campus
    yield f"  Team of {place or 'the whole hospital group'}: {_result(team)}"
    if team.headcount is not None:
        yield f"    {team.headcount} were there"
    yield from _why(team, decision, rule_set)


def _result(found: DecidedPerson | DecidedTeam) -> str:
    clock = f"; {CLOCKS[found.priority]}" if found.tier else ""
    points = f"; {found.score} points" if found.score else ""
    return f"{TIERS[found.tier]}{clock}{points}"


def _why(
    found: DecidedPerson | DecidedTeam, decision: TriageDecision, rule_set: RuleSet | None
) -> Iterator[str]:
    if found.withheld_because is not None:
        yield f"    withheld: {WITHHELD[found.withheld_because]}"
    for reason in found.reasons:
        if reason.verdict is Verdict.FIRES or reason.counted:
            yield from _reason(reason, decision, rule_set)
    yield from _unknown(found.questions, found.tier, found.tier_if_unknowns_worst)


def _reason(reason: Reason, decision: TriageDecision, rule_set: RuleSet | None) -> Iterator[str]:
    unknown = "" if reason.verdict is Verdict.FIRES else " (not known for certain)"
    yield f"    because {reason.title} [{reason.rule_id}]{unknown}: {_effect(reason)}"
    yield f"      {decision.texts[reason.text]}"
    for source in _sources(reason.rule_id, rule_set):
        yield f"      source: {source}"


def _effect(reason: Reason) -> str:
    if reason.points is not None:
        return f"{reason.points} points"
    priority = reason.floor_priority.value if reason.floor_priority else "none"
    return f"at least tier {reason.floor_tier}, {priority}"


def _sources(rule_id: str, rule_set: RuleSet | None) -> Iterator[str]:
    if rule_set is None:
        return
    for evidence in rule_set.rule(rule_id).evidence:
        yield f"{evidence.ref} ({evidence.grade}){f': {evidence.note}' if evidence.note else ''}"


def _unknown(questions: Sequence[Question], tier: int, worst: int) -> Iterator[str]:
    if worst > tier:
        yield f"    up to tier {worst} if what is not known turns out for the worst"
    for question in questions:
        yield f"    not known: {question.text} [{question.field}, {question.rule_id}]"


def _windows(history: Sequence[WindowValue], whose: str) -> Iterator[str]:
    for window in history:
        if window.value:
            keys = ", ".join(window.incident_keys)
            yield f"    counted for {whose}, {window.name}: {window.value} ({keys})"


def _requests(decision: TriageDecision) -> Iterator[str]:
    if not decision.requests:
        yield "  No request was made."
    for request in decision.requests:
        yield f"  Request: case {request.case_ref} {ACTIONS[request.action]}."

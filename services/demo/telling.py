"""Tells what became of each report, in lines for a terminal; roles are shown, names are not."""

from collections.abc import Iterator

from services.demo.posting import Answer
from services.demo.story.reports import Chapter
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import DecidedPerson, Reason
from shared.contracts.words import Verdict

TIERS = {
    0: "nothing offered",
    1: "local: the unit looks after its people",
    2: "peer: a trained peer reaches out",
    3: "expedited: a peer, and a professional at once",
}


def told(number: int, chapter: Chapter) -> str:
    """Return the line above a report."""
    return f"{number}. {chapter.title}"


def answered(answer: Answer) -> str:
    """Return what intake said."""
    if answer.event_id is not None:
        return f"   intake   {answer.status}, event {answer.event_id}"
    code = answer.document.get("code", "refused")
    pointer = answer.document.get("pointer") or ""
    return f"   intake   {answer.status} {code} {pointer}".rstrip()


def decided(decision: TriageDecision) -> Iterator[str]:
    """Yield what triage found, one line per person and for the team."""
    for person in decision.persons:
        yield f"   triage   {_who(person)}: {_found(person.tier, person.priority)}"
        if person.withheld_because is not None:
            yield f"            nothing is asked for: {person.withheld_because.value}"
    if decision.team is not None:
        team = decision.team
        where = team.unit_id or team.campus or "the hospital group"
        yield f"   triage   team of {where}: {_found(team.tier, team.priority)}"
    if not decision.persons and decision.team is None:
        yield f"   triage   {TIERS[0]}"
    if decision.group_support:
        yield "   triage   a voluntary group conversation is suggested as well"
    rules = sorted({one.title for one in _reasons(decision) if one.verdict is Verdict.FIRES})
    if rules:
        yield f"   why      {'; '.join(rules)}"


def _reasons(decision: TriageDecision) -> Iterator[Reason]:
    for person in decision.persons:
        yield from person.reasons
    if decision.team is not None:
        yield from decision.team.reasons


def _who(person: DecidedPerson) -> str:
    role = person.role.value.replace("_", " ") if person.role else "a colleague"
    return f"{role} ({person.involvement.value})" if person.involvement else role


def _found(tier: int, priority: str) -> str:
    return TIERS[tier] if tier == 0 else f"{TIERS[tier]} ({priority})"

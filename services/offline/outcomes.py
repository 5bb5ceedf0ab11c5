"""Who gets what from one report, in short: the row of a table, and what a what-if compares."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from services.offline.lines import reasons_of
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam


class Outcome(NamedTuple):
    """What one person or team gets. `key` names it in this report: person_ref, `team`, `nobody`."""

    key: str
    who: str
    tier: int
    priority: str
    because: tuple[str, ...] = ()
    withheld: str | None = None
    questions: int = 0


def outcomes_of(decision: TriageDecision | None) -> tuple[Outcome, ...]:
    """Return the outcomes of a report, persons first; a duplicate has none of its own."""
    if decision is None:
        return (Outcome("nobody", "(the same content again)", 0, "none"),)
    found = (*_persons(decision.persons), *_team(decision.team))
    return found or (Outcome("nobody", "(nobody)", 0, "none"),)


def _persons(persons: Sequence[DecidedPerson]) -> Iterator[Outcome]:
    for index, person in enumerate(persons):
        known = [word.value for word in (person.role, person.involvement) if word]
        who = ", ".join(known).replace("_", " ") or "a person"
        yield _outcome(person.person_ref or f"person {index}", who, person)


def _team(team: DecidedTeam | None) -> Iterator[Outcome]:
    if team is not None:
        place = team.unit_id or team.campus or "the hospital group"
        yield _outcome("team", f"team of {place}", team)


def _outcome(key: str, who: str, found: DecidedPerson | DecidedTeam) -> Outcome:
    return Outcome(
        key=key,
        who=who,
        tier=found.tier,
        priority=found.priority.value,
        because=tuple(reasons_of(found)),
        withheld=found.withheld_because.value if found.withheld_because else None,
        questions=len(found.questions),
    )

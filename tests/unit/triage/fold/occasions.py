"""What tests ask of a state and a step: occurrences, whom it offers something, who is open."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from services.triage.domain.lens import BEGINNING, Lens
from services.triage.domain.occurrence import Group, occurrence_of
from services.triage.domain.requests import case_ref
from services.triage.domain.state import State, Step
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam
from tests.builders.fold_rules import a_rule_set
from tests.unit.triage.fold.follower import Follower
from tests.unit.triage.fold.histories import is_newest


def occurrences(state: State) -> list[Group]:
    """Return all occurrences that a state remembers of tenant alpha."""
    lens = Lens(state.memory("alpha"), BEGINNING)
    found = [occurrence_of(lens, key, a_rule_set().merge) for key in lens.memory.memos]
    return list({group.root: group for group in found if group}.values())


def offered(step: Step, state: State) -> list[UUID]:
    """Return the cases of everybody whom a decision of the newest facts offers something."""
    decision = step.decision
    if decision is None or not is_newest(decision):
        return []
    own = group_of(decision.incident_key, state)
    return [
        case_ref(own.root, subject)
        for subject, found in subjects(decision)
        if found.tier and found.withheld_because is None
    ]


def group_of(key: str, state: State) -> Group:
    """Return the occurrence of one incident."""
    return next(g for g in occurrences(state) if key in {memo.key for memo in g.members})


def subjects(decision: TriageDecision) -> Iterator[tuple[str, DecidedPerson | DecidedTeam]]:
    """Yield each person and the team with the word that names their case; "" for the nameless."""
    for person in decision.persons:
        yield person.person_ref or "", person
    team = decision.team
    if team is not None:
        yield f"team:{team.unit_id or team.campus or decision.tenant}", team


def open_cases(follower: Follower, group: Group, groups: Sequence[Group], person: str) -> set[UUID]:
    """Return the open cases of a person in an occurrence; one that parted took its own along."""
    elsewhere = {
        follower.resolve(case_ref(other.root, person)) for other in groups if other is not group
    }
    mine = {follower.resolve(case_ref(memo.key, person)) for memo in group.members}
    return {case for case in mine - elsewhere if follower.is_open(case)}

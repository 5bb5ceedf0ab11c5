"""The scenes that the rules saw, read back from a stored decision."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from services.triage.domain.fact_model import FACTS, Shape
from services.triage.domain.facts import Facts, FactValue, Scene
from services.triage.domain.plan import NAMES_THIS_PERSON
from shared.contracts import TriageDecision
from shared.contracts.triage_decision import DecidedPerson, DecidedTeam, WindowValue
from shared.contracts.triage_decision import FactValue as Written


def scene_of(decision: TriageDecision, found: DecidedPerson | DecidedTeam) -> Scene:
    """Return the scene of one person or of the team; facts recorded as null are unknown."""
    sets = [_read(decision.facts[row]) for row in found.facts]
    shared = _joined(facts for facts in sets if _room(facts) == "shared")
    person = _joined(facts for facts in sets if _room(facts) == "person")
    return Scene(
        shared=shared | _counts(decision.history),
        patients=tuple(facts for facts in sets if _room(facts) == "patient"),
        person=person | _counts(found.history),
    )


def _read(written: Mapping[str, Written]) -> dict[str, FactValue]:
    return {name: _value(name, value) for name, value in written.items()}


def _value(name: str, value: Written) -> FactValue:
    fact = FACTS.get(name)
    if isinstance(value, str) and fact is not None and fact.shape is Shape.TIME:
        return datetime.fromisoformat(value)
    return value


def _joined(sets: Iterable[Facts]) -> dict[str, FactValue]:
    return {name: value for facts in sets for name, value in facts.items()}


def _room(facts: Facts) -> str:
    """Return whose facts a set holds; an empty one is a patient of whom nothing is known."""
    name = next(iter(facts), "patient.")
    if name.startswith("staff.") or name == NAMES_THIS_PERSON:
        return "person"
    return "patient" if name.startswith("patient.") else "shared"


def _counts(history: Sequence[WindowValue]) -> dict[str, FactValue]:
    return {f"windows.{window.name}": window.value for window in history}

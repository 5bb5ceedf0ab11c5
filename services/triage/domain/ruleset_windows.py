"""Read the rule windows: which occurrences of a person or unit count, and within how long."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from services.triage.domain.closures import Test, compile_condition
from services.triage.domain.condition import Condition, facts_of
from services.triage.domain.enumeration import reachable, unknown_causes
from services.triage.domain.fact_table import FactTable, Per
from services.triage.domain.facts import Scene
from services.triage.domain.kleene import FALSE, TRUE, UNKNOWN
from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check
from services.triage.domain.rule_reading import read_condition
from services.triage.domain.ruleset import WindowRule

LONGEST_WINDOW: Final = timedelta(days=365)
MOST_WINDOWS: Final = 50
_ROOMS: Final[Mapping[str, frozenset[str]]] = {
    "person": frozenset({"incident", "patient", "circumstances", "staff"}),
    "unit": frozenset({"incident", "patient", "circumstances"}),
}


def read_windows(node: Node | None) -> dict[str, WindowRule]:
    """Return the windows that could be read; problems of the others are noted."""
    windows: dict[str, WindowRule] = {}
    if node is None:
        return windows
    with node.problems.part():
        entries = node.entries()
        if len(entries) > MOST_WINDOWS:
            what = f"the set has {len(entries)} windows"
            raise node.stop(what, f"at most {MOST_WINDOWS} are allowed", check=Check.TOO_LARGE)
        for name, entry in entries.items():
            with node.problems.part():
                Node(name, entry.path, node.problems).name()
                windows[name] = _window(name, entry)
    return windows


def declared_windows(node: Node | None, windows: Mapping[str, WindowRule]) -> dict[str, Per]:
    """Return all declared names; a window with a problem exists for the rules that read it."""
    names = node.value if node is not None and isinstance(node.value, Mapping) else {}
    return {name: windows[name].per if name in windows else "unit" for name in names}


def _window(name: str, node: Node) -> WindowRule:
    keys = node.keys(("per", "within", "where"))
    per: Per = "person" if keys["per"].choice(("person", "unit")) == "person" else "unit"
    facts = FactTable()
    condition = read_condition(keys["where"], facts)
    _check(keys["where"], condition, per, facts)
    reads = facts_of(condition)
    patients = any(fact.startswith("patient.") for fact in reads)
    return WindowRule(
        name=name,
        per=per,
        within=keys["within"].duration(LONGEST_WINDOW),
        condition=condition,
        reads=reads,
        where=_where(compile_condition(condition, facts), reads_patient=patients),
    )


def _check(node: Node, condition: Condition, per: Per, facts: FactTable) -> None:
    rooms = _ROOMS[per]
    wrong = sorted(n for n in facts_of(condition) if facts(n).room not in rooms)
    if wrong:
        what = f"a window per {per} reads {', '.join(wrong)}"
        write = f"read only {', '.join(sorted(rooms))}"
        raise node.stop(what, write, check=Check.WINDOW)
    truths = reachable(condition, facts)
    if UNKNOWN in truths:
        causes = ", ".join(sorted(unknown_causes(condition, facts)))
        what = f"`where` can be unknown because of {causes}"
        write = "add `or FACT is unknown` (counts) or `and FACT is known` (does not)"
        raise node.stop(what, write, check=Check.WINDOW)
    if truths != {TRUE, FALSE}:
        raise node.stop("`where` is always the same", "change it", check=Check.CONSTANT)


def _where(test: Test, *, reads_patient: bool) -> Callable[[Scene], bool]:
    def where(scene: Scene) -> bool:
        common = {**scene.shared, **scene.person}
        if not reads_patient:
            return test(common.get) == TRUE
        return any(test({**common, **facts}.get) == TRUE for facts in scene.patients)

    return where

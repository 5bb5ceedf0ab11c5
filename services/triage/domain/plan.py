"""What the fold needs to know of a rule set, worked out once per hash."""

from dataclasses import dataclass

from services.triage.domain.assessor import Assessor
from services.triage.domain.condition import leaves
from services.triage.domain.ruleset import Rule, RuleSet, WindowRule
from shared.contracts.words import ProceedingType

NAMES_THIS_PERSON = "proceedings.names_this_person"


@dataclass(frozen=True, slots=True)
class Plan:
    """One rule set, prepared. The facts read are split by whose they are and sorted."""

    rule_set: RuleSet
    person_windows: tuple[WindowRule, ...]
    unit_windows: tuple[WindowRule, ...]
    shared_reads: tuple[str, ...]
    patient_reads: tuple[str, ...]
    person_reads: tuple[str, ...]
    retouch_types: dict[str, frozenset[str]]
    assess: Assessor

    @property
    def has_windows(self) -> bool:
        """Whether any window has to be counted."""
        return bool(self.person_windows or self.unit_windows)

    def touches(self, retouch: tuple[str, ...], open_types: tuple[str, ...]) -> tuple[str, ...]:
        """Return the marks `<rule>:<proceeding>` of fired retouch rules, sorted."""
        marks = {
            f"{rule_id}:{kind}"
            for rule_id in retouch
            for kind in open_types
            if kind in self.retouch_types[rule_id]
        }
        return tuple(sorted(marks))


def prepare(rule_set: RuleSet) -> Plan:
    """Return the plan of a rule set."""
    read = sorted({name for rule in rule_set.rules for name in rule.reads})
    windows = [rule_set.windows[name] for name in sorted(rule_set.windows)]
    return Plan(
        rule_set=rule_set,
        person_windows=tuple(window for window in windows if window.per == "person"),
        unit_windows=tuple(window for window in windows if window.per == "unit"),
        shared_reads=tuple(name for name in read if _room(name) == "shared"),
        patient_reads=tuple(name for name in read if _room(name) == "patient"),
        person_reads=tuple(name for name in read if _room(name) == "person"),
        retouch_types={rule.id: _types(rule) for rule in rule_set.rules if rule.retouch},
        assess=Assessor(rule_set),
    )


def _room(name: str) -> str:
    if name.startswith("staff.") or name == NAMES_THIS_PERSON:
        return "person"
    if name.startswith(("patient.", "windows.")):
        return name.partition(".")[0]
    return "shared"


def _types(rule: Rule) -> frozenset[str]:
    """Return the proceedings a rule names in its condition; all where it names none."""
    named: set[str] = set()
    for leaf in leaves(rule.when):
        if leaf.fact == "proceedings.types":
            named.update((leaf.constant,) if isinstance(leaf.constant, str) else ())
            named.update(leaf.constant if isinstance(leaf.constant, tuple) else ())
    return frozenset(named) or frozenset(kind.value for kind in ProceedingType)

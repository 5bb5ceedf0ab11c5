"""Assess many subjects by one rule set; equal facts, as far as its rules read them, only once.

Most reports of a hospital differ in what no rule reads: when, where, who. A finding is made from
the facts that are its key and from nothing else, so it cannot be another's.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

from services.triage.domain.assess import Audience, Subject, assess, audience, gates_of, join
from services.triage.domain.facts import Facts, FactValue, Scene
from services.triage.domain.finding import Finding, Ruling
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruling_table import FindingTable, RulingTable

REMEMBERED: Final = 4_096

Values: TypeAlias = tuple[FactValue, ...]
_INVOLVEMENT: Final = "staff.involvement"
_OF_PATIENTS: Final = "patient."


class Assessor:
    """`assess` for one rule set; `unnamed` is the nameless person and the team, joined."""

    __slots__ = ("_asked", "_common", "_finding", "_findings", "_patient", "_unnamed", "rule_set")

    def __init__(self, rule_set: RuleSet, remembered: int = REMEMBERED) -> None:
        """Keep at most `remembered` findings of each sort, those used last."""
        reads = {_INVOLVEMENT}.union(*(rule.reads for rule in rule_set.rules))
        self.rule_set = rule_set
        self._common = _sorted(name for name in reads if not name.startswith(_OF_PATIENTS))
        self._patient = _sorted(name for name in reads if name.startswith(_OF_PATIENTS))
        self._finding = lru_cache(remembered)(self._assess)
        self._unnamed = lru_cache(remembered)(self._join)
        self._asked = _asked(rule_set)
        self._findings = FindingTable(rule_set)

    def __call__(self, scene: Scene, subject: Subject) -> Finding:
        """Return the finding for one subject."""
        return self._finding(self._shared(scene), self._patients(scene), subject)

    def unnamed(self, scene: Scene) -> Finding:
        """Return the finding for a team with somebody close whom nobody named."""
        return self._unnamed(self._shared(scene), self._patients(scene))

    def _assess(self, common: Values, patients: tuple[Values, ...], subject: Subject) -> Finding:
        if len(patients) > 1:
            return assess(self.rule_set, self._scene(common, patients), subject)
        return self._findings(self._rulings(common, patients, subject))

    def _join(self, common: Values, patients: tuple[Values, ...]) -> Finding:
        if len(patients) > 1:
            scene = self._scene(common, patients)
            nameless = assess(self.rule_set, scene, "nameless")
            return join(self.rule_set, nameless, assess(self.rule_set, scene, "team"))
        rulings = self._rulings(common, patients, "nameless")
        return self._findings(rulings + self._rulings(common, patients, "team"))

    def _rulings(
        self, common: Values, patients: tuple[Values, ...], subject: Subject
    ) -> list[Ruling]:
        """Return what the rules that are not silent say where at most one patient is concerned."""
        facts = dict(zip(self._common, common, strict=True))
        if patients:
            facts.update(zip(self._patient, patients[0], strict=True))
        met = audience(self.rule_set, subject, facts[_INVOLVEMENT])
        asked = self._asked[met, bool(patients)]
        return [ruling for table in asked if (ruling := table(facts)) is not None]

    def _shared(self, scene: Scene) -> Values:
        return _values({**scene.shared, **scene.person}, self._common)

    def _patients(self, scene: Scene) -> tuple[Values, ...]:
        return tuple([_values(facts, self._patient) for facts in scene.patients])

    def _scene(self, common: Values, patients: tuple[Values, ...]) -> Scene:
        return Scene(
            dict(zip(self._common, common, strict=True)),
            tuple(dict(zip(self._patient, facts, strict=True)) for facts in patients),
        )


def _asked(rule_set: RuleSet) -> dict[tuple[Audience, bool], tuple[RulingTable, ...]]:
    """Return the tables to ask by audience, and whether a patient is concerned."""
    tables = {rule.id: RulingTable(rule) for rule in rule_set.rules}
    return {
        (met, patient): tuple(
            tables[rule.id]
            for gate in gates
            for rule in gate.rules
            if patient or not rule.reads_patient
        )
        for met, gates in gates_of(rule_set).items()
        for patient in (True, False)
    }


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _values(facts: Facts, names: tuple[str, ...]) -> Values:
    get = facts.get
    return tuple([get(name) for name in names])

"""Assess many subjects by one rule set; equal facts, as far as its rules read them, only once.

Most reports of a hospital differ in what no rule reads: when, where, who. A finding is made from
the facts that are its key and from nothing else, so it cannot be another's.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

from services.triage.domain.assess import Subject, assess, join
from services.triage.domain.facts import Facts, FactValue, Scene
from services.triage.domain.finding import Finding
from services.triage.domain.ruleset import RuleSet

REMEMBERED: Final = 4_096

Values: TypeAlias = tuple[FactValue, ...]
_INVOLVEMENT: Final = "staff.involvement"
_OF_PATIENTS: Final = "patient."


class Assessor:
    """`assess` for one rule set; `unnamed` is the nameless person and the team, joined."""

    __slots__ = ("_common", "_finding", "_patient", "_unnamed", "rule_set")

    def __init__(self, rule_set: RuleSet, remembered: int = REMEMBERED) -> None:
        """Keep at most `remembered` findings of each sort, those used last."""
        reads = {_INVOLVEMENT}.union(*(rule.reads for rule in rule_set.rules))
        self.rule_set = rule_set
        self._common = _sorted(name for name in reads if not name.startswith(_OF_PATIENTS))
        self._patient = _sorted(name for name in reads if name.startswith(_OF_PATIENTS))
        self._finding = lru_cache(remembered)(self._assess)
        self._unnamed = lru_cache(remembered)(self._join)

    def __call__(self, scene: Scene, subject: Subject) -> Finding:
        """Return the finding for one subject."""
        return self._finding(self._shared(scene), self._patients(scene), subject)

    def unnamed(self, scene: Scene) -> Finding:
        """Return the finding for a team with somebody close whom nobody named."""
        return self._unnamed(self._shared(scene), self._patients(scene))

    def _assess(self, common: Values, patients: tuple[Values, ...], subject: Subject) -> Finding:
        return assess(self.rule_set, self._scene(common, patients), subject)

    def _join(self, common: Values, patients: tuple[Values, ...]) -> Finding:
        scene = self._scene(common, patients)
        nameless = assess(self.rule_set, scene, "nameless")
        return join(self.rule_set, nameless, assess(self.rule_set, scene, "team"))

    def _shared(self, scene: Scene) -> Values:
        return _values({**scene.shared, **scene.person}, self._common)

    def _patients(self, scene: Scene) -> tuple[Values, ...]:
        return tuple([_values(facts, self._patient) for facts in scene.patients])

    def _scene(self, common: Values, patients: tuple[Values, ...]) -> Scene:
        return Scene(
            dict(zip(self._common, common, strict=True)),
            tuple(dict(zip(self._patient, facts, strict=True)) for facts in patients),
        )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _values(facts: Facts, names: tuple[str, ...]) -> Values:
    get = facts.get
    return tuple([get(name) for name in names])

"""The model of a rule set: policy as data, checked and compiled once, immutable afterwards."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from services.triage.domain.closures import Test
from services.triage.domain.condition import Condition
from services.triage.domain.explanation import Explanation
from services.triage.domain.facts import FactValue, Scene
from services.triage.domain.trace import Tracer
from shared.contracts.words import Family, FollowUp, Priority, SubjectKind, Verdict


@dataclass(frozen=True, slots=True)
class Floor:
    """At least this tier (1-3) and this priority (never none)."""

    tier: int
    priority: Priority


@dataclass(frozen=True, slots=True)
class Points:
    """Whole points, 1-100, that add up to a step of `points_to_tier`."""

    points: int


Effect: TypeAlias = Floor | Points


@dataclass(frozen=True, slots=True)
class OnUnknown:
    """What an unknown verdict does: an effect not above the rule's, and a question per field."""

    effect: Effect | None
    ask: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a rule comes from: `doi:`, `pmid:`, `policy:` or `url:`, and how strong it is."""

    ref: str
    grade: str
    note: str


@dataclass(frozen=True, slots=True)
class Example:
    """A small case with its expected verdict; facts not named are unknown, windows are 0."""

    name: str
    facts: Mapping[str, FactValue]
    expect: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """One rule, equal to itself only; `verdict` is its compiled condition, `trace` traced."""

    id: str
    title: str
    family: Family
    subject: SubjectKind
    when: Condition
    effect: Effect
    on_unknown: OnUnknown | None
    follow_up: FollowUp
    retouch: bool
    group: bool
    everyone: bool
    explanation: Explanation
    evidence: tuple[Evidence, ...]
    examples: tuple[Example, ...]
    reads: frozenset[str]
    reads_patient: bool
    verdict: Test
    trace: Tracer


@dataclass(frozen=True, slots=True)
class Gate:
    """Rules that share their first test; where `test` is false all of them are silent."""

    test: Test
    reads_patient: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A count of occurrences in the fullest interval of length `within` (at most 365 days).

    `where` says whether an occurrence counts; it is never unknown. `reads` are the facts it needs.
    """

    name: str
    per: Literal["person", "unit"]
    within: timedelta
    condition: Condition
    reads: frozenset[str]
    where: Callable[[Scene], bool] = field(compare=False)


@dataclass(frozen=True, slots=True)
class PointsStep:
    """From `at` points on, this tier and priority."""

    at: int
    tier: int
    priority: Priority


@dataclass(frozen=True, slots=True)
class GroupSupport:
    """Group support is suggested above so many persons of tier 2 or more, or so many units."""

    persons_over: int
    units_over: int


class LateThen(StrEnum):
    """What becomes of a late report: a human confirms, or no request (loading an archive)."""

    CONFIRM = "confirm"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Late:
    """A report is late when its trigger is older than `after`."""

    after: timedelta
    then: LateThen


@dataclass(frozen=True, slots=True)
class MergeRule:
    """Incidents within `within` of every member and compatible may be one occurrence."""

    within: timedelta
    compatible: tuple[frozenset[str], ...]

    def are_compatible(self, left: str, right: str) -> bool:
        """Return whether two categories may describe one occurrence; equal ones always may."""
        return left == right or any({left, right} <= group for group in self.compatible)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule set as activated: `rules` are the active ones by id, `document` is flattened JSON.

    `hash` is the digest of `document`'s canonical JSON. The gates hold the rules that each sort of
    subject meets: a person, one left with rules for everyone, one nobody named, a team.
    """

    name: str
    version: int
    hash: str
    schema: str
    semantics: str
    skip_involvement: frozenset[str]
    points_to_tier: tuple[PointsStep, ...]
    group_support: GroupSupport
    late: Late
    merge: MergeRule
    windows: Mapping[str, WindowRule]
    rules: tuple[Rule, ...]
    person_gates: tuple[Gate, ...]
    everyone_gates: tuple[Gate, ...]
    nameless_gates: tuple[Gate, ...]
    team_gates: tuple[Gate, ...]
    document: Mapping[str, Any]
    warnings: tuple[str, ...] = ()

    def rule(self, rule_id: str) -> Rule:
        """Return an active rule.

        Raises:
            KeyError: no active rule has this id.
        """
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)

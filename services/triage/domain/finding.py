"""What the rules say of one person or team: who fired, who is unknown, tier and priority."""

from dataclasses import dataclass
from typing import NamedTuple

from services.triage.domain.ruleset import Effect, Rule
from shared.contracts.words import Family, FollowUp, Priority, Verdict


class FiredRule(NamedTuple):
    """A reason: a rule that fired or is unknown, and what it adds.

    For an unknown rule the numbers are those of its `on_unknown` effect (`counted`) or, without
    one, what the rule would add if it fired (not `counted`).
    """

    rule_id: str
    title: str
    family: Family
    verdict: Verdict
    floor_tier: int | None
    floor_priority: Priority | None
    points: int | None
    counted: bool
    text: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule that fired or is unknown, what it adds now, and the facts that left it unknown."""

    rule: Rule
    verdict: Verdict
    counted: Effect | None
    reason: FiredRule
    unknown: tuple[str, ...] = ()


class OpenQuestion(NamedTuple):
    """A fact nobody stated whose answer could change `would_change` ("tier", "priority")."""

    rule_id: str
    field: str
    text: str
    would_change: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one subject; lists are sorted by rule id, `retouch` has fired rules only.

    `families` are those of fired rules, `criteria` those that count: of fired rules, or of the
    unknown ones that alone made the tier. `told` are the reasons worth keeping: what fired, and
    what is unknown but counts or asks; which other rules are unknown follows from recorded facts.
    `rulings` let two findings be joined (`assess.join`).
    """

    tier: int
    priority: Priority
    score: int
    follow_up: FollowUp
    group: bool
    tier_if_unknowns_worst: int
    reasons: tuple[FiredRule, ...]
    questions: tuple[OpenQuestion, ...]
    retouch: tuple[str, ...]
    families: tuple[Family, ...]
    criteria: frozenset[Family]
    told: tuple[FiredRule, ...]
    rulings: tuple[Ruling, ...]

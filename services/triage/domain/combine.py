"""Combine the rulings of one subject into a finding, whatever their order."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.triage.domain.finding import Finding, FiredRule, Ruling
from services.triage.domain.questions import open_questions
from services.triage.domain.ruleset import Effect, Floor, Rule, RuleSet
from services.triage.domain.standing import standing
from shared.contracts.words import FollowUp, Priority, Verdict

# Most people on most reports: no rule fires, none is open.
NOTHING: Final = Finding(
    tier=0,
    priority=Priority.NONE,
    score=0,
    follow_up=FollowUp.STANDARD,
    group=False,
    tier_if_unknowns_worst=0,
    reasons=(),
    questions=(),
    retouch=(),
    families=(),
    rulings=(),
)


def combine(rule_set: RuleSet, rulings: Iterable[Ruling]) -> Finding:
    """Return the finding; equal for any order of the rulings."""
    rulings = tuple(rulings)
    if not rulings:
        return NOTHING
    ordered = tuple(sorted(rulings, key=lambda ruling: ruling.rule.id))
    fired = tuple(ruling.rule for ruling in ordered if ruling.verdict is Verdict.FIRES)
    steps = rule_set.points_to_tier
    now = standing(steps, _counted(ordered))
    return Finding(
        tier=now.tier,
        priority=now.priority,
        score=now.score,
        follow_up=_follow_up(fired),
        group=any(rule.group for rule in fired),
        tier_if_unknowns_worst=standing(steps, (r.rule.effect for r in ordered)).tier,
        reasons=tuple(_reason(ruling) for ruling in ordered),
        questions=open_questions(steps, ordered),
        retouch=tuple(rule.id for rule in fired if rule.retouch),
        families=tuple(sorted({rule.family for rule in fired})),
        rulings=ordered,
    )


def _counted(rulings: Sequence[Ruling]) -> Iterator[Effect]:
    for ruling in rulings:
        effect = _effect(ruling)
        if effect is not None:
            yield effect


def _effect(ruling: Ruling) -> Effect | None:
    """Return what the ruling adds now: an unknown rule adds its on_unknown effect, or nothing."""
    if ruling.verdict is Verdict.FIRES:
        return ruling.rule.effect
    return ruling.rule.on_unknown.effect if ruling.rule.on_unknown else None


def _follow_up(fired: Sequence[Rule]) -> FollowUp:
    asks = any(rule.follow_up is FollowUp.EXTENDED for rule in fired)
    return FollowUp.EXTENDED if asks else FollowUp.STANDARD


def _reason(ruling: Ruling) -> FiredRule:
    counted = _effect(ruling)
    effect = counted or ruling.rule.effect
    floor = effect if isinstance(effect, Floor) else None
    return FiredRule(
        rule_id=ruling.rule.id,
        title=ruling.rule.title,
        family=ruling.rule.family,
        verdict=ruling.verdict,
        floor_tier=floor.tier if floor else None,
        floor_priority=floor.priority if floor else None,
        points=None if isinstance(effect, Floor) else effect.points,
        counted=counted is not None,
        text=ruling.text,
    )

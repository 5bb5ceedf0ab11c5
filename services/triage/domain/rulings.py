"""Make the ruling of one rule: verdict, words and effect.

Most of a hospital's reports leave the same facts open, so the same rulings come again and again;
they are made once (most of the cost of a report with gaps).
"""

from functools import lru_cache

from services.triage.domain.facts import FactValue
from services.triage.domain.finding import FiredRule, Ruling
from services.triage.domain.ruleset import Effect, Floor, Rule
from shared.contracts.words import Verdict

_REMEMBERED = 16_384


@lru_cache(maxsize=_REMEMBERED)
def ruling_of(rule: Rule, verdict: Verdict, values: tuple[FactValue, ...]) -> Ruling:
    """Return the ruling; `values` are those of the facts that the explanation prints, in order."""
    counted = counted_effect(rule, verdict)
    effect = counted or rule.effect
    floor = effect if isinstance(effect, Floor) else None
    text = rule.explanation.render(values)
    reason = FiredRule(
        rule_id=rule.id,
        title=rule.title,
        family=rule.family,
        verdict=verdict,
        floor_tier=floor.tier if floor else None,
        floor_priority=floor.priority if floor else None,
        points=None if isinstance(effect, Floor) else effect.points,
        counted=counted is not None,
        text=text,
    )
    return Ruling(rule, verdict, counted, reason)


def counted_effect(rule: Rule, verdict: Verdict) -> Effect | None:
    """Return what the rule adds now: while unknown its on_unknown effect, or nothing."""
    if verdict is Verdict.FIRES:
        return rule.effect
    return rule.on_unknown.effect if rule.on_unknown else None

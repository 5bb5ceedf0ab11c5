"""Which unknown facts are worth a question: those whose answer could change tier or priority."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.triage.domain.finding import OpenQuestion, Ruling
from services.triage.domain.ruleset import Effect, Floor, Points, PointsStep
from services.triage.domain.standing import Standing, standing
from shared.contracts.words import Verdict

TIER: Final = "tier"
PRIORITY: Final = "priority"


def open_questions(
    steps: Sequence[PointsStep], rulings: Sequence[Ruling]
) -> tuple[OpenQuestion, ...]:
    """Return one question per field, sorted by rule id and field.

    Where several rules ask for one field, the rule with the strongest effect asks (then the lowest id).
    """
    best: dict[str, tuple[tuple[int, int, str], OpenQuestion]] = {}
    for ruling in rulings:
        change = _could_change(steps, rulings, ruling)
        if change:
            for question in _asked(ruling, change):
                rank = (*_weakness(ruling.rule.effect), ruling.rule.id)
                if question.field not in best or rank < best[question.field][0]:
                    best[question.field] = (rank, question)
    return tuple(sorted((q for _, q in best.values()), key=lambda q: (q.rule_id, q.field)))


def _asked(ruling: Ruling, change: tuple[str, ...]) -> Iterator[OpenQuestion]:
    ask = ruling.rule.on_unknown.ask if ruling.rule.on_unknown else {}
    for field in ruling.unknown:
        if field in ask:
            yield OpenQuestion(ruling.rule.id, field, ask[field], change)


def _could_change(
    steps: Sequence[PointsStep], rulings: Sequence[Ruling], asked: Ruling
) -> tuple[str, ...]:
    """Say what the rule, fired or silent, could change in some completion of the other unknowns."""
    if asked.verdict is not Verdict.UNKNOWN:
        return ()
    sure = [ruling.rule.effect for ruling in rulings if ruling.verdict is Verdict.FIRES]
    others = [
        ruling.rule.effect
        for ruling in rulings
        if ruling.verdict is Verdict.UNKNOWN and ruling.rule.id != asked.rule.id
    ]
    changed: set[str] = set()
    for extra in _extras(asked.rule.effect, others):
        before = standing(steps, [*sure, *extra])
        after = standing(steps, [*sure, *extra, asked.rule.effect])
        changed.update(_difference(before, after))
    return tuple(name for name in (TIER, PRIORITY) if name in changed)


def _extras(effect: Effect, others: Sequence[Effect]) -> Iterator[list[Effect]]:
    """Yield the completions that matter: none for a floor, each reachable sum for points."""
    if isinstance(effect, Floor):
        yield []
        return
    sums = {0}
    for other in others:
        if isinstance(other, Points):
            sums |= {total + other.points for total in sums}
    for total in sorted(sums):
        yield [Points(total)] if total else []


def _difference(before: Standing, after: Standing) -> Iterator[str]:
    if before.tier != after.tier:
        yield TIER
    if before.priority is not after.priority:
        yield PRIORITY


def _weakness(effect: Effect) -> tuple[int, int]:
    if isinstance(effect, Floor):
        return (-effect.tier, -effect.priority.rank)
    return (0, -effect.points)

"""Which unknown facts are worth a question: those whose answer could change tier or priority."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.triage.domain.finding import OpenQuestion, Ruling
from services.triage.domain.ruleset import Effect, Floor, Points, PointsStep
from services.triage.domain.standing import URGENCY, Standing, standing
from shared.contracts.words import Verdict

TIER: Final = "tier"
PRIORITY: Final = "priority"


def open_questions(
    steps: Sequence[PointsStep], rulings: Sequence[Ruling]
) -> tuple[OpenQuestion, ...]:
    """Return one question per field, sorted by rule id and field.

    Where several rules ask for one field, the strongest effect does, then the lowest id.
    """
    asking = [ruling for ruling in rulings if _asks(ruling)]
    if not asking:
        return ()
    sure = [r.rule.effect for r in rulings if r.verdict is Verdict.FIRES]
    open_ = [r for r in rulings if r.verdict is Verdict.UNKNOWN]
    best: dict[str, tuple[tuple[int, int, str], OpenQuestion]] = {}
    for ruling in asking:
        others = [r.rule.effect for r in open_ if r is not ruling]
        change = _could_change(steps, sure, others, ruling.rule.effect)
        rank = (*_weakness(ruling.rule.effect), ruling.rule.id)
        for question in _asked(ruling, change) if change else ():
            if question.field not in best or rank < best[question.field][0]:
                best[question.field] = (rank, question)
    return tuple(sorted((q for _, q in best.values()), key=lambda q: (q.rule_id, q.field)))


def _asks(ruling: Ruling) -> bool:
    on_unknown = ruling.rule.on_unknown
    return ruling.verdict is Verdict.UNKNOWN and on_unknown is not None and bool(on_unknown.ask)


def _asked(ruling: Ruling, change: tuple[str, ...]) -> Iterator[OpenQuestion]:
    ask = ruling.rule.on_unknown.ask if ruling.rule.on_unknown else {}
    for field in ruling.unknown:
        if field in ask:
            yield OpenQuestion(ruling.rule.id, field, ask[field], change)


def _could_change(
    steps: Sequence[PointsStep], sure: Sequence[Effect], others: Sequence[Effect], effect: Effect
) -> tuple[str, ...]:
    """Say what an effect could change in some completion of the other unknowns."""
    changed: set[str] = set()
    for extra in _extras(effect, others):
        before = standing(steps, [*sure, *extra])
        after = standing(steps, [*sure, *extra, effect])
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
        return (-effect.tier, -URGENCY[effect.priority])
    return (0, -effect.points)

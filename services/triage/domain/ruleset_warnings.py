"""Advice about a set that loads: points that reach no step, rules that add nothing."""

from collections.abc import Iterator, Sequence
from typing import Final

from services.triage.domain.enumeration import space_of, truth_in, truths_of
from services.triage.domain.fact_table import FactTable
from services.triage.domain.kleene import TRUE
from services.triage.domain.ruleset import Floor, Points, PointsStep, Rule

_LARGEST_COMPARED: Final = 5_000


def warnings_of(
    rules: Sequence[Rule], steps: Sequence[PointsStep], facts: FactTable
) -> tuple[str, ...]:
    """Return one sentence per piece of advice, sorted."""
    return tuple(sorted([*_pointless(rules, steps), *_hidden(rules, facts)]))


def _pointless(rules: Sequence[Rule], steps: Sequence[PointsStep]) -> Iterator[str]:
    total = sum(rule.effect.points for rule in rules if isinstance(rule.effect, Points))
    lowest = min((step.at for step in steps), default=None)
    if total and (lowest is None or total < lowest):
        yield f"all points together are {total} and reach no step of points_to_tier"


def _hidden(rules: Sequence[Rule], facts: FactTable) -> Iterator[str]:
    for hidden in rules:
        for weaker in rules:
            comparable = _same_effect(hidden, weaker) and weaker.reads <= hidden.reads
            if comparable and _implies(hidden, weaker, facts):
                yield (
                    f"rule {hidden.id} adds nothing: whenever it fires, {weaker.id} fires too, "
                    "with an equal floor"
                )


def _same_effect(hidden: Rule, weaker: Rule) -> bool:
    return (
        hidden.id != weaker.id
        and isinstance(hidden.effect, Floor)
        and hidden.effect == weaker.effect
        and hidden.family is weaker.family
        and hidden.follow_up is weaker.follow_up
        and (hidden.subject, hidden.retouch, hidden.group, hidden.everyone)
        == (weaker.subject, weaker.retouch, weaker.group, weaker.everyone)
    )


def _implies(hidden: Rule, weaker: Rule, facts: FactTable) -> bool:
    space = space_of([hidden.when, weaker.when], facts)
    if space.size() > _LARGEST_COMPARED:
        return False
    for worlds in space.worlds():
        truths = truths_of(space, worlds)
        if truth_in(hidden.when, truths) == TRUE and truth_in(weaker.when, truths) != TRUE:
            return False
    return True

"""Where effects put a subject: highest floor or the step its points reach, most urgent clock."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.triage.domain.ruleset import Effect, Floor, PointsStep
from shared.contracts.words import Priority

_PRIORITIES: Final = tuple(Priority)
# Looked up for every effect of every person; the enum's own rank walks its members.
URGENCY: Final = {priority: priority.rank for priority in Priority}


@dataclass(frozen=True, slots=True)
class Standing:
    """A tier (0-3) with its priority, and the sum of points."""

    tier: int
    priority: Priority
    score: int


def standing(steps: Sequence[PointsStep], effects: Iterable[Effect]) -> Standing:
    """Return the standing after these effects; their order is irrelevant.

    `tier` is the greatest of the floors and the step reached; `priority` the most urgent.
    """
    tier, urgency, score = 0, 0, 0
    for effect in effects:
        if isinstance(effect, Floor):
            tier = max(tier, effect.tier)
            urgency = max(urgency, URGENCY[effect.priority])
        else:
            score += effect.points
    for step in steps:
        if score >= step.at:
            tier = max(tier, step.tier)
            urgency = max(urgency, URGENCY[step.priority])
    return Standing(tier, _PRIORITIES[urgency], score)

"""What follows from a ranking: whom to ask at which step, or that nobody is left."""

from services.notifier.domain.case import Case
from services.notifier.domain.matching import Ranking
from services.notifier.domain.move import Move
from services.notifier.domain.plan import Step
from services.notifier.domain.states import Action


def next_offer(case: Case, ranking: Ranking, move: Move) -> Move:
    """Return the offer (or `none_left`) of the case's step; `move` gives time, actor and roster.

    Steps 1 and 2 ask one supporter who has not been asked; step 3 asks all at once, also those who
    kept silent. An empty list goes to the coordinators at once, never into silence.
    """
    step, asked = _asked(case, ranking)
    if asked:
        return Move(Action.OFFER, move.at, roster=move.roster, asked=asked, step=step)
    reason = "nobody_on_call" if case.step < Step.COORDINATOR else None
    return Move(Action.NONE_LEFT, move.at, roster=move.roster, reason=reason)


def _asked(case: Case, ranking: Ranking) -> tuple[Step, tuple[str, ...]]:
    if case.step >= Step.COORDINATOR:
        return case.step, ()
    fresh = tuple(ref for ref in ranking.ranked if ref not in case.was_asked)
    if case.step < Step.ALL and fresh:
        return case.step, fresh[:1]
    return Step.ALL, ranking.ranked

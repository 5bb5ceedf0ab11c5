"""Acts on one timer that has fallen due: claim, move and outbox are one transaction."""

from dataclasses import replace
from datetime import datetime

from services.notifier import casework
from services.notifier.desk import wanted
from services.notifier.domain.apply import ACTION_OF
from services.notifier.domain.case import Case
from services.notifier.domain.errors import NotApplicableError
from services.notifier.domain.matching import Ranking, rank
from services.notifier.domain.move import Move
from services.notifier.domain.search import next_offer
from services.notifier.domain.states import Action, State, TimerKind
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.timer_rows import DueTimer
from services.notifier.store.unit import Unit
from shared.observability import event_log

log = event_log("notifier")


def act_on_due(unit: Unit, at: datetime) -> bool:
    """Claim the timer that has been due longest and do what it asks; False when none is due."""
    timer = unit.timers.claim_due(at)
    if timer is None:
        return False
    case = unit.cases.find(timer.tenant, timer.case_ref)
    if case is not None:
        _act(unit, case, timer, at)
    return True


def _act(unit: Unit, case: Case, timer: DueTimer, at: datetime) -> None:
    roster = unit.directory.roster(case.tenant, at)
    try:
        if timer.kind is TimerKind.SEARCH:
            casework.move(unit, case, _search(unit, case, Move(Action.OFFER, at, roster=roster)))
        else:
            casework.move(unit, case, Move(ACTION_OF[timer.kind], at, roster=roster))
    except NotApplicableError:
        # The case has moved on; a timer that no longer applies is cleared, never acted on.
        _clear(unit, case, timer)


def _search(unit: Unit, case: Case, step: Move) -> Move:
    found = rank(unit.directory.candidates(case.tenant), wanted(unit, case, step.at))
    unit.history.add(case.tenant, case.case_ref, _matched(case, found, step.at))
    return next_offer(case, found, step)


def _matched(case: Case, found: Ranking, at: datetime) -> Line:
    details = {
        "step": int(case.step),
        "ranked": list(found.ranked),
        "excluded": [[ref, reason.value] for ref, reason in found.excluded],
    }
    return Line(at, Sort.MATCH, "match", details=details)


def _clear(unit: Unit, case: Case, timer: DueTimer) -> None:
    left = {kind: at for kind, at in case.timers.items() if kind is not timer.kind}
    if case.state is State.CLOSED:
        left = {}
    unit.cases.save(replace(case, timers=left), case)
    log.notice(
        "timer_not_applicable", tenant=case.tenant, case_ref=case.case_ref, reason=timer.kind
    )

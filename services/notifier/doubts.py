"""A coordinator settles whether an uncertain message to the affected person arrived."""

from datetime import datetime
from enum import StrEnum

from services.notifier import casework
from services.notifier.desk import Order
from services.notifier.domain.case import Case
from services.notifier.domain.errors import NotApplicableError
from services.notifier.domain.move import Move
from services.notifier.domain.permissions import permit
from services.notifier.domain.states import Action, AttentionCode, MessageKind, State
from services.notifier.store.attempt_rows import Attempt, AttemptState, End
from services.notifier.store.unit import Unit

RESEND = "resend"


class Answer(StrEnum):
    """What a human knows about the message."""

    ARRIVED = "arrived"
    SEND = "send"
    WILL_CALL = "will_call"


def settle(unit: Unit, order: Order, answer: Answer, at: datetime) -> Case:
    """Settle the doubt (`order.action` is RESOLVE_ASSIGN).

    ARRIVED: the person has been written to. SEND: the same attempt goes out again with the same
    Message-ID. WILL_CALL: the supporter makes contact; software writes no more of that kind. Where
    no supporter has the case any more, both look for one, who decides anew.

    Raises:
        NotAllowedError, NotApplicableError: not by this role; nothing is uncertain.
    """
    case = casework.case_of(unit, order.tenant, order.case_ref)
    permit(case, Action.RESOLVE_ASSIGN, order.actor)
    attempt = _uncertain(unit, case)
    if case.state is not State.ATTENTION or case.code != AttentionCode.UNCERTAIN or not attempt:
        raise NotApplicableError(case.state, f"doubt_{answer}")
    roster = unit.directory.roster(order.tenant, at)
    if answer is Answer.ARRIVED:
        unit.attempts.end(attempt.key, End(AttemptState.SENT, at, "told_by_human"))
        arrived = Move(Action.RESOLVE_INVITED, at, order.actor, answer.value, roster=roster)
        return casework.move(unit, case, arrived)
    action = Action.RESOLVE_ASSIGN
    if case.supporter is None:  # whoever decided on the message has handed the case back
        action = Action.RESOLVE_SEARCH
    elif answer is Answer.SEND:
        unit.messages.add(attempt.key, at, RESEND)
        if attempt.key.kind is MessageKind.SECOND_TOUCH:
            action = Action.RESOLVE_INVITED
    again = Move(action, at, order.actor, answer.value, roster=roster)
    return casework.move(unit, case, again)


def _uncertain(unit: Unit, case: Case) -> Attempt | None:
    attempts = unit.attempts.of_case(case.tenant, case.case_ref)
    doubtful = [one for one in attempts if one.key.to_person]
    # An older one was settled by a call: it stays as uncertain as it was.
    open_ones = [one for one in doubtful if one.state is AttemptState.UNCERTAIN]
    return max(open_ones, key=lambda one: one.claimed_at or case.opened_at, default=None)

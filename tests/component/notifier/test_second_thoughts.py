"""What becomes known after somebody has been asked: exclusions, withdrawals, a human's word."""

from typing import Any

import pytest

from services.notifier.domain.errors import NotifierError, SupporterExcludedError
from services.notifier.domain.plan import Plan
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, State, TimerKind
from shared.contracts.words import Priority, RequestAction
from tests.builders.notifier import Stage, a_person, a_request

RAISE, AMEND, WITHDRAW = RequestAction.RAISE, RequestAction.AMEND, RequestAction.WITHDRAW


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


@pytest.mark.parametrize("action", [AMEND, RAISE])
def test_whoever_is_excluded_while_being_asked_may_not_accept(
    stage: Stage, action: RequestAction
) -> None:
    """Somebody else is asked at once; the earlier link gives nothing away any more."""
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    offer = stage.post.to(who)[-1]

    stage.receive(a_request(action=action, number=2, exclude=(f"p_{who}",)))
    stage.settle()

    assert stage.asked() != who
    with pytest.raises(NotifierError):
        stage.answer(offer, "accept")


def test_raise_that_excludes_the_supporter_alerts_the_coordinator(stage: Stage) -> None:
    """Whatever kind of request it is that names them."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()

    stage.receive(a_request(action=RAISE, number=2, exclude=(f"p_{who}",)))

    assert stage.events()[-2:] == ["escalated", "raised"]


def test_line_manager_learnt_of_after_asking_may_not_accept(stage: Stage) -> None:
    """The directory may have changed between the question and the answer."""
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    stage.add(a_person("ada", manager=who))

    with pytest.raises(SupporterExcludedError):
        stage.answer(stage.post.to(who)[-1], "accept")


def test_a_withdrawn_report_ends_when_nobody_has_spoken_yet(stage: Stage) -> None:
    """The supporter who says so truthfully is not sent on to speak to anybody."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.receive(a_request(action=WITHDRAW, number=2))

    stage.act(Action.RESOLVE_ASSIGN, who)

    assert (stage.case().state, stage.case().code) == (State.CLOSED, "withdrawn")


@pytest.mark.parametrize("asks", [{"confirm": True}, {}])
def test_a_raise_may_make_a_human_necessary(asks: dict[str, Any]) -> None:
    """The window stops; a coordinator is asked as if the first request had said so."""
    stage = Stage(policy=Policy(plan=Plan(human_confirms=(Priority.URGENT,))))
    stage.receive(a_request(priority=Priority.HIGH))
    priority = Priority.HIGH if asks else Priority.URGENT

    stage.receive(a_request(action=RAISE, number=2, priority=priority, **asks))
    stage.wait(minutes=125)

    assert stage.case().confirm
    assert "confirmed" not in stage.events()
    assert TimerKind.CONFIRM_WINDOW not in stage.case().timers

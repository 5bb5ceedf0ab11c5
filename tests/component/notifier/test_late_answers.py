"""Answers that come when the case stands elsewhere: a yes and a no are always heard."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier import doubts, people
from services.notifier.desk import Order
from services.notifier.domain.case import Actor
from services.notifier.domain.channel import Mail, Uncertain
from services.notifier.domain.errors import NotApplicableError
from services.notifier.domain.states import Action, State
from shared.contracts.outreach_requested import PersonSubject
from shared.contracts.words import ActorRole, Priority, RequestAction
from shared.identity import derive_id
from tests.builders.notifier import ONE, TENANT, Stage, a_request

CORA = Actor(ActorRole.COORDINATOR, "cora")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def closed(stage: Stage, reason: str = "unreachable") -> Mail:
    """Return the message to the person of a case that a coordinator has closed since."""
    stage.invited()
    stage.act(Action.CLOSE, "cora", reason=reason)
    return stage.post.to("ada")[0]


def test_a_yes_to_a_closed_case_reaches_a_human(stage: Stage) -> None:
    """The link lives longer than an urgent case: nobody says yes into the void."""
    mail = closed(stage)
    before = len(stage.post.to("cora"))

    stage.answer(mail, "accept")
    stage.settle()

    assert (stage.case().state, stage.case().code) == (State.ATTENTION, "wants_to_talk")
    assert len(stage.post.to("cora")) == before + 1


def test_a_yes_is_refused_while_another_case_of_the_person_is_open(stage: Stage) -> None:
    """One open case per person; the page says whom to ring."""
    mail = closed(stage)
    stage.receive(a_request(case="two"))

    with pytest.raises(NotApplicableError):
        stage.answer(mail, "accept")


def test_a_no_is_heard_in_a_closed_case_and_in_a_proposed_one(stage: Stage) -> None:
    """It counts as a contact; a case that was opened again ends."""
    mail = closed(stage)
    stage.clock.move(timedelta(hours=1))
    stage.receive(a_request(number=2, action=RequestAction.RAISE, priority=Priority.HIGH))
    assert stage.case().state is State.PROPOSED

    stage.answer(mail, "decline")

    assert (stage.case().state, stage.case().code) == (State.CLOSED, "declined")
    assert stage.case().touched_at == stage.clock.now()


def test_a_yes_does_not_end_a_crisis(stage: Stage) -> None:
    """The coordinator who has it hears of the yes, and keeps the case."""
    who = stage.invited()
    stage.act(Action.CRISIS, who)

    stage.answer(stage.post.to("ada")[0], "accept")

    assert (stage.case().state, stage.case().code) == (State.ATTENTION, "crisis")
    assert stage.events()[-1] == "escalated"


def test_a_no_told_to_a_coordinator_is_remembered(stage: Stage) -> None:
    """The next occurrence stands before a human first."""
    stage.receive(a_request())
    stage.act(Action.TAKE, "cora")
    stage.act(Action.CLOSE, "cora", reason="declined")

    stage.receive(a_request(case="two"))

    assert stage.case("two").code == "recent_contact"


def test_a_supporter_who_was_silent_may_accept_when_nobody_is_left(stage: Stage) -> None:
    """The case waits for exactly this."""
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    offer = stage.post.to(who)[-1]
    for _ in range(12):
        stage.wait(minutes=15)
    assert stage.case().code == "no_supporter"

    stage.answer(offer, "accept")

    assert (stage.case().state, stage.case().supporter) == (State.ASSIGNED, who)


def test_a_case_joined_by_resolving_is_promoted(stage: Stage) -> None:
    """It is filed under the person from then on."""
    stage.receive(a_request(priority=Priority.HIGH), a_request(case="two", person="p_new"))
    order = Order(TENANT, derive_id("case", "two"), Action.RESOLVE_SEARCH, CORA)
    with stage.store.begin() as unit:
        people.resolve_person(unit, order, "ada", stage.clock.now())

    stage.receive(a_request(number=2, action=RequestAction.WITHDRAW))

    assert stage.case("two").state is State.PROPOSED


def test_identifier_is_kept_for_a_case_that_is_raised_later(stage: Stage) -> None:
    """A local check becomes an offer: the coordinator can still see whom it is about."""
    subject = PersonSubject(person_ref="p_new", sealed="sealed-box")
    stage.receive(a_request(subject=subject, tier=1))
    stage.receive(a_request(number=2, subject=subject, action=RequestAction.RAISE))

    with stage.store.read() as unit:
        assert unit.cases.sealed_of(TENANT, ONE) == "sealed-box"
    assert stage.case().code == "unresolved"


def test_a_message_never_goes_out_in_the_next_supporters_name(stage: Stage) -> None:
    """It waited over the quiet hours; who decided on it has handed the case back."""
    stage.clock.move(timedelta(hours=8, minutes=30))
    stage.receive(a_request(respond_by=stage.clock.now() + timedelta(hours=4)))
    stage.settle()
    first = stage.accepted()
    stage.clock.move(timedelta(hours=1))
    stage.act(Action.SEND_INVITATION, first)
    stage.settle()

    stage.act(Action.HAND_BACK, first)
    stage.settle()
    stage.accepted()
    stage.wait(hours=10)

    assert stage.post.to("ada") == []
    assert stage.not_sent()[-1] == ("first_contact", "not_confirmed")


def test_the_newest_doubt_is_the_one_that_is_settled(stage: Stage) -> None:
    """The first contact, settled by a call, is not sent again for the second."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    order = Order(TENANT, ONE, Action.RESOLVE_ASSIGN, CORA)
    for action, answer in (
        (Action.SEND_INVITATION, doubts.Answer.WILL_CALL),
        (Action.SEND_SECOND_TOUCH, doubts.Answer.ARRIVED),
    ):
        stage.post.answers = [Uncertain("lost_after_data")]
        stage.act(action, who)
        stage.settle()
        with stage.store.begin() as unit:
            doubts.settle(unit, order, answer, stage.clock.now())
        if answer is doubts.Answer.WILL_CALL:
            stage.act(Action.CONTACT, who)
        stage.settle()
        stage.clock.move(timedelta(minutes=5))

    with stage.store.read() as unit:
        found = unit.attempts.of_case(TENANT, ONE)
    states = {one.key.kind: one.state for one in found if one.key.to_person}
    assert states == {"first_contact": "uncertain", "second_touch": "sent"}


def test_a_second_message_in_doubt_can_be_sent_again(stage: Stage) -> None:
    """The same message once more; the case is where second messages are sent from."""
    who = stage.invited()
    stage.post.answers = [Uncertain("lost_after_data")]
    stage.act(Action.SEND_SECOND_TOUCH, who)
    stage.settle()

    order = Order(TENANT, ONE, Action.RESOLVE_ASSIGN, CORA)
    with stage.store.begin() as unit:
        doubts.settle(unit, order, doubts.Answer.SEND, stage.clock.now())
    stage.settle()

    assert [mail.message_id for mail in stage.post.to("ada")][1:] == 2 * [
        stage.post.to("ada")[1].message_id
    ]
    assert (stage.case().state, stage.case().contacts) == (State.INVITED, 2)


@pytest.mark.parametrize("answer", [doubts.Answer.SEND, doubts.Answer.WILL_CALL])
def test_a_doubt_without_a_supporter_looks_for_one(stage: Stage, answer: doubts.Answer) -> None:
    """Nobody is written to in nobody's name, and the coordinator does not become the supporter."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.post.answers = [Uncertain("lost_after_data")]
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    with stage.store.begin() as unit:
        case = unit.cases.find(TENANT, ONE)
        assert case is not None
        unit.cases.save(replace(case, supporter=None, refused=(who,)), case)

    order = Order(TENANT, ONE, Action.RESOLVE_ASSIGN, CORA)
    with stage.store.begin() as unit:
        doubts.settle(unit, order, answer, stage.clock.now())
    stage.settle()

    assert stage.case().state is State.OFFERED
    assert len(stage.post.to("ada")) == 1

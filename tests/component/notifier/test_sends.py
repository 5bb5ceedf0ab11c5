"""What leaves, what waits, what is doubtful: guards and answers of the channel."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifier import doubts
from services.notifier.desk import Order
from services.notifier.domain.case import Actor
from services.notifier.domain.channel import (
    Answer,
    Mail,
    Refused,
    Retryable,
    Sent,
    Uncertain,
)
from services.notifier.domain.directory import Role
from services.notifier.domain.errors import NotApplicableError, PolicyUnavailableError
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, MessageKind, State
from services.notifier.due import act_on_due
from services.notifier.store.attempt_rows import AttemptState
from services.notifier.store.tables import persons
from shared.contracts.words import ActorRole, RequestAction
from tests.builders.notifier import (
    NOON,
    ONE,
    TENANT,
    Stage,
    a_request,
    some_people,
)

CORA = Actor(ActorRole.COORDINATOR, "cora")
SUE = Actor(ActorRole.SUPPORTER, "sue")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def order(stage: Stage, action: Action, actor: Actor = CORA, case: str = "one") -> Order:
    """Return an order about a case."""
    return Order(TENANT, stage.case(case).case_ref, action, actor)


@pytest.mark.parametrize("answer", list(doubts.Answer))
def test_a_human_settles_a_doubt(stage: Stage, answer: doubts.Answer) -> None:
    """It arrived; it did not: send, with the same Message-ID; I will call."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.post.answers.append(Uncertain("lost_after_data"))
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    assert (stage.case().code, stage.case().uncertain) == ("uncertain", True)
    stage.wait(hours=5)
    assert len(stage.post.to("ada")) == 1, "software never repeats it"

    asked = order(stage, Action.RESOLVE_ASSIGN)
    with stage.store.begin() as unit:
        doubts.settle(unit, asked, answer, stage.clock.now())
    stage.settle()

    mails = stage.post.to("ada")
    states = {"arrived": State.INVITED, "send": State.INVITED, "will_call": State.ASSIGNED}
    assert stage.case().state is states[answer.value]
    assert len(mails) == (2 if answer is doubts.Answer.SEND else 1)
    assert len({mail.message_id for mail in mails}) == 1


def test_no_doubt_nothing_to_settle(stage: Stage) -> None:
    """Refused, and nothing changes."""
    stage.receive(a_request())
    asked = order(stage, Action.RESOLVE_ASSIGN)

    with pytest.raises(NotApplicableError), stage.store.begin() as unit:
        doubts.settle(unit, asked, doubts.Answer.SEND, NOON)


def test_quiet_hours_defer_and_do_not_drop(stage: Stage) -> None:
    """At 23:00 the invitation waits; at 07:00 it leaves."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.clock.move(timedelta(hours=11))

    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    assert stage.post.to("ada") == []
    assert ("first_contact", "quiet_hours") in stage.not_sent()
    stage.wait(hours=8)

    assert len(stage.post.to("ada")) == 1


def test_deferred_message_is_dropped_when_it_makes_no_sense_any_more(stage: Stage) -> None:
    """On release all guards run again."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.clock.move(timedelta(hours=11))
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    stage.act(Action.HAND_BACK, who)

    stage.wait(hours=9)

    assert stage.post.to("ada") == []
    assert ("first_contact", "not_confirmed") in stage.not_sent()


def test_first_contact_is_asked_for_twice_and_sent_once(stage: Stage) -> None:
    """The second wish is a row with its reason, and who wished it is told."""
    who = stage.invited()
    stage.act(Action.HAND_BACK, who)
    stage.settle()
    other = stage.accepted()

    stage.act(Action.SEND_INVITATION, other)
    stage.settle()

    assert len(stage.post.to("ada")) == 1
    assert ("first_contact", "already_sent") in stage.not_sent()
    assert "we did not send your message" in stage.post.to(other)[-1].text


def test_two_contacts_without_an_answer_end_before_a_human(stage: Stage) -> None:
    """The supporter is asked for the second touch; then it stands in attention."""
    who = stage.invited()
    stage.wait(hours=24)
    assert stage.post.to(who)[-1].subject == "A reminder about your conversation"

    stage.act(Action.SEND_SECOND_TOUCH, who)
    stage.settle()
    assert len(stage.post.to("ada")) == 2
    stage.wait(hours=24)

    assert (stage.case().state, stage.case().code) == (State.ATTENTION, "no_answer")
    with pytest.raises(NotApplicableError):
        stage.act(Action.SEND_SECOND_TOUCH, who)


def test_refused_message_is_told_to_the_supporter(stage: Stage) -> None:
    """They can call; the attempt is failed, not forgotten."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.post.answers.append(Refused("smtp_550"))

    stage.act(Action.SEND_INVITATION, who)
    stage.settle()

    assert "could not be delivered" in stage.post.to(who)[-1].text
    assert ("first_contact", "channel_refused") in stage.not_sent()
    assert stage.case().state is State.ASSIGNED


def test_a_busy_server_is_tried_again_with_the_same_message_id(stage: Stage) -> None:
    """Quickly at first, then every ten minutes, for a day; then given up with a reason."""
    stage.receive(a_request())
    stage.post.answers.extend([Retryable("smtp_451", 60)] * 400)
    stage.settle()
    for _ in range(15):
        stage.wait(seconds=61)
    quick = stage.post.to("cora")
    stage.wait(hours=24)

    assert len(quick) == 12
    assert len({mail.message_id for mail in quick}) == 1
    assert "channel_refused" in {reason for _, reason in stage.not_sent()}


def test_supporter_message_of_unknown_fate_goes_again_with_the_same_id(stage: Stage) -> None:
    """At least once to supporters."""
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    stage.post.answers.append(Uncertain("lost_after_data"))
    stage.answer(stage.post.to(who)[-1], "accept")
    stage.settle()
    stage.wait(seconds=30)

    one, two = stage.post.to(who)[1:]
    assert one.message_id == two.message_id


def test_crash_after_the_claim_of_a_message_to_the_person_is_a_visible_doubt(stage: Stage) -> None:
    """The lease runs out, the attempt is uncertain, the event is told."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.act(Action.SEND_INVITATION, who)
    with stage.store.begin() as unit:
        claimed = stage.sender.claims.next(unit, stage.clock.now())
    assert claimed is not None
    assert claimed.waiting.key.kind is MessageKind.FIRST_CONTACT

    stage.wait(minutes=2)

    assert stage.post.to("ada") == []
    assert stage.case().code == "uncertain"
    assert "uncertain" in stage.events()
    with stage.store.read() as unit:
        states = [one.state for one in unit.attempts.of_case(TENANT, ONE) if one.key.to_person]
    assert states == [AttemptState.UNCERTAIN]


def test_an_offer_that_cannot_be_delivered_goes_to_the_next_at_once(stage: Stage) -> None:
    """Nobody waits a quarter of an hour for an answer that cannot come."""
    stage.receive(a_request())
    stage.post.answers.extend([Sent("x"), Sent("x"), Refused("smtp_550")])

    stage.settle()

    assert ("supporter_offer", "channel_refused") in stage.not_sent()
    assert stage.events()[-2:] == ["supporter_silent", "offered_to_supporter"]
    assert len(stage.post.to(stage.asked())) == 1


def test_somebody_excluded_before_the_offer_left_is_not_asked(stage: Stage) -> None:
    """An amend between matching and sending is heeded; the next supporter is asked at once."""
    stage.receive(a_request())
    with stage.store.begin() as unit:
        act_on_due(unit, NOON)
    first = stage.asked()
    stage.receive(a_request(action=RequestAction.AMEND, number=2, exclude=(f"p_{first}",)))

    stage.settle()

    assert stage.post.to(first) == []
    assert ("supporter_offer", "expired") in stage.not_sent()
    assert stage.asked() != first


def test_an_opt_out_is_heeded_by_a_message_that_already_waits(stage: Stage) -> None:
    """Honoured before any send, in the transaction that claims it."""
    stage.receive(a_request())
    stage.settle()
    stage.act(Action.SEND_INVITATION, stage.accepted())
    with stage.store.begin() as unit:
        unit.directory.opt_out(TENANT, "ada", NOON)

    stage.settle()

    assert stage.post.to("ada") == []
    assert ("first_contact", "opted_out") in stage.not_sent()
    assert "(opted_out)" in stage.post.to("cora")[-1].text


def test_a_message_for_somebody_who_left_the_directory_is_a_row_with_a_reason(
    stage: Stage,
) -> None:
    """Nothing is lost in silence."""
    stage.receive(a_request())
    stage.settle()
    stage.act(Action.SEND_INVITATION, stage.accepted())
    with stage.store.engine.begin() as connection:
        connection.execute(persons.delete().where(persons.c.person_id == "ada"))

    stage.settle()

    assert ("first_contact", "no_address") in stage.not_sent()
    assert "could not be delivered" in stage.post.to(stage.case().supporter or "")[-1].text


def test_unreadable_settings_of_a_tenant_let_its_messages_wait(stage: Stage) -> None:
    """The sender goes on for everybody else; what waited leaves once the file is mended."""
    stage.receive(a_request())
    readable = stage.sender.claims

    def unreadable(tenant: str) -> Policy:
        raise PolicyUnavailableError(tenant)

    stage.sender = replace(stage.sender, claims=replace(readable, policies=unreadable))
    stage.settle()
    assert stage.post.mails == []
    stage.sender = replace(stage.sender, claims=readable)
    stage.wait(seconds=31)

    assert stage.post.to(stage.asked())


def test_asking_again_while_a_message_is_being_sent_does_not_lose_it(stage: Stage) -> None:
    """A double click, and a mail server that wants the message later."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.act(Action.SEND_INVITATION, who)

    class Clicked:
        def send(self, mail: Mail, idempotency_key: str) -> Answer:
            del mail, idempotency_key
            stage.act(Action.SEND_INVITATION, who)
            assert not stage.sender.send_one(), "another sender has nothing to take"
            return Retryable("smtp_451", 30)

    replace(stage.sender, channel=Clicked()).send_one()
    stage.wait(minutes=2)

    assert len(stage.post.to("ada")) == 1


def test_all_coordinators_away_all_are_told(stage: Stage) -> None:
    """A crisis is never told to nobody."""
    away = (replace(one, absent_from=NOON) for one in some_people() if one.roles[1:])
    stage.add(*(one for one in away if Role.SUPPORTER not in one.roles))
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()

    stage.act(Action.CRISIS, who)
    stage.settle()

    assert stage.post.to("lea")[-1].subject
    assert stage.case().code == "crisis"


def test_a_yes_that_cannot_reach_the_supporter_reaches_the_coordinators(stage: Stage) -> None:
    """Somebody gets in touch with a person who would like to talk."""
    stage.invited()
    before = len(stage.post.to("cora"))
    stage.post.answers.append(Refused("smtp_550"))

    stage.answer(stage.post.to("ada")[-1], "accept")
    stage.settle()

    assert ("supporter_reminder", "channel_refused") in stage.not_sent()
    assert len(stage.post.to("cora")) == before + 1

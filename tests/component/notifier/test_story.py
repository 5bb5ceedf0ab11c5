"""One case from request to completion, on the real store with a fake clock and channel."""

from services.notifier.domain.states import Action, State
from tests.builders.notifier import NOON, Stage, a_request


def test_urgent_request_asks_a_supporter_at_once() -> None:
    """At 0 the request, at 0 the offer: urgent has no confirm window."""
    stage = Stage()

    stage.receive(a_request())
    stage.settle()

    case = stage.case()
    assert case.state is State.OFFERED
    assert stage.events() == ["opened", "confirmed", "offered_to_supporter"]
    assert len(stage.post.to(stage.asked())) == 1
    assert stage.post.to("cora"), "the coordinator is told and can stop it"
    assert stage.post.to("ada") == []


def test_nobody_but_the_supporter_writes_to_the_person() -> None:
    """The plan never writes to the affected person by itself; send_invitation does, once."""
    stage = Stage()
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    assert stage.post.to("ada") == []

    stage.act(Action.SEND_INVITATION, who)
    stage.settle()

    assert len(stage.post.to("ada")) == 1
    assert stage.case().state is State.INVITED
    assert stage.events()[-1] == "invitation_sent"


def test_whole_story_ends_completed() -> None:
    """Offer, accept, invitation, accept by link, three check-ins."""
    stage = Stage()
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()
    stage.answer(stage.post.to("ada")[0], "accept")
    for days in (3, 11, 16):
        stage.wait(days=days)
        stage.act(Action.CHECK_IN_DONE, who)

    case = stage.case()
    assert (case.state, case.code) == (State.CLOSED, "completed")
    assert stage.events().count("check_in_done") == 3
    assert case.timers == {}


def test_silence_asks_the_next_supporter_then_all_then_the_coordinators() -> None:
    """At 15 min silent the next is asked, then all at once, then coordinators, then the lead."""
    stage = Stage()
    stage.receive(a_request())
    stage.settle()
    first = stage.asked()

    stage.wait(minutes=15)
    second = stage.asked()
    assert second != first
    stage.wait(minutes=15)
    assert set(stage.case().asked) == {"sue", "tom", "una"}
    stage.wait(minutes=15)
    assert stage.case().state is State.SEARCHING
    before = len(stage.post.to("cora"))
    stage.wait(minutes=15)

    case = stage.case()
    assert (case.state, case.code) == (State.ATTENTION, "no_supporter")
    assert len(stage.post.to("cora")) > before
    assert stage.post.to("lea")
    assert stage.clock.now() - NOON < case.respond_by - NOON

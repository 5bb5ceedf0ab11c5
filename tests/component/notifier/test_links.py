"""Links in mails: supporters and the person answer with one click."""

from datetime import timedelta

import pytest

from services.notifier import links
from services.notifier.domain.case import Actor
from services.notifier.domain.errors import (
    LinkUnusableError,
    NotApplicableError,
)
from services.notifier.domain.states import Action, State
from services.notifier.store.tables import tokens
from shared.contracts.words import ActorRole
from tests.builders.notifier import (
    NOON,
    Stage,
    a_person,
    a_request,
    link_of,
)

CORA = Actor(ActorRole.COORDINATOR, "cora")
SUE = Actor(ActorRole.SUPPORTER, "sue")


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def test_get_changes_nothing_and_post_uses_the_link(stage: Stage) -> None:
    """A scanner may fetch it a hundred times; only its hash is kept."""
    stage.receive(a_request())
    stage.settle()
    mail = stage.post.to(stage.asked())[-1]
    for _ in range(3):
        with stage.store.read() as unit:
            page = links.look(unit, link_of(mail), NOON)
    assert page.still_wanted
    assert page.choices == ("accept", "decline", "someone_else")
    assert stage.case().state is State.OFFERED

    stage.answer(mail, "accept")

    for token, choice in ((link_of(mail), "accept"), ("unknown", "accept")):
        with pytest.raises(LinkUnusableError), stage.store.begin() as unit:
            links.answer(unit, token, choice, NOON)
    with stage.store.engine.connect() as connection:
        hashes = connection.execute(tokens.select()).all()
    assert link_of(mail) not in str(hashes)


def test_link_expires(stage: Stage) -> None:
    """After two weeks it is like one that never was."""
    stage.invited()
    mail = stage.post.to("ada")[0]
    stage.clock.move(timedelta(days=14))

    with pytest.raises(LinkUnusableError):
        stage.answer(mail, "accept")


@pytest.mark.parametrize("choice", ["decline", "someone_else"])
def test_supporter_may_say_no_and_the_next_is_asked(stage: Stage, choice: str) -> None:
    """At once, and they are not asked again for this case."""
    stage.receive(a_request())
    stage.settle()
    first = stage.asked()

    stage.answer(stage.post.to(first)[-1], choice)
    stage.settle()

    assert stage.asked() != first
    assert stage.case().refused == (first,)


def test_first_accept_wins_and_the_others_are_thanked(stage: Stage) -> None:
    """Step 3 asks all at once; a supporter who kept silent before may still accept."""
    stage.receive(a_request())
    stage.settle()
    stage.wait(minutes=15)
    stage.wait(minutes=15)
    one, two, three = stage.case().asked

    stage.answer(stage.post.to(two)[-1], "accept")
    stage.settle()

    assert stage.case().supporter == two
    for other in (one, three):
        assert stage.post.to(other)[-1].subject == "Taken, thank you"
        with pytest.raises(NotApplicableError):
            stage.answer(stage.post.to(other)[-2], "accept")


def test_the_last_of_several_declines_moves_the_search_on(stage: Stage) -> None:
    """While others still may accept, one decline changes nothing for them."""
    stage.receive(a_request())
    stage.settle()
    stage.wait(minutes=15)
    stage.wait(minutes=15)

    for who in stage.case().asked:
        stage.answer(stage.post.to(who)[-1], "decline")
    stage.settle()

    assert stage.case().state is State.SEARCHING
    assert stage.case().asked == ()


@pytest.mark.parametrize(
    ("choice", "state", "code"),
    [
        ("accept", State.ENGAGED, None),
        ("later", State.INVITED, None),
        ("decline", State.CLOSED, "declined"),
        ("other_supporter", State.OFFERED, None),
        ("opt_out", State.CLOSED, "opted_out"),
    ],
)
def test_the_persons_answers(stage: Stage, choice: str, state: State, code: str | None) -> None:
    """One click each, no reason asked; the supporter hears of it."""
    who = stage.invited()
    before = len(stage.post.to(who))

    stage.answer(stage.post.to("ada")[0], choice)
    stage.settle()

    assert (stage.case().state, stage.case().code) == (state, code)
    assert len(stage.post.to(who)) == before + 1
    assert len(stage.post.to("ada")) == 1


def test_an_opt_out_holds_for_every_later_request(stage: Stage) -> None:
    """Also after the case was closed, also under another pseudonym, not bypassed by tier 3."""
    stage.invited()
    stage.act(Action.CLOSE, "cora", reason="completed")
    assert stage.answer(stage.post.to("ada")[0], "opt_out").state is State.CLOSED
    stage.add(a_person("ada"), refs={"ada": ("p_ada", "p_other")})

    stage.receive(a_request(case="two", tier=3, person="p_other"))

    assert stage.case("two").code == "opted_out"


@pytest.mark.parametrize("answer", ["later", "decline", "other_supporter"])
def test_the_way_out_of_a_mail_stays_open_after_another_answer(stage: Stage, answer: str) -> None:
    """A mail program's unsubscribe button works as long as the link lives; nothing else does."""
    stage.invited()
    mail = stage.post.to("ada")[0]
    stage.answer(mail, answer)
    with pytest.raises(LinkUnusableError):
        stage.answer(mail, "accept")

    stage.answer(mail, "opt_out")

    assert stage.case().state is State.CLOSED
    with stage.store.read() as unit:
        assert unit.directory.opted_out("northwick", ["ada"])
        assert links.look(unit, link_of(mail), NOON, "opt_out").choices == ("opt_out",)
    stage.clock.move(timedelta(days=14))
    with pytest.raises(LinkUnusableError):
        stage.answer(mail, "opt_out")


def test_an_opt_out_ends_the_persons_other_open_case(stage: Stage) -> None:
    """The link belongs to a case that is closed; the wish is the person's."""
    stage.invited()
    stage.act(Action.CLOSE, "cora", reason="unreachable")
    stage.receive(a_request(case="two"))
    stage.act(Action.RESOLVE_SEARCH, "cora", "two")

    stage.answer(stage.post.to("ada")[0], "opt_out")

    assert (stage.case("two").state, stage.case("two").code) == (State.CLOSED, "opted_out")


def test_no_search_begins_for_whom_has_opted_out(stage: Stage) -> None:
    """However the wish became known: it is asked for again before anybody is."""
    stage.receive(a_request(), a_request(case="two", person="p_ben", confirm=True))
    with stage.store.begin() as unit:
        unit.directory.opt_out("northwick", "ada", NOON)
        unit.directory.opt_out("northwick", "p_ben", NOON)
    stage.settle()
    stage.act(Action.ASSIGN, "cora", "two", supporter="sue")

    assert [stage.case(one).code for one in ("one", "two")] == ["opted_out", "opted_out"]
    assert not [m for who in ("sue", "tom", "una") for m in stage.post.to(who)]


def test_decline_while_engaged_stops(stage: Stage) -> None:
    """A new invitation link of a later round still says no."""
    who = stage.invited()
    stage.act(Action.CONTACT_ACCEPTS, who)

    assert stage.answer(stage.post.to("ada")[0], "decline").code == "stopped"

"""What becomes of a request: opening rules, joins, merges, raises, amendments, withdrawals."""

from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.plan import Plan
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action, State, TimerKind
from shared.contracts.words import Priority, RequestAction
from shared.identity import derive_id
from tests.builders.notifier import (
    NOON,
    TENANT,
    Stage,
    a_request,
    a_team_request,
    some_people,
)

RAISE, AMEND, WITHDRAW = RequestAction.RAISE, RequestAction.AMEND, RequestAction.WITHDRAW


@pytest.fixture
def stage() -> Stage:
    """Give a notifier with the usual people."""
    return Stage()


def stands(stage: Stage, case: str = "one") -> tuple[State, str | None]:
    """Return state and code of a case."""
    found = stage.case(case)
    return found.state, found.code


@pytest.mark.parametrize(
    ("asked", "state", "code", "events"),
    [
        ({}, State.SEARCHING, None, ["opened", "confirmed"]),
        ({"priority": Priority.HIGH}, State.PROPOSED, None, ["opened"]),
        ({"confirm": True}, State.PROPOSED, None, ["opened"]),
        ({"tier": 1}, State.CLOSED, "completed", ["opened", "closed"]),
        ({"person": "p_unknown"}, State.ATTENTION, "unresolved", ["opened"]),
        ({"action": WITHDRAW}, State.CLOSED, "withdrawn", ["opened", "withdrawn", "closed"]),
        ({"action": RAISE}, State.SEARCHING, None, ["opened", "confirmed"]),
        (
            {"respond_by": NOON - timedelta(days=8)},
            State.PROPOSED,
            None,
            ["opened"],
        ),
    ],
)
def test_how_a_case_opens(
    stage: Stage, asked: dict[str, Any], state: State, code: str | None, events: list[str]
) -> None:
    """The first row of the transition table."""
    stage.receive(a_request(**asked))

    assert stands(stage) == (state, code)
    assert stage.events() == events


def test_a_team_case_stands_before_the_coordinator(stage: Stage) -> None:
    """No message to the unit; coordinator and programme lead are told."""
    stage.receive(a_team_request())
    stage.settle()

    assert stands(stage) == (State.ATTENTION, "ask_unit")
    assert {mail.recipient.partition("@")[0] for mail in stage.post.mails} == {
        "cora",
        "dora",
        "lea",
    }


def test_amend_of_nothing_is_kept_in_the_inbox_only(stage: Stage) -> None:
    """There is nothing yet to amend, and no case is invented."""
    stage.receive(a_request(action=AMEND))

    with stage.store.read() as unit:
        assert unit.pages.cases(TENANT) == ()
    stage.receive(a_request(number=2))
    assert stage.case().is_open


def test_confirm_window_runs_out_and_the_case_goes_on(stage: Stage) -> None:
    """A window to stop it, not a queue to die in."""
    stage.receive(a_request(priority=Priority.HIGH))
    stage.settle()

    stage.wait(minutes=119)
    assert stands(stage)[0] is State.PROPOSED
    stage.wait(minutes=1)

    assert stands(stage)[0] is State.OFFERED


def test_a_human_must_confirm_where_the_request_says_so(stage: Stage) -> None:
    """One coordinator after the other is asked, then it stands in attention."""
    stage.receive(a_request(confirm=True))
    stage.settle()
    assert [len(stage.post.to(who)) for who in ("cora", "dora")] == [1, 0]

    stage.wait(minutes=15)
    assert [len(stage.post.to(who)) for who in ("cora", "dora")] == [1, 1]
    stage.wait(minutes=15)

    assert stands(stage) == (State.ATTENTION, "no_coordinator")
    assert stage.post.to("sue") + stage.post.to("tom") + stage.post.to("una") == []


def test_second_occurrence_joins_the_open_case(stage: Stage) -> None:
    """Another occurrence of the same person never opens a second first contact."""
    stage.receive(a_request())
    stage.settle()
    stage.receive(a_request(case="two", tier=3))
    stage.settle()

    assert stands(stage, "two") == (State.CLOSED, "joined_open_case")
    assert stage.case().tier == 3
    assert "raised" in stage.events()


def test_joined_case_is_promoted_when_the_open_one_is_withdrawn(stage: Stage) -> None:
    """The second occurrence is not forgotten with the first."""
    stage.receive(a_request(), a_request(case="two"))

    stage.receive(a_request(action=WITHDRAW, number=2))
    stage.settle()

    assert stands(stage) == (State.CLOSED, "withdrawn")
    assert stands(stage, "two")[0] is State.OFFERED


def test_raise_of_a_joined_case_raises_the_open_one(stage: Stage) -> None:
    """The request reaches the person's case, whichever it names."""
    stage.receive(a_request(), a_request(case="two"))

    stage.receive(a_request(case="two", number=2, action=RAISE, tier=3))

    assert stage.case().tier == 3
    assert stands(stage, "two") == (State.CLOSED, "joined_open_case")


def test_raise_only_shortens_clocks(stage: Stage) -> None:
    """Higher tier and priority; a later respond_by changes nothing."""
    stage.receive(a_request(priority=Priority.ROUTINE))
    before = stage.case()

    stage.receive(a_request(action=RAISE, number=2, tier=3, priority=Priority.URGENT))
    stage.receive(
        a_request(action=RAISE, number=3, priority=Priority.HIGH, respond_by=before.respond_by)
    )

    case = stage.case()
    assert (case.tier, case.priority) == (3, Priority.URGENT)
    assert case.respond_by == NOON + timedelta(hours=4)
    assert case.timers[TimerKind.CONFIRM_WINDOW] == NOON
    stage.settle()
    assert stands(stage)[0] is State.OFFERED


def test_raise_after_contact_is_a_task_with_its_own_clock(stage: Stage) -> None:
    """A new round: the supporter is asked, one more message of each kind is possible."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.act(Action.SEND_INVITATION, who)
    stage.settle()

    stage.receive(a_request(action=RAISE, number=2))
    stage.settle()

    case = stage.case()
    assert (case.state, case.round) == (State.INVITED, 2)
    assert case.timers[TimerKind.TOUCH_MISSED] == case.respond_by
    assert stage.post.to(who)[-1].subject == "Your conversation"
    stage.act(Action.SEND_SECOND_TOUCH, who)
    stage.settle()
    assert len(stage.post.to("ada")) == 2


def test_recent_contact_stands_before_a_human(stage: Stage) -> None:
    """Within 14 days of a contact nobody is written to again by itself."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    stage.act(Action.CONTACT_DECLINES, who)
    stage.wait(days=13)

    stage.receive(a_request(case="two", respond_by=stage.clock.now() + timedelta(hours=4)))
    assert stands(stage, "two") == (State.ATTENTION, "recent_contact")

    stage.act(Action.CLOSE, "cora", case="two", reason="dismissed")
    stage.wait(days=2)
    stage.receive(a_request(case="three", respond_by=stage.clock.now() + timedelta(hours=4)))
    assert stands(stage, "three")[0] is State.SEARCHING


@pytest.mark.parametrize(
    ("until", "state", "code"),
    [
        ("proposed", State.CLOSED, "withdrawn"),
        ("offered", State.CLOSED, "withdrawn"),
        ("assigned", State.ATTENTION, "ask_supporter"),
        ("invited", State.INVITED, None),
        ("taken", State.CLOSED, "withdrawn"),
    ],
)
def test_withdraw_stops_only_what_has_not_begun(
    stage: Stage, until: str, state: State, code: str | None
) -> None:
    """Before contact it closes; once a supporter has accepted a human is asked."""
    urgent = until != "proposed"
    stage.receive(a_request(priority=Priority.URGENT if urgent else Priority.HIGH))
    stage.settle()
    asked = stage.case().asked
    if until in ("assigned", "invited"):
        who = stage.accepted()
        if until == "invited":
            stage.act(Action.CONTACT, who)
    if until == "taken":
        stage.act(Action.TAKE, "cora")

    stage.receive(a_request(action=WITHDRAW, number=2))
    stage.settle()

    assert stands(stage) == (state, code)
    if until == "offered":
        assert stage.post.to(asked[0])[-1].subject == "Taken, thank you"


def test_amend_that_excludes_the_supporter_alerts_the_coordinator(stage: Stage) -> None:
    """Software never takes the case away from a supporter; a human decides."""
    stage.receive(a_request())
    stage.settle()
    who = stage.accepted()
    before = len(stage.post.to("cora"))

    stage.receive(a_request(action=AMEND, number=2, exclude=(f"p_{who}",)))
    stage.settle()

    assert stands(stage)[0] is State.ASSIGNED
    assert stage.events()[-1] == "escalated"
    assert len(stage.post.to("cora")) == before + 1


def test_amend_before_the_offer_keeps_the_excluded_out(stage: Stage) -> None:
    """Nobody who was involved is asked."""
    stage.receive(a_request(exclude=("p_sue", "p_tom", "p_nobody")))
    stage.settle()

    assert stage.case().asked == ("una",)


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_merge_keeps_the_case_that_has_begun(order: tuple[str, str]) -> None:
    """`replaces` in both orders: the other closes, later requests for either reach the survivor."""
    people = [p for p in some_people() if p.person_id != "ada"]
    stage = Stage(people=people)
    ada = next(p for p in some_people() if p.person_id == "ada")
    stage.receive(a_request(person="p_x"), a_request(case="two", person="p_y"))
    stage.add(ada, refs={"ada": ("p_x",)})
    with stage.store.begin() as unit:
        from services.notifier import people as persons
        from services.notifier.domain.case import SYSTEM

        found = unit.cases.find(TENANT, derive_id("case", "one"))
        assert found is not None
        persons.identify(unit, found, ada, SYSTEM, NOON)
    stage.settle()
    stage.act(Action.CONTACT, stage.accepted())

    first, second = order
    stage.receive(
        a_request(
            case=first, number=9, action=RAISE, replaces=(derive_id("case", second),), person="p_x"
        )
    )

    with stage.store.read() as unit:
        two = unit.pages.case(TENANT, derive_id("case", "two"))
        now = unit.cases.now_ref(TENANT, derive_id("case", "two"))
    assert two is not None
    assert (two.state, two.code) == (State.CLOSED, "withdrawn")
    assert now == derive_id("case", "one")
    assert stage.case().round == 2


def test_replaced_case_that_nobody_knows_leads_to_the_new_one(stage: Stage) -> None:
    """A request for a reference that never arrived reaches the case that replaced it."""
    stage.receive(a_request(replaces=(derive_id("case", "old"),)))

    stage.receive(a_request(case="old", number=2, action=RAISE, tier=3))

    assert stage.case().tier == 3


@pytest.mark.parametrize(
    ("ending", "state", "code"),
    [
        ("dismissed", State.PROPOSED, None),
        ("completed", State.PROPOSED, None),
        ("unreachable", State.PROPOSED, None),
        ("declined", State.ATTENTION, "declined_before"),
        ("stopped", State.ATTENTION, "declined_before"),
        ("handed_over", State.CLOSED, "handed_over"),
        ("wrong", State.CLOSED, "wrong"),
    ],
)
def test_raise_of_a_closed_case(stage: Stage, ending: str, state: State, code: str | None) -> None:
    """Some endings open a new round, a no needs a human, some endings are for good."""
    stage.receive(a_request())
    stage.act(Action.CLOSE, "cora", reason=ending)

    stage.receive(a_request(action=RAISE, number=2))

    assert stands(stage) == (state, code)
    assert stage.case().round == (1 if state is State.CLOSED else 2)


def test_raise_never_opens_a_second_case_of_the_person(stage: Stage) -> None:
    """A closed case stays closed while another one of the person is open; that one is raised."""
    stage.receive(a_request())
    stage.act(Action.DISMISS, "cora", reason="not_needed")
    stage.receive(a_request(case="two"))

    stage.receive(a_request(action=RAISE, number=2, tier=3))

    assert stands(stage)[0] is State.CLOSED
    assert stage.case("two").tier == 3


def test_tier_one_never_reopens(stage: Stage) -> None:
    """A local check closes by itself; a higher tier opens a new round."""
    stage.receive(a_request(tier=1))
    stage.receive(a_request(number=2, tier=1, action=RAISE))
    assert stands(stage) == (State.CLOSED, "completed")

    stage.receive(a_request(number=3, tier=2, action=RAISE))
    stage.settle()

    assert stands(stage)[0] is State.OFFERED


def test_past_clock_breaches_at_once_and_the_programme_lead_is_told(stage: Stage) -> None:
    """A late arrival is not hidden: event and mail."""
    stage.receive(a_request(respond_by=NOON - timedelta(hours=1)))
    stage.settle()

    assert stage.events().count("breached") == 2
    assert [mail.subject for mail in stage.post.to("lea")].count("A promised time has passed") == 2


def test_plan_is_frozen_into_the_case(stage: Stage) -> None:
    """An edit of the policy acts on later cases only."""
    stage.policy = Policy(plan=Plan(version="old", load_limit=7))
    stage.receive(a_request())
    stage.policy = Policy(plan=Plan(version="new"))
    stage.receive(a_request(case="two", person="p_ben"))

    assert stage.case().plan.version == "old"
    assert stage.case("two").plan.version == "new"


def test_switch_off_records_and_sends_nothing(stage: Stage) -> None:
    """Rehearsal and restore: everything runs, each send becomes a reason."""
    stage.switch = False
    stage.receive(a_request())
    stage.settle()

    assert stage.post.mails == []
    assert ("supporter_offer", "sending_off") in stage.not_sent()

"""What buttons and forms do: each as its page says, all of it or nothing."""

from datetime import timedelta

import pytest

from services.notifier.domain.channel import Uncertain
from services.notifier.domain.states import Action, AttentionCode, State
from services.notifier.store.encounter_rows import Encounter
from shared.contracts.outreach_requested import PersonSubject
from shared.contracts.words import Priority
from tests.builders.console import Browser, ConsoleStage, labels_of, press
from tests.builders.notifier import NOON, ONE, TENANT, a_request, a_team_request

CASE = f"/cases/{ONE}"
CHECK_IN = {"on": "2026-03-10", "at": "11:30", "mode": "telephone", "duration": "under_30"}


def proposed(console: ConsoleStage) -> Browser:
    """Open a routine case that waits to be confirmed; return the coordinator's browser."""
    console.stage.receive(a_request(priority=Priority.ROUTINE))
    console.stage.settle()
    return console.client("cora")


def held(console: ConsoleStage) -> tuple[str, Browser]:
    """Let a supporter accept case one; return who, and their browser."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.accepted()
    return who, console.client(who)


def do(browser: Browser, label: str, path: str = CASE, **fields: str) -> str:
    """Press a button of a page that shows it; return the text of the answer."""
    answer = press(browser, browser.get(path), label, **fields)
    assert answer.status_code == 200, answer.text
    return answer.text


def meetings(console: ConsoleStage) -> tuple[Encounter, ...]:
    """Return the encounters of case one."""
    with console.stage.store.read() as unit:
        return unit.encounters.of_case(TENANT, ONE)


def test_confirming_looks_for_a_supporter(console: ConsoleStage) -> None:
    """The page says so afterwards, and the button is gone."""
    browser = proposed(console)

    said = do(browser, "Confirm")

    assert console.stage.case().state is State.SEARCHING
    assert 'role="status">Confirmed.' in said
    assert "Confirm" not in labels_of(browser.get(CASE))


def test_dismissing_keeps_the_code(console: ConsoleStage) -> None:
    """A reason from the list; nobody is contacted."""
    do(proposed(console), "Dismiss", reason="has_support")
    console.stage.settle()

    assert console.stage.case().code == "dismissed"
    assert not console.stage.post.to("ada")


def test_reason_that_is_not_a_code_is_refused(console: ConsoleStage) -> None:
    """Free text never gets into a case."""
    browser = proposed(console)
    before = console.dump()

    answer = press(browser, browser.get(CASE), "Dismiss", reason="she had a bad day")

    assert answer.status_code == 400
    assert "bad day" not in answer.text
    assert console.dump()["cases"] == before["cases"]


def test_assigning_gives_the_case_to_who_agreed(console: ConsoleStage) -> None:
    """From the ranked list; the supporter is told."""
    do(proposed(console), "Assign: they have agreed", supporter="tom")
    console.stage.settle()

    assert (console.stage.case().state, console.stage.case().supporter) == (State.ASSIGNED, "tom")
    assert console.stage.post.to("tom")


@pytest.mark.parametrize(("who", "status"), [("sue", 400), ("cora", 400), ("", 400)])
def test_nobody_excluded_or_unknown_can_be_assigned(
    console: ConsoleStage, who: str, status: int
) -> None:
    """Hard exclusions hold against a forged choice; so does a choice that was not made."""
    console.stage.receive(a_request(exclude=("p_sue",), priority=Priority.ROUTINE))
    browser = console.client("cora")

    answer = press(browser, browser.get(CASE), "Assign: they have agreed", supporter=who)

    assert answer.status_code == status
    assert console.stage.case().state is State.PROPOSED


def test_button_pressed_twice_says_that_somebody_was_faster(console: ConsoleStage) -> None:
    """Two coordinators on one page: the second learns it, nothing happens twice."""
    cora, dora = proposed(console), console.client("dora")
    old = dora.get(CASE)
    do(cora, "Confirm")

    answer = press(dora, old, "Confirm")

    assert answer.status_code == 409
    assert "Somebody was faster" in answer.text
    assert console.stage.events().count("confirmed") == 1


def test_unresolved_person_is_found_in_the_directory(console: ConsoleStage) -> None:
    """The sealed identifier is shown to the coordinator, the choice goes on with the case."""
    console.stage.receive(
        a_request(
            person="p_unknown", subject=PersonSubject(person_ref="p_unknown", sealed="c2VhbGVk")
        )
    )
    browser = console.client("cora")
    shown = browser.get(f"{CASE}/person")
    assert "ada.canary" in shown.text

    found = press(browser, shown, "Search the directory", text="exam BEN")
    answer = press(browser, found, "This is the person")

    assert answer.status_code == 200
    assert (console.stage.case().person_id, console.stage.case().state) == ("ben", State.SEARCHING)
    assert "ada.canary" not in browser.get(f"{CASE}/person").text


def test_search_finds_every_word_and_no_wildcard(console: ConsoleStage) -> None:
    """Name and e-mail, any order, % and _ are letters; the page never lists everybody."""
    console.stage.receive(a_team_request())
    browser = console.client("cora")
    page = browser.get(f"{CASE}/person")

    def found(text: str) -> list[str]:
        labels = labels_of(press(browser, page, "Search the directory", text=text))
        return [label for label in labels if label == "Make an offer to this person"]

    assert len(found("example ada")) == 1
    assert len(found("sue@northwick")) == 1
    assert [found(text) for text in ("%", "a_a", "ada ben", " ")] == [[], [], [], []]


def test_unit_names_a_person_who_becomes_a_case(console: ConsoleStage) -> None:
    """Team case: the coordinator has spoken to the unit, then adds one person."""
    console.stage.receive(a_team_request())
    browser = console.client("cora")
    do(browser, "I have spoken to the unit")
    page = browser.get(f"{CASE}/person")
    found = press(browser, page, "Search the directory", text="ada")

    answer = press(browser, found, "Make an offer to this person")

    assert "Ada Example" in answer.text
    with console.stage.store.read() as unit:
        assert {case.person_id for case in unit.pages.cases(TENANT)} == {None, "ada"}


@pytest.mark.parametrize(
    ("label", "state", "mails"),
    [
        ("It arrived", State.INVITED, 1),
        ("It did not: send it", State.INVITED, 2),
        ("The supporter calls instead", State.ASSIGNED, 1),
    ],
)
def test_coordinator_settles_a_doubtful_message(
    console: ConsoleStage, label: str, state: State, mails: int
) -> None:
    """Software never sends it twice by itself; the repeat has the same Message-ID."""
    who, _ = held(console)
    console.stage.post.answers.append(Uncertain("lost_after_data"))
    console.stage.act(Action.SEND_INVITATION, who)
    console.stage.settle()
    assert console.stage.case().code == AttentionCode.UNCERTAIN

    do(console.client("cora"), label)
    console.stage.settle()

    assert console.stage.case().state is state
    assert len(console.stage.post.to("ada")) == mails
    assert len({mail.message_id for mail in console.stage.post.to("ada")}) == 1


def test_supporter_accepts_on_the_page(console: ConsoleStage) -> None:
    """Signed in instead of by link: the name appears at once."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.asked()

    said = do(console.client(who), "Yes, I can")

    assert "Ada Example" in said
    assert console.stage.case().supporter == who


@pytest.mark.parametrize("label", ["No, not this time", "Someone else fits better"])
def test_supporter_declines_on_the_page(console: ConsoleStage, label: str) -> None:
    """Back to the own list; somebody else is asked."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.asked()

    assert "Noted. We ask somebody else." in do(console.client(who), label)

    console.stage.settle()
    assert console.stage.asked() != who


def test_already_spoken_is_one_tap(console: ConsoleStage) -> None:
    """Accepts and records the contact in one transaction."""
    console.stage.receive(a_request())
    console.stage.settle()

    do(console.client(console.stage.asked()), "We have spoken already")

    assert console.stage.case().state is State.INVITED
    assert console.stage.events()[-3:] == ["supporter_accepted", "assigned", "contacted"]


def test_supporter_sends_the_first_message_once(console: ConsoleStage) -> None:
    """In the supporter's name; a second tap sends nothing more."""
    _, browser = held(console)
    old = browser.get(CASE)
    label = "Send a first message in my name"
    for _ in range(2):
        press(browser, old, label)
        console.stage.settle()

    assert len(console.stage.post.to("ada")) == 1
    assert console.stage.case().state is State.INVITED


def test_handing_back_needs_no_reason(console: ConsoleStage) -> None:
    """Somebody else is asked, not the same again."""
    who, browser = held(console)

    do(browser, "Hand it back")
    console.stage.settle()

    assert console.stage.asked() != who


def test_crisis_tells_the_coordinators_and_shows_the_line(console: ConsoleStage) -> None:
    """One button; recorded is only that it happened."""
    _, browser = held(console)
    assert "Call the crisis line: 0111 999999" in browser.get(CASE).text

    do(browser, "Tell the coordinators: safety escalation")
    console.stage.settle()

    assert console.stage.case().code == AttentionCode.CRISIS
    assert console.stage.post.to("cora")[-1].subject == "Please help at once"


def test_check_in_keeps_codes_and_times_only(console: ConsoleStage) -> None:
    """Date, time in the page's zone, mode, duration, outcome, next date."""
    who, browser = held(console)
    do(browser, "We have spoken, and we go on talking")

    do(browser, "Record it", **CHECK_IN, outcome="continue", next_on="2026-03-13")

    at = NOON - timedelta(minutes=30)
    (one,) = meetings(console)
    assert (one.supporter, one.at, one.mode, one.outcome) == (who, at, "telephone", "continue")
    assert console.stage.case().state is State.ENGAGED
    assert "next on Fri 13 Mar" in browser.get(CASE).text


def test_last_check_in_completes_the_case(console: ConsoleStage) -> None:
    """The outcome "finished" closes it."""
    _, browser = held(console)
    do(browser, "We have spoken, and we go on talking")

    do(browser, "Record it", **CHECK_IN, outcome="finished")

    assert console.stage.case().code == "completed"


def test_offered_professional_help_is_recorded_as_such(console: ConsoleStage) -> None:
    """The outcome "referred" tells `referred` and goes on."""
    _, browser = held(console)
    do(browser, "We have spoken, and we go on talking")

    do(browser, "Record it", **CHECK_IN, outcome="referred")

    assert console.stage.events()[-2:] == ["referred", "check_in_done"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"on": "2026-03-11"},
        {"on": "yesterday"},
        {"at": ""},
        {"mode": "pigeon"},
        {"duration": ""},
        {"outcome": "she cried"},
        {"next_on": "2026-03-01"},
    ],
)
def test_check_in_that_the_form_does_not_offer_is_refused(
    console: ConsoleStage, wrong: dict[str, str]
) -> None:
    """Nothing is kept, and what was typed is not repeated."""
    _, browser = held(console)
    do(browser, "We have spoken, and we go on talking")
    before = console.dump()

    form = CHECK_IN | {"outcome": "continue"} | wrong
    answer = press(browser, browser.get(CASE), "Record it", **form)

    assert answer.status_code == 400
    assert "she cried" not in answer.text
    after = console.dump()
    assert (after["cases"], after["encounters"]) == (before["cases"], before["encounters"])


def test_supporter_pauses_and_comes_back(console: ConsoleStage) -> None:
    """Paused: the next request asks somebody else; the person keeps all their identifiers."""
    browser = console.client("sue")
    do(browser, "Do not ask me for now", "/mine")
    console.stage.receive(a_request())
    console.stage.settle()
    assert console.stage.asked() != "sue"

    do(browser, "I am back", "/mine")

    with console.stage.store.read() as unit:
        found = unit.directory.find(TENANT, "sue")
        assert found is not None
        assert not found.paused
        assert unit.directory.refs_of(TENANT, "sue") == ("p_sue",)

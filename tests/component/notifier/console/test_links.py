"""Links in mails: looking changes nothing, pressing acts once, a dead link is one kind page."""

from datetime import timedelta

import pytest

from services.notifier.domain.states import Action, State
from tests.builders.console import ConsoleStage, forms_of, labels_of, press
from tests.builders.notifier import a_request, link_of

OFFERS = ("accept", "decline", "someone_else")
ANSWERS = ("accept", "later", "decline", "other_supporter", "opt_out")


def offer_of(console: ConsoleStage) -> tuple[str, str]:
    """Ask a supporter; return who, and the path of their link."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.asked()
    return who, f"/l/{link_of(console.stage.post.to(who)[-1])}"


def invitation_of(console: ConsoleStage) -> str:
    """Write to the person; return the path of their link."""
    console.stage.invited()
    return f"/l/{link_of(console.stage.post.to('ada')[-1])}"


def test_looking_at_any_link_changes_nothing(console: ConsoleStage) -> None:
    """Mail scanners fetch every link with GET and HEAD; every row of every table stays."""
    invitation = invitation_of(console)
    console.stage.receive(a_request(case="two", person="p_ben"))
    console.stage.settle()
    asked = console.stage.post.to(console.stage.asked("two"))[-1]
    offer, before = f"/l/{link_of(asked)}", console.dump()

    paths = [invitation, *(f"{invitation}/{one}" for one in ANSWERS)]
    paths += [offer, *(f"{offer}/{one}" for one in OFFERS)]
    found = {
        console.anybody().request(m, path).status_code for m in ("GET", "HEAD") for path in paths
    }

    assert found == {200}
    assert console.dump() == before


def test_first_form_of_a_choice_does_that_choice(console: ConsoleStage) -> None:
    """Each link of the mail opens a page with one form, which does what the link said."""
    _, path = offer_of(console)

    for choice in OFFERS:
        forms = forms_of(console.anybody().get(f"{path}/{choice}"))
        assert [form.action for form in forms] == [f"{path}/{choice}"]


def test_accepting_needs_no_sign_in(console: ConsoleStage) -> None:
    """The supporter presses the button and has the case; the page tells no name."""
    who, path = offer_of(console)
    browser = console.anybody()

    answer = press(browser, browser.get(f"{path}/accept"), "Yes, I can")

    case = console.stage.case()
    assert (case.state, case.supporter) == (State.ASSIGNED, who)
    assert "Ada" not in answer.text
    assert f"/cases/{case.case_ref}" in answer.text


@pytest.mark.parametrize("choice", ["decline", "someone_else"])
def test_declining_asks_the_next_supporter(console: ConsoleStage, choice: str) -> None:
    """No reason is needed; the history keeps who would fit better as a code only."""
    who, path = offer_of(console)

    assert console.anybody().post(f"{path}/{choice}").status_code == 200

    console.stage.settle()
    assert console.stage.asked() != who


def test_persons_page_has_every_door(console: ConsoleStage) -> None:
    """Accept, later, another colleague, no, never; telephone and crisis line; no clinical word."""
    page = console.anybody().get(invitation_of(console))

    assert labels_of(page) == [
        "Yes, I would like to talk",
        "Not now",
        "No, thank you",
        "Another colleague, please",
        "Please never ask me again",
    ]
    assert "0111 999999" in page.text
    assert "0111 222333" in page.text
    for word in ("Ada", "picu", "event", "incident", "patient", "harm"):
        assert word not in page.text


def test_never_ask_again_holds_even_when_the_case_is_over(console: ConsoleStage) -> None:
    """One click in the mail program (List-Unsubscribe) or on the page, and no request gets by."""
    path = invitation_of(console)
    console.stage.act(Action.CLOSE, "cora", reason="completed")

    assert labels_of(console.anybody().get(f"{path}/opt_out")) == ["Please never ask me again"]
    one_click = {"List-Unsubscribe": "One-Click"}
    assert console.anybody().post(f"{path}/opt_out", data=one_click).status_code == 200

    with console.stage.store.read() as unit:
        assert unit.directory.opted_out("northwick", ["p_ada", "ada"])


def test_used_expired_and_unknown_links_are_one_kind_page(console: ConsoleStage) -> None:
    """Nobody learns which it was; the programme's telephone is there; nothing changes."""
    _, path = offer_of(console)
    console.anybody().post(f"{path}/accept")
    used = console.anybody().post(f"{path}/accept")
    console.stage.receive(a_request(case="two", person="p_ben"))
    console.stage.settle()
    mails = console.stage.post.to(console.stage.asked("two"))
    other = next(f"/l/{link_of(mail)}" for mail in reversed(mails) if "/l/" in mail.text)
    console.stage.clock.move(timedelta(days=15))
    expired, unknown = console.anybody().get(other), console.anybody().get("/l/" + "x" * 32)

    assert {one.status_code for one in (used, expired, unknown)} == {410}
    assert used.text == expired.text == unknown.text
    assert "0111 222333" in unknown.text


def test_unknown_choice_is_unusable_too(console: ConsoleStage) -> None:
    """A made-up choice does nothing, whatever the method."""
    _, path = offer_of(console)
    before = console.dump()

    answers = [console.anybody().request(m, f"{path}/opt_out").status_code for m in ("GET", "POST")]

    assert answers == [410, 410]
    assert console.dump() == before


def test_answer_that_comes_too_late_is_thanked(console: ConsoleStage) -> None:
    """Somebody else has it by now: nothing to do, nothing changed."""
    _, path = offer_of(console)
    console.stage.act(Action.TAKE, "cora")
    before = console.dump()

    answers = [console.anybody().get(f"{path}/accept"), console.anybody().post(f"{path}/accept")]

    assert all("nothing you need to do" in one.text for one in answers)
    assert console.dump() == before

"""Sign-in links: mailed to those with a role, once, for 15 minutes, silent about who is known."""

from datetime import timedelta

import pytest

from services.notifier.console.sign_in import NobodyToSignInError, SignIn
from services.notifier.domain.channel import Retryable
from shared.identity import new_token
from tests.builders.console import HTTPS, ConsoleStage, press
from tests.builders.notifier import TENANT


def link_in_mail(console: ConsoleStage, who: str = "sue") -> str:
    """Return the path of the link in the last mail to somebody."""
    text = console.stage.post.to(who)[-1].text
    return text.partition(HTTPS)[2].split()[0]


def ask(console: ConsoleStage, email: str, **fields: str) -> str:
    """Ask for a link and return the page that answers."""
    answer = console.anybody().post("/sign-in", data={"email": email} | fields)
    assert answer.status_code == 200
    return answer.text


def test_link_in_the_mail_signs_in_when_its_button_is_pressed(console: ConsoleStage) -> None:
    """Mail, page, button, own page."""
    ask(console, "Sue@Northwick.example ")
    browser = console.anybody()

    answer = press(browser, browser.get(link_in_mail(console)), "Sign me in")

    assert answer.status_code == 200
    assert "My conversations" in answer.text


def test_mail_says_nothing_about_the_person_or_a_case(console: ConsoleStage) -> None:
    """A neutral subject, the link, no role."""
    ask(console, "cora@northwick.example")

    (mail,) = console.stage.post.to("cora")

    assert mail.subject == "Your sign-in link"
    assert "coordinator" not in mail.text
    assert mail.message_id.endswith("@peerline.invalid>")


@pytest.mark.parametrize(
    "email", ["nobody@northwick.example", "ada@northwick.example", "", "x" * 99]
)
def test_answer_is_the_same_whether_the_address_is_known_or_not(
    console: ConsoleStage, email: str
) -> None:
    """Unknown, known without a role, nothing: same page, no mail."""
    known = ask(console, "sue@northwick.example")

    assert ask(console, email) == known
    assert len(console.stage.post.mails) == 1


def test_link_works_once(console: ConsoleStage) -> None:
    """The second press finds a used link."""
    ask(console, "sue@northwick.example")
    path = link_in_mail(console)

    answers = [console.anybody().post(path, data={"next": "/"}).status_code for _ in range(2)]

    assert answers == [303, 410]


def test_link_ends_after_a_quarter_of_an_hour(console: ConsoleStage) -> None:
    """GET and POST say the same kind page."""
    ask(console, "sue@northwick.example")
    console.stage.clock.move(timedelta(minutes=15))
    path = link_in_mail(console)

    answers = [console.anybody().get(path), console.anybody().post(path, data={"next": "/"})]

    assert [one.status_code for one in answers] == [410, 410]
    assert answers[0].text == answers[1].text == console.anybody().get("/sign-in/unknown").text


def test_looking_at_a_link_uses_nothing_up(console: ConsoleStage) -> None:
    """Mail scanners fetch it, once or often."""
    ask(console, "sue@northwick.example")
    path, before = link_in_mail(console), console.dump()

    for method in ("GET", "HEAD", "GET"):
        assert console.anybody().request(method, path).status_code == 200

    assert console.dump() == before


def test_one_person_gets_three_mails_in_a_quarter_of_an_hour(console: ConsoleStage) -> None:
    """Nobody can flood a mailbox; later it works again."""
    for _ in range(5):
        ask(console, "sue@northwick.example")
    assert len(console.stage.post.mails) == 3

    console.stage.clock.move(timedelta(minutes=16))
    ask(console, "sue@northwick.example")

    assert len(console.stage.post.mails) == 4


def test_after_signing_in_the_wanted_page_opens(console: ConsoleStage) -> None:
    """The link of a task mail leads through sign-in to the case."""
    wanted = "/cases/31f128a8-6a1d-5a52-b3a3-f63b47dd68fa"
    away = console.anybody().get(wanted)
    assert away.headers["location"] == f"/sign-in?next={wanted.replace('/', '%2F')}"

    ask(console, "sue@northwick.example", next=wanted)
    answer = console.anybody().get(link_in_mail(console))

    assert f'name="next" value="{wanted}"' in answer.text


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/x", "/today\r\n"])
def test_no_other_page_opens_after_signing_in(console: ConsoleStage, target: str) -> None:
    """No open redirect."""
    ask(console, "sue@northwick.example")

    answer = console.anybody().post(link_in_mail(console), data={"next": target})

    assert answer.headers["location"] in ("/", "/today")


def test_mail_server_that_is_away_changes_nothing_of_the_answer(console: ConsoleStage) -> None:
    """The page is the same; whoever waits asks again."""
    console.stage.post.answers.append(Retryable("unreachable"))
    before = ask(console, "nobody@northwick.example")

    assert ask(console, "sue@northwick.example") == before


def test_command_makes_a_link_only_for_somebody_with_a_role(console: ConsoleStage) -> None:
    """Staff without a role and other tenants' people are refused."""
    sign_in = SignIn(console.stage.store, console.stage.clock, HTTPS, new_token)

    assert sign_in.link_for(TENANT, "CORA@northwick.example").startswith(f"{HTTPS}/sign-in/")
    for tenant, email in ((TENANT, "ada@northwick.example"), ("other", "cora@northwick.example")):
        with pytest.raises(NobodyToSignInError):
            sign_in.link_for(tenant, email)


def test_too_many_requests_from_one_address_are_refused() -> None:
    """Links and sign-in, before anything is looked up."""
    console = ConsoleStage(limit=5)

    for path in ("/sign-in/x", "/l/x/accept"):
        found = [console.anybody().get(path).status_code for _ in range(7)]
        assert found == [410] * 5 + [429] * 2

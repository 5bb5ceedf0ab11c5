"""The console in a real Chromium: a coordinator's click becomes a supporter's acceptance."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.notifier.console.sign_in import SignIn
from services.notifier.domain.states import State
from shared.contracts.words import Family, Priority
from shared.identity import new_token
from tests.builders.console_site import Site
from tests.builders.notifier import ONE, TENANT, a_person, a_request, a_team_request, link_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A radio button is as large as the line that holds it and its label.
SMALL = """
[...document.querySelectorAll('button, .button, input:not([type=hidden]), select, nav a')]
  .filter(one => {
    const box = (one.type === 'radio' ? one.parentElement : one).getBoundingClientRect();
    return box.height < 24 || box.width < 24;
  })
  .map(one => one.outerHTML)
"""


def signed_in(site: Site, browser: "Browser", who: str, **options: object) -> "Page":
    """Return a page of somebody who has pressed the button behind a sign-in link."""
    sign_in = SignIn(site.stage.store, site.stage.clock, site.url, new_token)
    page = browser.new_context(**options).new_page()  # type: ignore[arg-type]
    page.goto(sign_in.link_for(TENANT, f"{who}@northwick.example"))
    page.get_by_role("button", name="Sign me in").click()
    return page


def tab_to(page: "Page", name: str) -> None:
    """Press Tab until the element with this text has the focus, as somebody without a mouse."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if focused.count() and name in focused.inner_text():
            return
    pytest.fail(f"'{name}' cannot be reached with the Tab key")


def test_coordinator_confirms_supporter_accepts_case_is_assigned(
    site: Site, chromium: "Browser"
) -> None:
    """Without JavaScript, the coordinator without a mouse, the supporter by the mail's link."""
    stage = site.stage
    stage.receive(a_request(priority=Priority.ROUTINE))
    coordinator = signed_in(site, chromium, "cora", java_script_enabled=False)
    coordinator.wait_for_url(f"{site.url}/today")

    tab_to(coordinator, "Nurse, picu")
    coordinator.keyboard.press("Enter")
    coordinator.wait_for_url(f"**/cases/{ONE}")
    tab_to(coordinator, "Confirm")
    coordinator.keyboard.press("Enter")
    coordinator.get_by_role("status").get_by_text("Confirmed.").wait_for()
    stage.settle()
    (mail,) = stage.post.to(stage.asked())

    supporter = chromium.new_context(java_script_enabled=False).new_page()
    supporter.goto(f"{site.url}/l/{link_of(mail)}/accept")
    supporter.get_by_role("button", name="Yes, I can").click()
    supporter.get_by_role("heading", name="Thank you").wait_for()

    coordinator.reload()
    assert stage.case().state is State.ASSIGNED
    assert coordinator.get_by_text("A supporter has it", exact=True).first.is_visible()
    assert "Ada" not in supporter.content()


def test_supporter_signs_in_by_the_mailed_link_and_records_the_contact(
    site: Site, chromium: "Browser"
) -> None:
    """E-mail typed, link of the mail, offer, name and telephone, one tap."""
    stage = site.stage
    stage.add(a_person("ada", telephone="0111 444555"))
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    page = chromium.new_context().new_page()
    page.goto(f"{site.url}/cases/{ONE}")
    page.get_by_label("Your work e-mail").fill(f"{who}@northwick.example")
    page.get_by_role("button", name="Send me a link").click()
    page.get_by_role("heading", name="Please look into your mail").wait_for()

    page.goto(f"{site.url}{stage.post.to(who)[-1].text.partition(site.url)[2].split()[0]}")
    page.get_by_role("button", name="Sign me in").click()
    page.get_by_role("button", name="Yes, I can").click()
    assert page.get_by_role("link", name="0111 444555").is_visible()
    page.get_by_role("button", name="We have spoken, and we go on talking").click()
    page.get_by_role("status").get_by_text("Contact noted").wait_for()

    assert stage.case().state is State.ENGAGED


def test_focus_is_visible_and_the_first_tab_skips_to_the_content(
    site: Site, chromium: "Browser"
) -> None:
    """The skip link appears when it has the focus and leads to the content."""
    page = signed_in(site, chromium, "cora")
    page.goto(f"{site.url}/today")

    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.evaluate("e => getComputedStyle(e).outlineWidth") == "3px"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def every_page(site: Site, browser: "Browser", **options: object) -> Iterator["Page"]:
    """Bring up one page of each screen, with real content."""
    stage = site.stage
    stage.receive(
        a_request(criteria=(Family.CRITICAL_EVENT, Family.NEW_TO_THIS)),
        a_team_request(case="team"),
        a_request(case="ben", person="p_ben", priority=Priority.ROUTINE),
    )
    stage.settle()
    offer = link_of(stage.post.to(stage.asked())[-1])
    cora, supporter = (signed_in(site, browser, who, **options) for who in ("cora", stage.asked()))
    for path in (f"/l/{offer}", f"/l/{offer}/accept", "/l/none", "/mine", f"/cases/{ONE}"):
        supporter.goto(site.url + path)
        yield supporter
    supporter.get_by_role("button", name="Yes, I can").click()
    yield supporter
    supporter.get_by_role("button", name="We have spoken, and we go on talking").click()
    yield supporter
    team = stage.case("team").case_ref
    for path in ("/today", "/closed", f"/cases/{ONE}", f"/cases/{team}", f"/cases/{team}/person"):
        cora.goto(site.url + path)
        yield cora
    cora.get_by_label("Name or e-mail").fill("example")
    cora.get_by_role("button", name="Search the directory").click()
    yield cora
    for path in ("/sign-in", "/nothing"):
        cora.goto(site.url + path)
        yield cora


def test_pages_fit_a_phone_and_fingers(site: Site, chromium: "Browser", tmp_path: Path) -> None:
    """At 360 pixels nothing scrolls sideways, no target is below 24 pixels (WCAG 2.2, 2.5.8)."""
    for number, page in enumerate(every_page(site, chromium, viewport=PHONE)):
        page.screenshot(path=tmp_path / f"{number:02}.png", full_page=True)
        assert page.evaluate(OVERFLOW) <= 0, page.url
        assert page.evaluate(SMALL) == [], page.url


def test_browser_accepts_every_page_without_complaint(site: Site, chromium: "Browser") -> None:
    """No page breaks its own policy, and nothing is loaded from elsewhere."""
    complaints: list[str] = []
    asked: set[str] = set()
    context = chromium.new_context()
    context.on("console", lambda message: complaints.append(message.text))
    context.on("request", lambda request: asked.add(request.url))
    stage = site.stage
    stage.receive(a_request())
    stage.settle()
    sign_in = SignIn(stage.store, stage.clock, site.url, new_token)
    page = context.new_page()
    page.goto(sign_in.link_for(TENANT, "cora@northwick.example"))
    page.get_by_role("button", name="Sign me in").click()

    for path in ("/today", "/closed", f"/cases/{ONE}", f"/cases/{ONE}/person", "/sign-in"):
        page.goto(site.url + path)
        assert page.evaluate("getComputedStyle(document.querySelector('.top')).display") == "flex"

    assert complaints == []
    assert f"{site.url}/static/style.css" in asked
    assert all(url.startswith(site.url) for url in asked)

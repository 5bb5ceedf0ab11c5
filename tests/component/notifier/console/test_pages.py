"""What pages show and, above all, what they do not show."""

from datetime import time, timedelta
from pathlib import Path

import pytest

from services.notifier.console.pages import SECURITY_HEADERS
from services.notifier.domain.plan import QuietHours
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import Action
from services.notifier.store.encounter_rows import Encounter
from services.notifier.store.tables import views
from shared.contracts.words import Family, Priority
from tests.builders.console import PROGRAMME, ConsoleStage, routes_of
from tests.builders.notifier import (
    NOON,
    ONE,
    TENANT,
    a_person,
    a_request,
    a_supporter,
    a_team_request,
)

CASE = f"/cases/{ONE}"


def viewers(console: ConsoleStage) -> list[str]:
    """Return who has looked at an identity, in order."""
    with console.stage.store.engine.connect() as connection:
        return list(connection.execute(views.select()).columns("viewer_ref").scalars())


def test_every_answer_carries_the_security_headers(console: ConsoleStage) -> None:
    """Pages, redirects, refusals, failures, health, style."""
    browser = console.client("cora")
    paths = [path for method, path in routes_of(console.app) if method == "GET"]

    for path in [*paths, "/static/style.css", "/nothing", "/static/nothing"]:
        for one in (browser, console.anybody()):
            found = one.get(path.replace("{case_ref}", str(ONE))).headers
            kept = {k: v for k, v in SECURITY_HEADERS.items() if k != "Cache-Control"}
            assert kept.items() <= {k: found.get(k) for k in kept}.items(), path
            assert "Strict-Transport-Security" in found, path
    assert browser.get("/today").headers["Cache-Control"] == "no-store"


def test_policy_allows_no_script_and_no_other_site() -> None:
    """The headers say so, and no template asks for either."""
    templates = Path("services/notifier/console/templates").rglob("*.html")

    assert "default-src 'none'" in SECURITY_HEADERS["Content-Security-Policy"]
    for template in templates:
        text = template.read_text(encoding="utf-8")
        for word in (
            "<script",
            "javascript:",
            "onclick",
            " style=",
            "http://",
            "https://",
            "|safe",
        ):
            assert word not in text.replace("| safe", "|safe"), template.name


def test_today_shows_attention_first_then_by_clock(console: ConsoleStage) -> None:
    """The order of need; late ones say so in words."""
    stage = console.stage
    stage.receive(
        a_request(case="routine", person="p_ben", priority=Priority.ROUTINE),
        a_request(),
        a_team_request(case="team"),
    )
    stage.clock.move(timedelta(hours=8))

    page = console.client("cora").get("/today").text

    order = [page.index(f"/cases/{stage.case(one).case_ref}") for one in ("team", "one", "routine")]
    assert order == sorted(order)
    assert "Overdue, 4 h ago" in page
    assert "All times are in the zone UTC" in page


def test_promise_kept_late_is_not_called_kept(console: ConsoleStage) -> None:
    """The first clock tells whether a human had the case in time."""
    console.stage.receive(a_request(), a_request(case="two", person="p_ben"))
    console.stage.act(Action.TAKE, "cora")
    console.stage.clock.move(timedelta(hours=5))
    console.stage.act(Action.TAKE, "cora", "two")
    browser = console.client("cora")

    pages = [
        browser.get(f"/cases/{console.stage.case(one).case_ref}").text for one in ("one", "two")
    ]

    assert [("Kept" in page, "Done, after that time" in page) for page in pages] == [
        (True, False),
        (False, True),
    ]


def test_lists_name_nobody(console: ConsoleStage) -> None:
    """Names stand on the page of a case only, where each look is recorded."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.asked()

    for viewer, path in (("cora", "/today"), (who, "/mine")):
        assert "Ada" not in console.client(viewer).get(path).text
    assert viewers(console) == []


def test_supporter_sees_the_name_only_after_accepting(console: ConsoleStage) -> None:
    """Before: no name, no contact, no history. After: name and contact, and the look is kept."""
    stage = console.stage
    stage.add(a_person("ada", telephone="0111 444555"))
    stage.receive(a_request())
    stage.settle()
    who = stage.asked()
    browser = console.client(who)

    before = browser.get(CASE).text
    stage.act(Action.ACCEPT, who)
    after = browser.get(CASE).text

    for secret in ("Ada", "ada@", "0111 444555", "What happened", "Messages, sent"):
        assert secret not in before
    assert "Ada Example" in after
    assert "0111 444555" in after
    assert "What happened" not in after
    assert viewers(console) == [who]


def test_offer_tells_neither_role_nor_unit(console: ConsoleStage) -> None:
    """The only pharmacist of a unit would be known by them; both come with the name."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.asked()
    browser = console.client(who)

    pages = [" ".join(browser.get(path).text.split()) for path in ("/mine", CASE)]
    console.stage.act(Action.ACCEPT, who)

    assert not any("picu" in page or "Nurse" in page for page in pages)
    assert "Nurse, picu" in browser.get("/mine").text


def test_supporter_is_not_told_why_coordinators_have_to_decide(console: ConsoleStage) -> None:
    """A doubtful mail or a taken case is the coordinators'; the supporter reads so."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.accepted()
    console.stage.act(Action.CRISIS, who)

    page = console.client(who).get("/mine").text

    assert "With the coordinators" in page
    assert "Needs you" not in page


def test_supporter_who_handed_it_back_sees_it_no_more(console: ConsoleStage) -> None:
    """The case is another's."""
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.accepted()
    console.stage.act(Action.HAND_BACK, who)

    assert console.client(who).get(CASE).status_code == 404


def test_coordinator_sees_every_send_and_non_send_with_its_reason(console: ConsoleStage) -> None:
    """The timeline answers: who was told what, and who was not, and why."""
    console.stage.add(a_person("ada", quiet=QuietHours(time(11), time(13))))
    console.stage.receive(a_request())
    console.stage.settle()
    who = console.stage.accepted()
    console.stage.act(Action.SEND_INVITATION, who)
    console.stage.settle()

    page = " ".join(console.client("cora").get(CASE).text.split())

    assert "to Ada Example: <strong>Waits</strong> (quiet hours of the recipient)" in page
    assert f"to {who.title()} Example: <strong>Sent</strong>" in page
    assert "Supporter accepted" in page
    assert "3 could be asked, 0 could not" in page


@pytest.mark.parametrize("shown", [True, False])
def test_families_are_shown_where_the_tenant_allows(*, shown: bool) -> None:
    """To coordinators only, and never to the supporter."""
    console = ConsoleStage(policy=Policy(programme=PROGRAMME, families_shown=shown))
    console.stage.receive(a_request(criteria=(Family.NEW_TO_THIS,)))
    console.stage.settle()
    who = console.stage.accepted()

    assert ("New to this work or place" in console.client("cora").get(CASE).text) is shown
    assert "New to this work" not in console.client(who).get(CASE).text


def test_excluded_supporters_stand_with_their_reason(console: ConsoleStage) -> None:
    """Whoever is part of it or leads the person cannot be chosen; who is off shift may agree."""
    console.stage.add(
        a_person("ada", manager="tom"),
        a_supporter("una", paused=True),
    )
    console.stage.receive(a_request(exclude=("p_sue",)))

    page = console.client("cora").get(CASE).text

    for words in ("is part of it", "is the line manager", "has paused"):
        assert f"not asked: {words}" in page
    assert 'value="una"' in page
    assert 'value="sue"' not in page
    assert 'value="tom"' not in page


def test_names_are_escaped(console: ConsoleStage) -> None:
    """A directory is input like any other."""
    console.stage.add(a_person("ada", given_name="<script>alert(1)</script>"))
    console.stage.receive(a_request())

    page = console.client("cora").get(CASE).text

    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_each_page_has_one_heading_one_main_and_labels_for_all_fields(
    console: ConsoleStage,
) -> None:
    """What a screen reader needs: landmarks, one h1, a label for each field, a language."""
    console.stage.invited()
    console.stage.receive(a_team_request(case="team"))
    team = console.stage.case("team").case_ref
    cora, who = console.client("cora"), console.client(console.stage.case().supporter or "")
    pages = [cora.get(p) for p in ("/today", "/closed", CASE, f"/cases/{team}/person")]
    pages += [who.get("/mine"), who.get(CASE), console.anybody().get("/sign-in")]

    for page in pages:
        text = page.text
        assert text.count("<h1") == text.count("<main") == text.count('<html lang="en">') == 1
        ids = {part.split('"')[0] for part in text.split(' for="')[1:]}
        fields = [f for f in text.split("<input ")[1:] if 'type="hidden"' not in f.split(">")[0]]
        fields += text.split("<select ")[1:]
        assert all(f.split('id="')[1].split('"')[0] in ids for f in fields), page.url


def test_earlier_conversations_are_shown_only_to_leads_and_whose_case_it_is(
    console: ConsoleStage,
) -> None:
    """Who is merely asked learns neither when nor how somebody was talked with."""
    stage = console.stage
    who = stage.invited()
    met = Encounter(who, NOON, "video", "under_15", "referred")
    with stage.store.begin() as unit:
        unit.encounters.add(TENANT, ONE, met, NOON)
    assert "Conversations so far" in console.client(who).get(CASE).text
    stage.act(Action.HAND_BACK, who)
    stage.settle()

    assert "Conversations so far" not in console.client(stage.asked()).get(CASE).text
    assert "Conversations so far" in console.client("cora").get(CASE).text


def test_a_closed_case_keeps_no_name_for_who_supported(console: ConsoleStage) -> None:
    """Name, telephone and address are for support, and support has ended."""
    stage = console.stage
    who = stage.invited()
    assert "ada@northwick.example" in console.client(who).get(CASE).text
    stage.act(Action.CLOSE, "cora", reason="completed")

    page = console.client(who).get(CASE)

    assert page.status_code == 200
    assert "Ada" not in page.text
    assert "ada@northwick.example" not in page.text

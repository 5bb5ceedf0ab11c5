"""Who gets in: roles and screens, default deny, other tenants, forged forms, sessions that end."""

from datetime import timedelta

import pytest

from services.notifier.console.sign_in import SignIn
from services.notifier.domain.directory import Role
from shared.contracts.words import Priority
from shared.identity import derive_id, new_token
from tests.builders.console import HTTPS, Browser, ConsoleStage, forms_of, routes_of
from tests.builders.notifier import ONE, a_person, a_request

PUBLIC = {
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/l/{token}"),
    ("HEAD", "/l/{token}"),
    ("GET", "/l/{token}/{choice}"),
    ("HEAD", "/l/{token}/{choice}"),
    ("POST", "/l/{token}/{choice}"),
    ("GET", "/sign-in"),
    ("HEAD", "/sign-in"),
    ("POST", "/sign-in"),
    ("GET", "/sign-in/{token}"),
    ("HEAD", "/sign-in/{token}"),
    ("POST", "/sign-in/{token}"),
}
CASE = f"/cases/{ONE}"
# Screen → what coordinator, programme lead, the asked supporter, another supporter, staff get.
MATRIX = {
    "/": (303, 303, 303, 303),
    "/today": (200, 200, 403, 403),
    "/closed": (200, 200, 403, 403),
    "/mine": (403, 403, 200, 200),
    CASE: (200, 200, 200, 404),
    f"{CASE}/person": (200, 200, 403, 403),
}
FORMS = {
    f"{CASE}/act": (400, 400, 400, 400),  # nothing chosen: let in, and told so
    f"{CASE}/already-spoken": (403, 403, 303, 404),
    f"{CASE}/check-in": (403, 403, 400, 400),
    f"{CASE}/doubt": (400, 400, 403, 403),
    f"{CASE}/person/find": (200, 200, 403, 403),
    f"{CASE}/person": (400, 400, 403, 403),
    "/mine/pause": (403, 403, 303, 303),
    "/sign-out": (200, 200, 200, 200),
}


def offered(console: ConsoleStage) -> tuple[str, str]:
    """Ask a supporter for case one; return who is asked and who is not."""
    console.stage.receive(a_request())
    console.stage.settle()
    asked = console.stage.asked()
    return asked, next(who for who in ("sue", "tom", "una") if who != asked)


def csrf_of(browser: Browser) -> str:
    """Return the secret that this visitor's forms carry."""
    start = browser.get(browser.get("/").headers["location"])
    return forms_of(start)[0].fields["csrf"]


def concrete(path: str) -> str:
    """Return an address of a route."""
    named = path.replace("{case_ref}", str(ONE)).replace("{choice}", "accept")
    return named.replace("{token}", "t" * 32)


def test_every_screen_answers_to_its_roles_only(console: ConsoleStage) -> None:
    """The matrix of outreach.md section 15, page by page."""
    asked, other = offered(console)
    browsers = [console.client(who) for who in ("cora", "lea", asked, other)]

    found = {path: tuple(b.get(path).status_code for b in browsers) for path in MATRIX}

    assert found == MATRIX


def test_every_form_answers_to_its_roles_only(console: ConsoleStage) -> None:
    """Likewise for what acts, with a valid secret, so that only the role decides."""
    asked, other = offered(console)
    browsers = [console.client(who) for who in ("cora", "lea", asked, other)]
    secrets = [csrf_of(browser) for browser in browsers]

    found = {
        path: tuple(
            b.post(path, data={"csrf": s}).status_code
            for b, s in zip(browsers, secrets, strict=True)
        )
        for path in FORMS
    }

    assert found == FORMS


def test_both_matrices_and_the_public_list_name_every_route(console: ConsoleStage) -> None:
    """A route that nobody thought about fails here, not in a hospital."""
    known = {("POST", path) for path in FORMS} | {
        (method, path) for path in MATRIX for method in ("GET", "HEAD")
    }

    routes = {
        (method, path.replace("{case_ref}", str(ONE))) for method, path in routes_of(console.app)
    }

    assert routes == known | PUBLIC


def test_nobody_who_is_not_signed_in_sees_anything(console: ConsoleStage) -> None:
    """Every route that is not public leads to the sign-in page and changes nothing."""
    offered(console)
    before = console.dump()

    for method, path in set(routes_of(console.app)) - PUBLIC:
        answer = console.anybody().request(method, concrete(path), data={"csrf": "x"})
        assert answer.status_code == 303, path
        assert answer.headers["location"].startswith("/sign-in"), path

    assert console.dump() == before


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_form_without_its_secret_is_refused_and_changes_nothing(
    console: ConsoleStage, secret: str
) -> None:
    """Cross-site request forgery: every signed-in POST, with every role."""
    asked, _ = offered(console)
    browsers = [console.client(who) for who in ("cora", asked)]
    before = console.dump()

    for method, path in set(routes_of(console.app)) - PUBLIC:
        if method == "POST":
            for browser in browsers:
                answer = browser.post(concrete(path), data={"csrf": secret, "action": "take"})
                assert answer.status_code == 403, path

    assert console.dump() == before


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}],
)
def test_form_from_another_site_is_refused_even_with_the_secret(
    console: ConsoleStage, headers: dict[str, str]
) -> None:
    """The browser says where a form came from; also for links and sign-in."""
    offered(console)
    browser = console.client("cora")
    secret = csrf_of(browser)

    for method, path in routes_of(console.app):
        if method == "POST":
            answer = browser.post(concrete(path), data={"csrf": secret}, headers=headers)
            assert answer.status_code == 403, path


def test_own_origin_and_no_origin_are_let_in(console: ConsoleStage) -> None:
    """`no-referrer` makes browsers send null with our own forms; that is not another site."""
    offered(console)
    browser = console.client("cora")
    secret = csrf_of(browser)

    for origin in (HTTPS, "null"):
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        form = {"csrf": secret, "text": "Ada"}
        assert browser.post(f"{CASE}/person/find", data=form, headers=headers).status_code == 200


def test_case_of_another_tenant_does_not_exist(console: ConsoleStage) -> None:
    """Neither to look at nor to act on, and it is not listed."""
    offered(console)
    away = a_person("zoe", tenant="elsewhere", roles=(Role.COORDINATOR, Role.SUPPORTER))
    console.stage.add(away)
    browser = console.anybody()
    sign_in = SignIn(console.stage.store, console.stage.clock, HTTPS, new_token)
    browser.post(sign_in.link_for("elsewhere", away.email), data={"x": ""})
    secret = csrf_of(browser)

    assert "31F128A8" not in browser.get("/today").text
    for path in (CASE, f"{CASE}/person"):
        assert browser.get(path).status_code == 404
    for path, form in ((f"{CASE}/act", {"action": "take"}), (f"{CASE}/person", {"person": "ada"})):
        assert browser.post(path, data={"csrf": secret} | form).status_code == 404


def test_nobody_sees_or_moves_a_case_about_themselves(console: ConsoleStage) -> None:
    """A coordinator may be the one who is offered support; colleagues see to it."""
    console.stage.receive(a_request(person="p_cora", priority=Priority.ROUTINE))
    cora, dora = console.client("cora"), console.client("dora")
    secret = csrf_of(cora)

    assert "31F128A8" not in cora.get("/today").text
    assert "31F128A8" in dora.get("/today").text
    for path in (CASE, f"{CASE}/person"):
        assert cora.get(path).status_code == 404
    for action, path in (("confirm", f"{CASE}/act"), ("", f"{CASE}/person")):
        answer = cora.post(path, data={"csrf": secret, "action": action, "person": "ada"})
        assert answer.status_code == 404


@pytest.mark.parametrize("path", [f"/cases/{derive_id('case', 'none')}", "/cases/42", "/nothing"])
def test_unknown_address_is_one_plain_page(console: ConsoleStage, path: str) -> None:
    """An unknown case, no case at all, no page."""
    answer = console.client("cora").get(path)

    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_session_ends_after_half_an_hour_without_a_click(console: ConsoleStage) -> None:
    """Every click keeps it alive, silence ends it."""
    browser = console.client("cora")
    for _ in range(3):
        console.stage.clock.move(timedelta(minutes=29))
        assert browser.get("/today").status_code == 200

    console.stage.clock.move(timedelta(minutes=30))

    assert browser.get("/today").status_code == 303


def test_session_ends_after_twelve_hours_of_clicking(console: ConsoleStage) -> None:
    """A stolen cookie does not live for ever."""
    browser = console.client("cora")
    answers = []
    for _ in range(25):
        console.stage.clock.move(timedelta(minutes=29))
        answers.append(browser.get("/today").status_code)

    assert set(answers[:24]) == {200}
    assert answers[24] == 303


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(console: ConsoleStage) -> None:
    """The row is gone, so that a copied cookie opens nothing."""
    browser, copy = console.client("cora"), console.anybody()
    copy.cookies = browser.cookies.__class__(browser.cookies)

    browser.post("/sign-out", data={"csrf": csrf_of(browser)})

    assert copy.get("/today").status_code == 303


def test_role_that_was_taken_away_is_gone_at_once(console: ConsoleStage) -> None:
    """Roles are read from the directory on every request, not from the session."""
    browser = console.client("cora")
    assert browser.get("/today").status_code == 200

    console.stage.add(a_person("cora"))

    assert browser.get("/today").status_code == 303


def test_cookie_is_bound_to_this_host_and_its_hash_is_all_that_is_kept(
    console: ConsoleStage,
) -> None:
    """`__Host-`, Secure, HttpOnly, SameSite=Strict; the database cannot be used to sign in."""
    sign_in = SignIn(console.stage.store, console.stage.clock, HTTPS, new_token)
    link = sign_in.link_for("northwick", "cora@northwick.example")

    answer = console.anybody().post(link, data={"x": ""})

    cookie = answer.headers["set-cookie"]
    value = cookie.partition("=")[2].partition(";")[0]
    assert cookie.startswith("__Host-peerline=")
    assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert value not in repr(console.dump())
    assert link.rpartition("/")[2] not in repr(console.dump())

"""The console on a real store, a fake clock and a captured mailbox, and a reader of its pages."""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI
from httpx import Response

from services.notifier.console.access import Cookie, Gate
from services.notifier.console.app import Console, create_app
from services.notifier.console.case_routes import CaseDesk
from services.notifier.console.link_routes import LinkDesk
from services.notifier.console.list_routes import ListDesk
from services.notifier.console.person_routes import PersonDesk
from services.notifier.console.programmes import Programmes
from services.notifier.console.rate import RateLimit
from services.notifier.console.sign_in import LinkMail, SignIn
from services.notifier.console.sign_in_routes import SignInDesk
from services.notifier.domain.policy import Policy, Programme
from services.notifier.store.engine import Store
from services.notifier.store.tables import metadata
from shared.clock import Clock
from shared.identity import new_token
from tests.builders.notifier import TENANT, Post, Stage

HTTPS = "https://console.example"
PROGRAMME = Programme(
    name="Care for colleagues", telephone="0111 222333", crisis_line="0111 999999"
)
SEALED_AS = '{"system": "login", "value": "ada.canary"}'


@dataclass(slots=True)
class Parts:
    """What an application is built from; `limit` is generous unless a test says otherwise."""

    store: Store
    clock: Clock
    post: Post
    policy: Policy
    base_url: str = HTTPS
    limit: float = 10_000

    def app(self) -> FastAPI:
        """Return the application."""
        programmes = Programmes(lambda _: self.policy, lambda: (TENANT,))
        gate = Gate(
            self.store,
            self.clock,
            lambda _: self.policy,
            Cookie(is_https=self.base_url.startswith("https")),
        )
        sign_in = SignIn(self.store, self.clock, self.base_url, new_token)
        mail = LinkMail(sign_in, self.post, programmes, b"k" * 32)
        limits = [RateLimit(0.0, self.limit, lambda: 0.0) for _ in range(2)]
        return create_app(
            Console(
                links=LinkDesk(self.store, self.clock, programmes, limits[0]),
                sign_in=SignInDesk(gate, sign_in, mail, programmes, limits[1]),
                lists=ListDesk(self.store, self.clock, gate),
                cases=CaseDesk(self.store, self.clock, gate),
                persons=PersonDesk(self.store, self.clock, gate, lambda _: SEALED_AS),
                is_ready=lambda: True,
            )
        )


@dataclass(slots=True)
class Browser:
    """Asks the application without a socket, keeps cookies, follows no redirect by itself."""

    app: FastAPI
    base_url: str
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def get(self, path: str, **given: Any) -> Response:
        """Fetch a page."""
        return self.request("GET", path, **given)

    def post(self, path: str, **given: Any) -> Response:
        """Send a form."""
        return self.request("POST", path, **given)

    def request(self, method: str, path: str, **given: Any) -> Response:
        """Send one request."""
        return asyncio.run(self._request(method, path, **given))

    async def _request(self, method: str, path: str, **given: Any) -> Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(
            transport=transport, base_url=self.base_url, cookies=self.cookies
        ) as client:
            answer = await client.request(method, path, **given)
            self.cookies = client.cookies
        return answer


class ConsoleStage:
    """A notifier's stage with its console in front; `client` signs somebody in for real."""

    def __init__(self, **overrides: Any) -> None:
        """Build both on one SQLite database; `store` may be one in a file."""
        policy = overrides.pop("policy", Policy(programme=PROGRAMME))
        self.stage = Stage(overrides.pop("store", None), policy=policy)
        stage = self.stage
        self.parts = Parts(stage.store, stage.clock, stage.post, policy, **overrides)
        self.app = self.parts.app()

    def anybody(self) -> Browser:
        """Return a browser that is signed in to nothing."""
        return Browser(self.app, self.parts.base_url)

    def client(self, who: str) -> Browser:
        """Return the browser of a directory person, signed in by a one-time link."""
        sign_in = SignIn(self.stage.store, self.stage.clock, self.parts.base_url, new_token)
        browser = self.anybody()
        answer = browser.post(sign_in.link_for(TENANT, f"{who}@northwick.example"), data={"x": ""})
        assert answer.status_code == 303
        return browser

    def snapshot(self) -> bytes:
        """Return the whole database of this console, which must be in memory."""
        return bytes(self._raw().serialize())

    def restore(self, snapshot: bytes) -> None:
        """Bring the database back to what it was."""
        self._raw().deserialize(snapshot)

    def _raw(self) -> sqlite3.Connection:
        raw = self.stage.store.engine.raw_connection().driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    def dump(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table."""
        with self.stage.store.engine.connect() as connection:
            return {
                table.name: sorted(map(tuple, connection.execute(table.select())), key=repr)
                for table in metadata.sorted_tables
            }


@dataclass(slots=True)
class PageForm:
    """One form of a page: where it goes, its hidden fields, its buttons by label."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str] | None] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.button: tuple[str, str] | None = None
        self.label: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(found["action"]))
        elif tag == "input" and found.get("type") == "hidden":
            self.forms[-1].fields[found["name"]] = found["value"]
        elif tag == "button":
            self.label = []
            self.button = (found["name"], found["value"]) if "name" in found else None

    def handle_data(self, data: str) -> None:
        if self.label is not None:
            self.label.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self.label is not None:
            self.forms[-1].buttons["".join(self.label).strip()] = self.button
            self.label = None


def forms_of(page: Response) -> list[PageForm]:
    """Return the forms of a page in order."""
    reader = _Reader()
    reader.feed(page.text)
    return reader.forms


def labels_of(page: Response) -> list[str]:
    """Return the labels of all buttons of a page in order."""
    return [label for form in forms_of(page) for label in form.buttons]


def press(browser: Browser, page: Response, label: str, **fields: str) -> Response:
    """Press the button with this label, with other fields filled in, and follow to the answer."""
    form = next(form for form in forms_of(page) if label in form.buttons)
    own = form.buttons[label]
    sent = form.fields | fields | (dict([own]) if own else {})
    return browser.post(form.action, data=sent, follow_redirects=True)


def routes_of(app: FastAPI | APIRouter) -> Iterator[tuple[str, str]]:
    """Return method and path template of every route, the mounted files left out."""
    for route in app.routes:
        inner = getattr(route, "original_router", None)  # how FastAPI keeps an included router
        if inner is not None:
            yield from routes_of(inner)
        for method in sorted(getattr(route, "methods", None) or ()):
            yield method, route.path  # type: ignore[attr-defined]

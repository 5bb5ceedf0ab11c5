"""The console's FastAPI application: routes, headers on every answer, health."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from services.notifier.console.case_routes import CaseDesk, case_routes
from services.notifier.console.failures import tell_failures
from services.notifier.console.link_routes import LinkDesk, link_routes
from services.notifier.console.list_routes import ListDesk, list_routes
from services.notifier.console.pages import SECURITY_HEADERS
from services.notifier.console.person_routes import PersonDesk, person_routes
from services.notifier.console.sign_in_routes import SignInDesk, own_routes, sign_in_routes

_STATIC: Final = Path(__file__).parent / "static"
_KEEP_STYLE: Final = "public, max-age=300"
_ONLY_HTTPS: Final = "max-age=31536000"


@dataclass(frozen=True, slots=True)
class Console:
    """What the application is made of; `is_ready` says whether SQL answers and is current."""

    links: LinkDesk
    sign_in: SignInDesk
    lists: ListDesk
    cases: CaseDesk
    persons: PersonDesk
    is_ready: Callable[[], bool]


def create_app(console: Console) -> FastAPI:
    """Return the application; it opens nothing before its first request."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="Peerline console")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.include_router(link_routes(console.links))
    app.include_router(sign_in_routes(console.sign_in))
    app.include_router(own_routes(console.sign_in))
    app.include_router(list_routes(console.lists))
    app.include_router(case_routes(console.cases))
    app.include_router(person_routes(console.persons))
    _health(app, console)
    tell_failures(app, console.links.programmes)
    _headers(app, is_https=console.sign_in.gate.cookie.is_https)
    return app


def _headers(app: FastAPI, *, is_https: bool) -> None:
    @app.middleware("http")
    async def headers(
        request: Request, go_on: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await go_on(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if is_https:
            response.headers["Strict-Transport-Security"] = _ONLY_HTTPS
        if request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = _KEEP_STYLE
        return response


def _health(app: FastAPI, console: Console) -> None:
    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def ready() -> Response:
        return Response(status_code=200 if console.is_ready() else 503)

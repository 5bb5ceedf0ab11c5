"""The console's FastAPI application: routes, headers on every answer, health."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles

from services.notifier.console.link_routes import LinkDesk, link_routes
from services.notifier.console.pages import SECURITY_HEADERS

_STATIC: Final = Path(__file__).parent / "static"
_YEAR_OF_STYLE: Final = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class Console:
    """What the application is made of; `is_ready` says whether SQL answers and is current."""

    links: LinkDesk
    is_ready: Callable[[], bool]


def create_app(console: Console) -> FastAPI:
    """Return the application; it opens nothing before its first request."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, title="Peerline console")
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.include_router(link_routes(console.links))
    _health(app, console)

    @app.middleware("http")
    async def headers(
        request: Request, go_on: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        response = await go_on(request)
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith("/static/"):
            response.headers["Cache-Control"] = _YEAR_OF_STYLE
        return response

    return app


def _health(app: FastAPI, console: Console) -> None:
    @app.get("/healthz")
    def alive() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz")
    def ready() -> Response:
        return Response(status_code=200 if console.is_ready() else 503)

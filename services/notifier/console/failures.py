"""Turns refusals into pages: what happened, that nothing was changed, what to do."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse

from services.notifier.console import refusals
from services.notifier.console.pages import page
from services.notifier.console.programmes import Programmes
from services.notifier.console.sign_in import page_after
from services.notifier.domain import errors
from services.notifier.store.engine import SQL_DOWN
from shared.observability import event_log

_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (refusals.ScreenForbiddenError, 403),
    (refusals.ForgedError, 403),
    (refusals.FormInvalidError, 400),
    (refusals.TooManyError, 429),
    (errors.CaseUnknownError, 404),
    (errors.NotAllowedError, 403),
    (errors.NotApplicableError, 409),
    (errors.PolicyUnavailableError, 503),
    (errors.NotifierError, 400),
)
_HEADINGS: Final = {
    400: "That did not work",
    403: "Not possible here",
    404: "There is no such page",
    405: "Not possible here",
    409: "Somebody was faster",
    429: "One moment, please",
    503: "Please try again in a minute",
}
_NOT_FOUND: Final = 404
_LOST: Final = "The address may be mistyped, or the case was merged with another."
_NOT_SO: Final = "This address does not do that. Nothing was changed."
_BROKEN: Final = "The console cannot answer right now. Nothing was changed."
log = event_log("console")


def tell_failures(app: FastAPI, programmes: Programmes) -> None:
    """Register the handlers; every failure is a page, never a trace."""

    def tell(
        status: int, text: str, headers: Mapping[str, str] | None = None, back: str = "/"
    ) -> Response:
        heading = _HEADINGS.get(status, "That did not work")
        words = {"heading": heading, "text": text, "back": back}
        answer = page("failure.html", programmes.of(None), status, **words)
        answer.headers.update(headers or {})
        return answer

    def refused(request: Request, error: Exception) -> Response:
        status = next(code for kind, code in _STATUS if isinstance(error, kind))
        log.info("request_refused", state=str(status), error_type=type(error).__name__)
        back = "/" if status == _NOT_FOUND else _back(request.url.path)
        return tell(status, str(error), back=back)

    def sign_in(request: Request, _: Exception) -> Response:
        target = page_after(request.url.path)
        after = f"?next={quote(target, safe='')}" if target != "/" else ""
        return RedirectResponse(f"/sign-in{after}", 303)

    def unrouted(_: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(getattr(error, "headers", None) or {})
        return tell(status, _LOST if status == _NOT_FOUND else _NOT_SO, headers)

    def down(_: Request, error: Exception) -> Response:
        log.fault("store_unavailable", error)
        return tell(503, _BROKEN, {"Retry-After": "5"})

    def broken(_: Request, error: Exception) -> Response:
        log.alarm("request_broken", error)
        return tell(500, _BROKEN)

    app.add_exception_handler(refusals.SignInNeededError, sign_in)
    app.add_exception_handler(refusals.ConsoleError, refused)
    app.add_exception_handler(errors.NotifierError, refused)
    app.add_exception_handler(HTTPException, unrouted)
    # An address that cannot be one of ours ("/cases/42") is no page, not a bad request.
    app.add_exception_handler(RequestValidationError, lambda *_: tell(_NOT_FOUND, _LOST))
    app.add_exception_handler(Exception, broken)
    for kind in SQL_DOWN:
        app.add_exception_handler(kind, down)


def _back(path: str) -> str:
    """Return the page to go back to: the case whose form was refused, else the start page."""
    return page_after("/".join(path.split("/")[:3]))

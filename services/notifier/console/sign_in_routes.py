"""Signing in by a mailed link, signing out, and the start page."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse

from services.notifier.console.access import EVERYBODY, Gate, Posted, Visitor
from services.notifier.console.forms import Form, read_form, same_origin
from services.notifier.console.link_routes import GONE
from services.notifier.console.pages import page
from services.notifier.console.programmes import Programmes
from services.notifier.console.rate import RateLimit
from services.notifier.console.sign_in import LinkMail, SignIn, page_after

SEE_OTHER = 303


@dataclass(frozen=True, slots=True)
class SignInDesk:
    """What signing in needs."""

    gate: Gate
    sign_in: SignIn
    mail: LinkMail
    programmes: Programmes
    limit: RateLimit


def sign_in_routes(desk: SignInDesk) -> APIRouter:
    """Return `/sign-in` and `/sign-in/{token}`: GET shows, POST acts, alike for everybody."""
    router = APIRouter(dependencies=[Depends(desk.limit.enter)])

    @router.api_route("/sign-in", methods=["GET", "HEAD"])
    def show(request: Request) -> Response:
        target = page_after(request.query_params.get("next"))
        return page("sign_in.html", desk.programmes.of(None), target=target)

    @router.post("/sign-in")
    def ask(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        same_origin(request)
        answer = page("sign_in_sent.html", desk.programmes.of(None))
        target = page_after(form.get("next"))
        answer.background = BackgroundTask(desk.mail.send, form.get("email", ""), target)
        return answer

    @router.api_route("/sign-in/{token}", methods=["GET", "HEAD"])
    def confirm(request: Request, token: str) -> Response:
        with desk.sign_in.store.read() as unit:
            is_usable = unit.sessions.is_usable(token, desk.sign_in.clock.now())
        if not is_usable:
            return page("sign_in_unusable.html", desk.programmes.of(None), GONE)
        target = page_after(request.query_params.get("next"))
        return page("sign_in_confirm.html", desk.programmes.of(None), token=token, target=target)

    @router.post("/sign-in/{token}")
    def enter(request: Request, token: str, form: Annotated[Form, Depends(read_form)]) -> Response:
        same_origin(request)
        session = desk.sign_in.enter(token)
        if session is None:
            return page("sign_in_unusable.html", desk.programmes.of(None), GONE)
        answer = RedirectResponse(page_after(form.get("next")), SEE_OTHER)
        desk.gate.cookie.put(answer, session)
        return answer

    return router


def own_routes(desk: SignInDesk) -> APIRouter:
    """Return the start page and `/sign-out`."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    def start(visitor: Annotated[Visitor, Depends(desk.gate.reads(*EVERYBODY))]) -> Response:
        return RedirectResponse("/today" if visitor.lead else "/mine", SEE_OTHER)

    @router.post("/sign-out")
    def leave(
        request: Request, posted: Annotated[Posted, Depends(desk.gate.acts(*EVERYBODY))]
    ) -> Response:
        desk.sign_in.leave(request.cookies[desk.gate.cookie.name])
        answer = page("signed_out.html", posted.visitor.policy.programme)
        desk.gate.cookie.drop(answer)
        return answer

    return router

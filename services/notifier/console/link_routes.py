"""Pages behind the links in mails: GET and HEAD show, POST acts, whoever fetches them first."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Depends, Request, Response

from services.notifier import links
from services.notifier.console.forms import same_origin
from services.notifier.console.pages import page
from services.notifier.console.programmes import Programmes
from services.notifier.console.rate import RateLimit
from services.notifier.domain.errors import (
    LinkUnusableError,
    NotApplicableError,
    SupporterExcludedError,
)
from services.notifier.domain.policy import Programme
from services.notifier.store.engine import Store
from services.notifier.store.token_rows import Purpose
from shared.clock import Clock

GONE: Final = 410
_TEMPLATES: Final = {
    Purpose.OFFER: "link_offer.html",
    Purpose.INVITATION: "link_invitation.html",
}


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What link pages need."""

    store: Store
    clock: Clock
    programmes: Programmes
    limit: RateLimit


def link_routes(desk: LinkDesk) -> APIRouter:
    """Return the routes `/l/{token}` and `/l/{token}/{choice}`; the token is the permission."""
    router = APIRouter(dependencies=[Depends(desk.limit.enter)])

    @router.api_route("/l/{token}", methods=["GET", "HEAD"])
    @router.api_route("/l/{token}/{choice}", methods=["GET", "HEAD"])
    def show(token: str, choice: str | None = None) -> Response:
        try:
            with desk.store.read() as unit:
                found = links.look(unit, token, desk.clock.now(), choice)
        except LinkUnusableError:
            return _unusable(desk, token)
        return _shown(desk, found, token, choice)

    @router.post("/l/{token}/{choice}")
    def act(request: Request, token: str, choice: str) -> Response:
        same_origin(request)
        try:
            with desk.store.begin() as unit:
                now = desk.clock.now()
                purpose = links.look(unit, token, now, choice).link.purpose
                case = links.answer(unit, token, choice, now)
        except LinkUnusableError:
            return _unusable(desk, token)
        except (NotApplicableError, SupporterExcludedError):
            return page("link_moved_on.html", _programme(desk, token))
        programme = desk.programmes.of(case.tenant)
        return page(
            "link_thanks.html",
            programme,
            choice=choice,
            case_ref=case.case_ref,
            is_supporter=purpose is Purpose.OFFER,
        )

    return router


def _shown(desk: LinkDesk, found: links.LinkPage, token: str, choice: str | None) -> Response:
    programme = desk.programmes.of(found.link.tenant)
    if choice is not None and choice not in found.choices:
        return _unusable(desk, token)
    if not found.still_wanted and choice != "opt_out":
        return page("link_moved_on.html", programme)
    return page(
        _TEMPLATES[found.link.purpose],
        programme,
        token=token,
        choices=(choice,) if choice else found.choices,
        others=tuple(one for one in found.choices if choice and one != choice),
    )


def _unusable(desk: LinkDesk, token: str) -> Response:
    """Return the one kind page for used, expired and unknown links."""
    return page("link_unusable.html", _programme(desk, token), status=GONE)


def _programme(desk: LinkDesk, token: str) -> Programme:
    with desk.store.read() as unit:
        return desk.programmes.of(unit.tokens.tenant_of(token))

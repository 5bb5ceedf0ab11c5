"""Pages behind the links in mails: GET and HEAD show, POST acts, whoever fetches them first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request, Response

from services.notifier import links
from services.notifier.console.pages import page
from services.notifier.console.rate import RateLimit
from services.notifier.domain.errors import LinkUnusableError, NotApplicableError
from services.notifier.store.engine import Store
from services.notifier.store.token_rows import Purpose
from shared.clock import Clock
from shared.site.models import Programme

GONE: Final = 410
_TEMPLATES: Final = {
    Purpose.OFFER: "link_offer.html",
    Purpose.INVITATION: "link_invitation.html",
}


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What link pages need; `programme` returns the words of a tenant, of no tenant for None."""

    store: Store
    clock: Clock
    programme: Callable[[str | None], Programme]
    limit: RateLimit


def link_routes(desk: LinkDesk) -> APIRouter:
    """Return the routes `/l/{token}` and `/l/{token}/{choice}`."""
    router = APIRouter()

    @router.api_route("/l/{token}", methods=["GET", "HEAD"])
    @router.api_route("/l/{token}/{choice}", methods=["GET", "HEAD"])
    def show(request: Request, token: str, choice: str | None = None) -> Response:
        desk.limit.enter(request)
        try:
            with desk.store.read() as unit:
                found = links.look(unit, token, desk.clock.now())
        except LinkUnusableError:
            return unusable(desk)
        return _shown(desk, found, token, choice)

    @router.post("/l/{token}/{choice}")
    def act(request: Request, token: str, choice: str) -> Response:
        desk.limit.enter(request)
        try:
            with desk.store.begin() as unit:
                case = links.answer(unit, token, choice, desk.clock.now())
        except LinkUnusableError:
            return unusable(desk)
        except NotApplicableError:
            return page("link_moved_on.html", programme=desk.programme(None), status=200)
        return page("link_thanks.html", choice=choice, programme=desk.programme(case.tenant))

    return router


def _shown(desk: LinkDesk, found: links.LinkPage, token: str, choice: str | None) -> Response:
    programme = desk.programme(found.link.tenant)
    if not found.still_wanted:
        return page("link_moved_on.html", programme=programme)
    wanted = choice if choice in found.choices else None
    if choice is not None and wanted is None:
        return unusable(desk)
    return page(
        _TEMPLATES[found.link.purpose],
        programme=programme,
        token=token,
        choices=(wanted,) if wanted else found.choices,
        others=tuple(one for one in found.choices if wanted and one != wanted),
    )


def unusable(desk: LinkDesk) -> Response:
    """Return the one kind page for used, expired and unknown links."""
    return page("link_unusable.html", status=GONE, programme=desk.programme(None))

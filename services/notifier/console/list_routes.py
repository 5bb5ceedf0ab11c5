"""The lists: Today and Closed for coordinators, My conversations for supporters."""

from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from starlette.responses import RedirectResponse

from services.notifier import pages as read_models
from services.notifier.console import words
from services.notifier.console.access import LEADS, SUPPORTERS, Gate, Posted, Visitor
from services.notifier.console.buttons import is_about
from services.notifier.console.moments import moment
from services.notifier.console.pages import own_page
from services.notifier.console.today import Face, line
from services.notifier.store.engine import Store
from shared.clock import Clock

SEE_OTHER: Final = 303
PAGE_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class ListDesk:
    """What the lists need."""

    store: Store
    clock: Clock
    gate: Gate


def list_routes(at: ListDesk) -> APIRouter:
    """Return `/today`, `/closed`, `/mine` and the supporter's own pause."""
    router = APIRouter()

    @router.api_route("/today", methods=["GET", "HEAD"])
    def today(
        visitor: Annotated[Visitor, Depends(at.gate.reads(*LEADS))], page: int = 1
    ) -> Response:
        return _cases(at, visitor, "today.html", read_models.today, page)

    @router.api_route("/closed", methods=["GET", "HEAD"])
    def closed(
        visitor: Annotated[Visitor, Depends(at.gate.reads(*LEADS))], page: int = 1
    ) -> Response:
        return _cases(at, visitor, "closed.html", read_models.closed, page)

    @router.api_route("/mine", methods=["GET", "HEAD"])
    def mine(
        visitor: Annotated[Visitor, Depends(at.gate.reads(*SUPPORTERS))], done: str = ""
    ) -> Response:
        now = at.clock.now()
        with at.store.read() as unit:
            own = read_models.supporter_page(unit, visitor.tenant, visitor.person.person_id)
        return own_page(
            "mine.html",
            visitor,
            offers=[line(one, visitor.zone, now, Face.ASKED) for one in own.offers],
            cases=[line(one, visitor.zone, now, Face.SUPPORTER) for one in own.cases],
            is_paused=own.supporter.paused,
            limit=visitor.policy.plan.load_limit,
            done=words.DONE.get(done, ""),
        )

    @router.post("/mine/pause")
    def pause(posted: Annotated[Posted, Depends(at.gate.acts(*SUPPORTERS))]) -> Response:
        is_paused = posted.form.get("pause") == "yes"
        who = posted.visitor
        with at.store.begin() as unit:
            person = unit.directory.find(who.tenant, who.person.person_id)
            if person is not None:
                refs = unit.directory.refs_of(who.tenant, person.person_id)
                unit.directory.put(replace(person, paused=is_paused), refs)
        return RedirectResponse(f"/mine?done={'pause' if is_paused else 'resume'}", SEE_OTHER)

    return router


def _cases(
    at: ListDesk, visitor: Visitor, template: str, read: read_models.Listing, page: int
) -> Response:
    now, number = at.clock.now(), max(1, page)
    with at.store.read() as unit:
        found = read(unit, visitor.tenant, PAGE_LENGTH + 1, (number - 1) * PAGE_LENGTH)
    others = [one for one in found[:PAGE_LENGTH] if not is_about(visitor, one)]
    lines = [line(one, visitor.zone, now) for one in others]
    return own_page(
        template,
        visitor,
        lines=lines,
        number=number,
        has_more=len(found) > PAGE_LENGTH,
        now=moment(now, visitor.zone),
        zone=visitor.zone,
    )

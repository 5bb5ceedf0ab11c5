"""One case: its page, its buttons, the check-in form, and the answer to a doubtful message."""

from dataclasses import dataclass, replace
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.responses import RedirectResponse

from services.notifier import desk, doubts
from services.notifier.console import words
from services.notifier.console.access import EVERYBODY, LEADS, SUPPORTERS, Gate, Posted, Visitor
from services.notifier.console.buttons import actor_for, has_button, is_about
from services.notifier.console.case_view import case_view
from services.notifier.console.check_in import CheckIn, read_check_in
from services.notifier.console.forms import Form
from services.notifier.console.pages import own_page
from services.notifier.console.refusals import FormInvalidError
from services.notifier.desk import Order
from services.notifier.domain.case import Case
from services.notifier.domain.errors import CaseUnknownError
from services.notifier.domain.states import Action
from services.notifier.store.engine import Store
from services.notifier.store.unit import Unit
from shared.clock import Clock

SEE_OTHER: Final = 303
_LEAVES: Final = (Action.DECLINE, Action.HAND_BACK)  # the case is theirs no more
_WITH_SUPPORTER: Final = (Action.ASSIGN, Action.RESOLVE_ASSIGN)


@dataclass(frozen=True, slots=True)
class CaseDesk:
    """What the pages of a case need."""

    store: Store
    clock: Clock
    gate: Gate


def case_routes(at: CaseDesk) -> APIRouter:
    """Return the routes under `/cases/{case_ref}`; what is not offered is refused."""
    router = APIRouter(prefix="/cases/{case_ref}")

    @router.api_route("", methods=["GET", "HEAD"])
    def show(
        case_ref: UUID,
        visitor: Annotated[Visitor, Depends(at.gate.reads(*EVERYBODY))],
        done: str = "",
    ) -> Response:
        now = at.clock.now()
        with at.store.read() as unit:
            view = case_view(unit, visitor, case_ref, now)
        if view.person is not None:
            with at.store.begin() as unit:
                unit.history.viewed(
                    visitor.tenant, view.line.case_ref, visitor.person.person_id, now
                )
        said = words.DONE.get(done, "")
        return own_page("case.html", visitor, view=view, done=said, words=words, zone=visitor.zone)

    _deeds(router, at)
    _forms(router, at)
    return router


def _deeds(router: APIRouter, at: CaseDesk) -> None:
    @router.post("/act")
    def act(
        case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*EVERYBODY))]
    ) -> Response:
        action = _action(posted.form)
        with at.store.begin() as unit:
            case = _case(unit, posted.visitor, case_ref)
            desk.act(unit, _order(unit, case, posted, action, at), at.clock.now())
        return _after(posted.visitor, case.case_ref, action)

    @router.post("/already-spoken")
    def already_spoken(
        case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*SUPPORTERS))]
    ) -> Response:
        with at.store.begin() as unit:
            case = _case(unit, posted.visitor, case_ref)
            for action in (Action.ACCEPT, Action.CONTACT):
                desk.act(unit, _order(unit, case, posted, action, at), at.clock.now())
                case = _case(unit, posted.visitor, case_ref)
        return _after(posted.visitor, case.case_ref, Action.CONTACT)


def _forms(router: APIRouter, at: CaseDesk) -> None:
    @router.post("/check-in")
    def check_in(
        case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*SUPPORTERS))]
    ) -> Response:
        visitor, now = posted.visitor, at.clock.now()
        told = read_check_in(posted.form, visitor.person.person_id, visitor.zone, now)
        with at.store.begin() as unit:
            case = _case(unit, visitor, case_ref)
            _record(unit, case, posted, told, at)
        return _after(visitor, case.case_ref, Action.CHECK_IN_DONE)

    @router.post("/doubt")
    def settle(
        case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*LEADS))]
    ) -> Response:
        answer = posted.form.get("answer", "")
        if answer not in tuple(doubts.Answer) or posted.visitor.lead is None:
            raise FormInvalidError("Please choose what you know about the message.")
        with at.store.begin() as unit:
            case = _case(unit, posted.visitor, case_ref)
            order = Order(case.tenant, case.case_ref, Action.RESOLVE_ASSIGN, posted.visitor.lead)
            doubts.settle(unit, order, doubts.Answer(answer), at.clock.now())
        return _after(posted.visitor, case.case_ref, Action.RESOLVE_ASSIGN)


def _record(unit: Unit, case: Case, posted: Posted, told: CheckIn, at: CaseDesk) -> None:
    now = at.clock.now()
    actor = actor_for(unit, posted.visitor, case, Action.CHECK_IN_DONE, now)
    unit.encounters.add(case.tenant, case.case_ref, told.encounter, now)
    if told.is_referral:
        desk.act(unit, Order(case.tenant, case.case_ref, Action.REFER, actor), now)
    done = Order(case.tenant, case.case_ref, Action.CHECK_IN_DONE, actor, last=told.is_last)
    desk.act(unit, replace(done, next_on=told.reminder_at), now)


def _case(unit: Unit, visitor: Visitor, case_ref: UUID) -> Case:
    case = unit.cases.find(visitor.tenant, unit.cases.now_ref(visitor.tenant, case_ref))
    if case is None or is_about(visitor, case):
        raise CaseUnknownError
    return case


def _action(form: Form) -> Action:
    text = form.get("action", "")
    if text not in tuple(Action) or not (has_button(Action(text)) or text in _WITH_SUPPORTER):
        raise FormInvalidError("Please use one of the buttons of the page.")
    return Action(text)


def _order(unit: Unit, case: Case, posted: Posted, action: Action, at: CaseDesk) -> Order:
    actor = actor_for(unit, posted.visitor, case, action, at.clock.now())
    supporter = posted.form.get("supporter") or None
    if action is Action.ASSIGN and supporter is None:
        raise FormInvalidError("Please choose a supporter first.")
    return Order(
        case.tenant,
        case.case_ref,
        action,
        actor,
        reason=posted.form.get("reason") or None,
        supporter=supporter if action in _WITH_SUPPORTER else None,
    )


def _after(visitor: Visitor, case_ref: UUID, action: Action) -> Response:
    left = action in _LEAVES and visitor.lead is None
    page = "/mine" if left else f"/cases/{case_ref}"
    return RedirectResponse(f"{page}?done={action}", SEE_OTHER)

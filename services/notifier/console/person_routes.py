"""Who a case is about: the coordinator's search in the directory, to resolve or to add a person."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from starlette.responses import RedirectResponse

from services.notifier import people
from services.notifier.console.access import LEADS, Gate, Posted, Visitor
from services.notifier.console.buttons import actor_for, is_about
from services.notifier.console.pages import own_page
from services.notifier.console.refusals import ScreenForbiddenError
from services.notifier.console.today import line
from services.notifier.desk import Order
from services.notifier.domain.case import Case
from services.notifier.domain.directory import Person
from services.notifier.domain.errors import CaseUnknownError
from services.notifier.domain.states import Action
from services.notifier.store.engine import Store
from services.notifier.store.unit import Unit
from shared.clock import Clock

SEE_OTHER: Final = 303
MOST_FOUND: Final = 20


@dataclass(frozen=True, slots=True)
class PersonDesk:
    """`unseal` opens what intake has sealed for the notifier; None when it cannot be opened."""

    store: Store
    clock: Clock
    gate: Gate
    unseal: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the report named, as written there; empty `value` when it cannot be opened."""

    system: str
    value: str


def person_routes(at: PersonDesk) -> APIRouter:
    """Return the routes under `/cases/{case_ref}/person`; names are never part of an address."""
    router = APIRouter(prefix="/cases/{case_ref}/person")

    @router.api_route("", methods=["GET", "HEAD"])
    def show(
        case_ref: UUID, visitor: Annotated[Visitor, Depends(at.gate.reads(*LEADS))]
    ) -> Response:
        return _page(at, visitor, case_ref, None)

    @router.post("/find")
    def find(case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*LEADS))]) -> Response:
        return _page(at, posted.visitor, case_ref, posted.form.get("text", ""))

    @router.post("")
    def choose(
        case_ref: UUID, posted: Annotated[Posted, Depends(at.gate.acts(*LEADS))]
    ) -> Response:
        visitor, now = posted.visitor, at.clock.now()
        chosen = posted.form.get("person", "")
        with at.store.begin() as unit:
            case = _case(unit, visitor, case_ref)
            if people.is_unresolved(case):
                order = _order(case, visitor, Action.RESOLVE_SEARCH)
                after = people.resolve_person(unit, order, chosen, now)
            else:
                actor_for(unit, visitor, case, Action.ADD_PERSON, now)
                order = _order(case, visitor, Action.ADD_PERSON)
                after = people.add_person(unit, order, chosen, visitor.policy, now)
        return RedirectResponse(f"/cases/{after.case_ref}?done={order.action}", SEE_OTHER)

    return router


def _page(at: PersonDesk, visitor: Visitor, case_ref: UUID, text: str | None) -> Response:
    now = at.clock.now()
    with at.store.begin() as unit:
        case = _case(unit, visitor, case_ref)
        named = _named(at, unit, case)
        found = _found(unit, visitor, text)
        if named or found:
            unit.history.viewed(case.tenant, case.case_ref, visitor.person.person_id, now)
    return own_page(
        "person.html",
        visitor,
        line=line(case, visitor.zone, now),
        is_unresolved=people.is_unresolved(case),
        named=named,
        text=text,
        found=found[:MOST_FOUND],
        is_cut=len(found) > MOST_FOUND,
    )


def _case(unit: Unit, visitor: Visitor, case_ref: UUID) -> Case:
    case = unit.pages.case(visitor.tenant, unit.cases.now_ref(visitor.tenant, case_ref))
    if case is None or is_about(visitor, case):
        raise CaseUnknownError
    return case


def _order(case: Case, visitor: Visitor, action: Action) -> Order:
    if visitor.lead is None:
        raise ScreenForbiddenError
    return Order(case.tenant, case.case_ref, action, visitor.lead)


def _found(unit: Unit, visitor: Visitor, text: str | None) -> tuple[Person, ...]:
    if not text:
        return ()
    return unit.pages.people_like(visitor.tenant, text, MOST_FOUND + 1)


def _named(at: PersonDesk, unit: Unit, case: Case) -> Named | None:
    sealed = unit.cases.sealed_of(case.tenant, case.case_ref)
    if sealed is None or not people.is_unresolved(case):
        return None
    opened = at.unseal(sealed)
    if opened is None:
        return Named("", "")
    try:
        told = json.loads(opened)
        return Named(str(told["system"]), str(told["value"]))
    except (ValueError, KeyError, TypeError):
        return Named("", "")

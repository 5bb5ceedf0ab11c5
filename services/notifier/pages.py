"""Read models for pages and command line; each takes a reading unit (`with store.read() as unit`).

Names and contact points appear only where `outreach.md` section 15 allows them: to coordinators and
programme leads, and to the supporter who has accepted.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.notifier.desk import wanted
from services.notifier.domain.case import Actor, Case
from services.notifier.domain.directory import Person, Role
from services.notifier.domain.errors import CaseUnknownError, NotAllowedError
from services.notifier.domain.matching import Candidate, Ranking, rank
from services.notifier.domain.permissions import allowed
from services.notifier.domain.states import Action
from services.notifier.store.attempt_rows import Attempt
from services.notifier.store.history_rows import Line
from services.notifier.store.unit import Unit
from shared.contracts.words import ActorRole

Listing: TypeAlias = Callable[[Unit, str, int, int], tuple[Case, ...]]
_LEADS = (ActorRole.COORDINATOR, ActorRole.PROGRAMME_LEAD)


@dataclass(frozen=True, slots=True)
class CasePage:
    """One case for one viewer.

    `person` is None where the viewer may not see it or nobody is resolved. `names` maps directory
    ids that appear in `timeline`, `case.asked`, `case.supporter`, … to names, for leads only.
    `allowed` are the buttons. `ranking` (leads only) says who could be asked and why others not.
    """

    case: Case
    timeline: Sequence[Line]
    attempts: Sequence[Attempt]
    allowed: tuple[Action, ...]
    person: Person | None
    names: Mapping[str, str]
    ranking: Ranking | None
    sealed: str | None


@dataclass(frozen=True, slots=True)
class SupporterPage:
    """A supporter's own offers and cases; offers carry no name."""

    supporter: Person
    load: Candidate
    offers: tuple[Case, ...]
    cases: tuple[Case, ...]


def today(unit: Unit, tenant: str, limit: int = 200, offset: int = 0) -> tuple[Case, ...]:
    """Return open cases: those in attention first, then by respond_by."""
    return unit.pages.cases(tenant, limit=limit, offset=offset)


def closed(unit: Unit, tenant: str, limit: int = 200, offset: int = 0) -> tuple[Case, ...]:
    """Return closed cases, newest first."""
    return unit.pages.cases(tenant, is_open=False, limit=limit, offset=offset)


def case_page(unit: Unit, tenant: str, case_ref: UUID, viewer: Actor, at: datetime) -> CasePage:
    """Return everything one case's page shows to this viewer.

    The caller records the view with `unit.history.viewed` when `person` is shown.

    Raises:
        CaseUnknownError: there is none.
        NotAllowedError: a supporter asks for a case that is not theirs.
    """
    case = unit.pages.case(tenant, unit.cases.now_ref(tenant, case_ref))
    if case is None:
        raise CaseUnknownError
    is_lead = viewer.role in _LEADS
    mine = viewer.ref is not None and viewer.ref in (case.supporter, *case.asked)
    if not is_lead and not mine:
        raise NotAllowedError(viewer.role, "see")
    timeline = unit.history.of_case(tenant, case.case_ref)
    # Names are for support: once it has ended, who gave it sees them no longer.
    accepted = viewer.ref is not None and case.supporter == viewer.ref and case.is_open
    return CasePage(
        case=case,
        timeline=timeline,
        attempts=unit.attempts.of_case(tenant, case.case_ref),
        allowed=allowed(case, viewer, at, unit.directory.roster(tenant, at)),
        person=unit.directory.find(tenant, case.person_id) if is_lead or accepted else None,
        names=_names(unit, case, timeline) if is_lead else {},
        ranking=ranking(unit, case, at) if is_lead and case.is_open else None,
        sealed=unit.cases.sealed_of(tenant, case.case_ref) if is_lead else None,
    )


def supporter_page(unit: Unit, tenant: str, supporter: str) -> SupporterPage:
    """Return a supporter's page.

    Raises:
        NotAllowedError: this person is no supporter of the tenant.
    """
    loads = {one.person.person_id: one for one in unit.directory.candidates(tenant)}
    if supporter not in loads:
        raise NotAllowedError(ActorRole.SUPPORTER, "see")
    return SupporterPage(
        supporter=loads[supporter].person,
        load=loads[supporter],
        offers=unit.pages.offers(tenant, supporter),
        cases=unit.pages.of_supporter(tenant, supporter),
    )


def ranking(unit: Unit, case: Case, at: datetime) -> Ranking:
    """Return who could be asked for the case now, best first, and why the others could not."""
    return rank(unit.directory.candidates(case.tenant), wanted(unit, case, at))


def roles_of(person: Person) -> tuple[ActorRole, ...]:
    """Return the roles in which a directory person may act at the console."""
    acts = {
        Role.SUPPORTER: ActorRole.SUPPORTER,
        Role.COORDINATOR: ActorRole.COORDINATOR,
        Role.PROGRAMME_LEAD: ActorRole.PROGRAMME_LEAD,
    }
    return tuple(acts[role] for role in person.roles if role in acts)


def _names(unit: Unit, case: Case, timeline: Sequence[Line]) -> Mapping[str, str]:
    seen = {case.supporter, case.owner, case.person_id, *case.asked, *case.was_asked}
    seen |= set(case.refused) | {line.actor.ref for line in timeline}
    seen |= {line.recipient for line in timeline}
    supporters = {one.person_id for one in unit.directory.with_role(case.tenant, Role.SUPPORTER)}
    wanted_ids = {ref for ref in seen | supporters if ref is not None}
    people = unit.directory.named(case.tenant, wanted_ids)
    return {person_id: person.name for person_id, person in people.items()}

"""Who may be asked for a case, in which order, and why the others may not; a pure function."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from services.notifier.domain.directory import Person, Role
from services.notifier.domain.plan import Department, Plan, Preference
from shared.contracts.words import StaffRole
from shared.identity import sha256_hex


class Exclusion(StrEnum):
    """Hard exclusions, never overridden by software."""

    SAME_PERSON = "same_person"
    INVOLVED = "involved"
    LINE_MANAGER = "line_manager"
    DIRECT_REPORT = "direct_report"
    RISK_LEGAL_HR = "risk_legal_hr"
    REFUSED = "refused"
    ABSENT = "absent"
    PAUSED = "paused"
    OFF_SHIFT = "off_shift"
    LOAD_LIMIT = "load_limit"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A supporter with the facts that matching needs.

    `open_cases` counts cases they have, `pending` offers that wait for their answer.
    """

    person: Person
    open_cases: int = 0
    pending: int = 0
    last_case_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the case asks of a supporter.

    `excluded` holds directory persons (the request's `exclude`, resolved), `refused` those who
    said no. `zone` is the tenant's.
    """

    case_ref: UUID
    at: datetime
    plan: Plan
    zone: str
    person: Person | None = None
    role: StaffRole | None = None
    department: str | None = None
    excluded: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ranking:
    """Supporters, best first, and the reason of each exclusion; both stored with the case."""

    ranked: tuple[str, ...]
    excluded: tuple[tuple[str, Exclusion], ...]


_Place: TypeAlias = bool | int | datetime | str
_NEVER = datetime.min.replace(tzinfo=UTC)


def rank(candidates: Iterable[Candidate], wanted: Wanted) -> Ranking:
    """Return who may be asked, best first; the same facts always give the same order."""
    able: list[Candidate] = []
    excluded: list[tuple[str, Exclusion]] = []
    for candidate in sorted(candidates, key=lambda one: one.person.person_id):
        reason = exclusion(candidate, wanted)
        if reason is None:
            able.append(candidate)
        else:
            excluded.append((candidate.person.person_id, reason))
    able.sort(key=lambda one: _places(one, wanted))
    return Ranking(tuple(one.person.person_id for one in able), tuple(excluded))


def exclusion(candidate: Candidate, wanted: Wanted) -> Exclusion | None:
    """Return the first hard exclusion that holds, or None."""
    return _bound(candidate.person, wanted) or _unavailable(candidate, wanted)


def hard_exclusion(person: Person, wanted: Wanted) -> Exclusion | None:
    """Return what forbids this person even when a coordinator assigns them, or None."""
    return _bound(person, wanted)


def _bound(person: Person, wanted: Wanted) -> Exclusion | None:
    who, affected = person.person_id, wanted.person
    holds = {
        Exclusion.SAME_PERSON: affected is not None and who == affected.person_id,
        Exclusion.INVOLVED: who in wanted.excluded,
        Exclusion.LINE_MANAGER: affected is not None and who == affected.manager,
        Exclusion.DIRECT_REPORT: affected is not None and person.manager == affected.person_id,
        Exclusion.RISK_LEGAL_HR: wanted.plan.exclude_risk_legal_hr
        and Role.RISK_LEGAL_HR in person.roles,
        Exclusion.REFUSED: who in wanted.refused,
    }
    return next((reason for reason, held in holds.items() if held), None)


def _unavailable(candidate: Candidate, wanted: Wanted) -> Exclusion | None:
    person = candidate.person
    holds = {
        Exclusion.ABSENT: person.absent(wanted.at),
        Exclusion.PAUSED: person.paused,
        Exclusion.OFF_SHIFT: not person.on_shift(wanted.at, wanted.zone),
        Exclusion.LOAD_LIMIT: candidate.open_cases >= wanted.plan.load_limit,
    }
    return next((reason for reason, held in holds.items() if held), None)


def _places(candidate: Candidate, wanted: Wanted) -> tuple[_Place, ...]:
    # What is left equal is shared out evenly, in another order for each case.
    lot = sha256_hex(f"{wanted.case_ref}|{candidate.person.person_id}".encode())
    return (*(_PLACE[one](candidate, wanted) for one in wanted.plan.matching), lot)


def _role_differs(candidate: Candidate, wanted: Wanted) -> bool:
    return wanted.role is None or candidate.person.role is not wanted.role


def _department_fits(person: Person, wanted: Wanted) -> bool:
    policy = wanted.plan.department
    if policy is Department.ANY or wanted.department is None:
        return True
    same = person.department == wanted.department
    return same if policy is Department.SAME else not same


_PLACE: Final[Mapping[Preference, Callable[[Candidate, Wanted], _Place]]] = {
    Preference.ROLE_GROUP: _role_differs,
    Preference.DEPARTMENT: lambda one, wanted: not _department_fits(one.person, wanted),
    Preference.FEWEST_OPEN: lambda one, _: one.open_cases + one.pending,
    Preference.LONGEST_SINCE: lambda one, _: one.last_case_at or _NEVER,
}

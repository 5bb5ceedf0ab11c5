"""The team nobody named: when there is one, where it is, which period is asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.triage.domain.account import Account
from services.triage.domain.cases import TEAM
from services.triage.domain.memo import HintMemo, Memo
from services.triage.domain.people import Person


@dataclass(frozen=True, slots=True)
class Team:
    """A team by its place: a unit, else a campus, else the tenant, so that a human is reached.

    `unnamed`: somebody who was close may not be named, so the nameless person is assessed.
    """

    tenant: str
    unit_id: str | None
    campus: str | None
    earliest: datetime | None
    latest: datetime | None
    headcount: int | None
    unnamed: bool

    @property
    def subject(self) -> str:
        """The word that names the team's case within its occurrence."""
        return f"{TEAM}{self.unit_id or self.campus or self.tenant}"


@dataclass(frozen=True, slots=True)
class _Named:
    """Who was close and is named; a named reporter never suppresses the team."""

    persons: Sequence[Person]
    reporters: frozenset[str | None]

    @property
    def reachable(self) -> list[Person]:
        return [person for person in self.persons if person.ref is not None]

    @property
    def others(self) -> list[Person]:
        return [person for person in self.reachable if person.ref not in self.reporters]


def team_of(tenant: str, account: Account, live: Sequence[Memo], skip: frozenset[str]) -> Team:
    """Return the team of an occurrence; `skip` are involvements that are not close to it."""
    named = [person for person in account.people if is_close(person, skip)]
    hint = _hint(account, live, named)
    unit = (hint.unit_id if hint else None) or account.memo.unit_id
    headcount = account.memo.headcount if hint is None else hint.headcount
    if headcount is None:
        headcount = account.memo.headcount
    return Team(
        tenant=tenant,
        unit_id=unit,
        campus=(hint.campus if hint else None) or account.memo.campus,
        earliest=hint.earliest if hint else account.memo.began_at,
        latest=hint.latest if hint else account.memo.occurred_at,
        headcount=headcount,
        unnamed=_somebody_unnamed(account, hint, _Named(named, _reporters(live)), headcount),
    )


def is_close(person: Person, skip: frozenset[str]) -> bool:
    """Return whether the report names this person as staff and not only as author or informed."""
    return person.in_staff and person.entry.involvement not in skip


def _somebody_unnamed(
    account: Account, hint: HintMemo | None, named: _Named, headcount: int | None
) -> bool:
    if not named.reachable:
        return True
    if headcount is not None and headcount > len(named.persons):
        return True
    if headcount is None and not named.others:
        return True
    return hint is not None and _is_uncovered(hint, account, named.others)


def _reporters(live: Sequence[Memo]) -> frozenset[str | None]:
    return frozenset(memo.reporter.person_ref for memo in live if memo.reporter)


def _hint(account: Account, live: Sequence[Memo], named: Sequence[Person]) -> HintMemo | None:
    """Return the hint of a unit of which nobody is named, else of any unit, else the first."""
    hints = [memo.hint for memo in live if memo.hint]
    uncovered = [hint for hint in hints if _is_uncovered(hint, account, named)]
    placed = [hint for hint in hints if hint.unit_id is not None]
    return next(iter([*uncovered, *placed, *hints]), None)


def _is_uncovered(hint: HintMemo, account: Account, named: Sequence[Person]) -> bool:
    """Return whether the hint is of a unit of its own that nobody named belongs to."""
    if hint.unit_id is None:
        return False
    home = account.memo.unit_id
    return all((person.entry.unit_id or home) != hint.unit_id for person in named)

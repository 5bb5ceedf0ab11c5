"""The directory: persons, their pseudonyms and roles, supporters' load, opt-outs."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from services.notifier.domain.case import Roster
from services.notifier.domain.directory import Person, Role
from services.notifier.domain.matching import Candidate
from services.notifier.store.documents import person_document, read_person
from services.notifier.store.tables import (
    asked,
    cases,
    imports,
    opt_outs,
    person_refs,
    person_roles,
    persons,
)
from services.notifier.store.upsert import insert_new, put
from shared.observability import event_log

log = event_log("notifier")

_TOLD: Final = (Role.COORDINATOR, Role.PROGRAMME_LEAD)
_MOST_REFS: Final = 500  # SQLite's limit of bound values is far above, lists are chunked anyway


class DirectoryRows:
    """The directory of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def put(self, person: Person, refs: Iterable[str]) -> None:
        """Write a person with all pseudonyms and roles, replacing what was there."""
        values = {"tenant": person.tenant, "person_id": person.person_id}
        document = {"manager": person.manager, "document": person_document(person)}
        put(self._connection, persons, values | document)
        for ref in refs:
            put(self._connection, person_refs, values | {"person_ref": ref})
        here = (person_roles.c.tenant == person.tenant) & (
            person_roles.c.person_id == person.person_id
        )
        self._connection.execute(delete(person_roles).where(here))
        self._connection.execute(
            insert(person_roles), [values | {"role": role} for role in person.roles]
        )

    def find(self, tenant: str, person_id: str | None) -> Person | None:
        """Return a directory person."""
        where = (persons.c.tenant == tenant) & (persons.c.person_id == person_id)
        document = self._connection.execute(select(persons.c.document).where(where)).scalar()
        return None if document is None else read_person(document)

    def named(self, tenant: str, person_ids: Iterable[str]) -> Mapping[str, Person]:
        """Return the persons that exist, by person_id."""
        wanted = tuple(dict.fromkeys(person_ids))
        found: dict[str, Person] = {}
        for start in range(0, len(wanted), _MOST_REFS):
            some = persons.c.person_id.in_(wanted[start : start + _MOST_REFS])
            rows = self._connection.execute(
                select(persons.c.document).where((persons.c.tenant == tenant) & some)
            )
            found |= {person.person_id: person for person in map(read_person, rows.scalars())}
        return found

    def managed_by(self, tenant: str, managers: Iterable[str]) -> tuple[Person, ...]:
        """Return everybody whose line manager has one of these person_ids."""
        wanted = tuple(dict.fromkeys(managers))
        found: list[Person] = []
        for start in range(0, len(wanted), _MOST_REFS):
            some = persons.c.manager.in_(wanted[start : start + _MOST_REFS])
            mine = select(persons.c.document).where((persons.c.tenant == tenant) & some)
            found += map(read_person, self._connection.execute(mine).scalars())
        return tuple(found)

    def resolve(self, tenant: str, refs: Iterable[str]) -> Mapping[str, str]:
        """Return person_ref to person_id for those that the directory knows."""
        wanted = tuple(dict.fromkeys(refs))
        found: dict[str, str] = {}
        for start in range(0, len(wanted), _MOST_REFS):
            some = person_refs.c.person_ref.in_(wanted[start : start + _MOST_REFS])
            rows = self._connection.execute(
                select(person_refs.c.person_ref, person_refs.c.person_id).where(
                    (person_refs.c.tenant == tenant) & some
                )
            )
            found |= {row.person_ref: row.person_id for row in rows}
        return found

    def add_ref(self, tenant: str, person_ref: str, person_id: str) -> None:
        """Store a resolution, so that the next request finds the person."""
        values = {"tenant": tenant, "person_ref": person_ref, "person_id": person_id}
        put(self._connection, person_refs, values)

    def refs_of(self, tenant: str, person_id: str) -> tuple[str, ...]:
        """Return every pseudonym of a person."""
        mine = (person_refs.c.tenant == tenant) & (person_refs.c.person_id == person_id)
        rows = self._connection.execute(select(person_refs.c.person_ref).where(mine))
        return tuple(sorted(rows.scalars()))

    def with_role(self, tenant: str, role: Role) -> tuple[Person, ...]:
        """Return everybody with a role, in a stable order."""
        return self._people(tenant, (role,))

    def roster(self, tenant: str, at: datetime) -> Roster:
        """Return who is told: those who are not absent, coordinators else programme leads.

        When all of them are away all are told, and the log raises the alarm: somebody in danger
        is never told of to nobody.
        """
        everybody = self._people(tenant, _TOLD)
        present = [person for person in everybody if not person.absent(at)]
        if not present:
            log.alarm("nobody_to_tell", tenant=tenant)
            present = list(everybody)
        coordinators = _with(present, Role.COORDINATOR)
        leads = _with(present, Role.PROGRAMME_LEAD)
        return Roster(coordinators or leads, leads or coordinators)

    def candidates(self, tenant: str) -> tuple[Candidate, ...]:
        """Return every supporter with their load."""
        open_cases = self._count(tenant, has_open=True)
        pending = self._pending(tenant)
        last = self._last(tenant)
        return tuple(
            Candidate(
                person,
                open_cases.get(person.person_id, 0),
                pending.get(person.person_id, 0),
                last.get(person.person_id),
            )
            for person in self.with_role(tenant, Role.SUPPORTER)
        )

    def opted_out(self, tenant: str, person_keys: Iterable[str]) -> bool:
        """Say whether the person asked never to be contacted, under any of their keys."""
        mine = (opt_outs.c.tenant == tenant) & opt_outs.c.person_key.in_(tuple(person_keys))
        return self._connection.execute(select(opt_outs.c.at).where(mine)).first() is not None

    def opt_out(self, tenant: str, person_key: str, at: datetime) -> None:
        """Keep the wish; it outlives the directory row."""
        insert_new(
            self._connection, opt_outs, {"tenant": tenant, "person_key": person_key, "at": at}
        )

    def imported(self, tenant: str, sha256: str, rows: int, at: datetime) -> None:
        """Record an import."""
        values = {"tenant": tenant, "sha256": sha256, "rows": rows, "at": at}
        self._connection.execute(insert(imports), values)

    def _people(self, tenant: str, roles: tuple[Role, ...]) -> tuple[Person, ...]:
        having = select(person_roles.c.person_id).where(
            (person_roles.c.tenant == tenant) & person_roles.c.role.in_(roles)
        )
        mine = (persons.c.tenant == tenant) & persons.c.person_id.in_(having)
        rows = self._connection.execute(
            select(persons.c.document).where(mine).order_by(persons.c.person_id)
        )
        return tuple(map(read_person, rows.scalars()))

    def _count(self, tenant: str, *, has_open: bool) -> dict[str, int]:
        mine = (cases.c.tenant == tenant) & cases.c.supporter.is_not(None)
        state = cases.c.open if has_open else ~cases.c.open
        rows = self._connection.execute(
            select(cases.c.supporter, func.count()).where(mine & state).group_by(cases.c.supporter)
        )
        return {row.supporter: row[1] for row in rows}

    def _pending(self, tenant: str) -> dict[str, int]:
        rows = self._connection.execute(
            select(asked.c.supporter, func.count())
            .where(asked.c.tenant == tenant)
            .group_by(asked.c.supporter)
        )
        return {row.supporter: row[1] for row in rows}

    def _last(self, tenant: str) -> dict[str, datetime]:
        mine = (cases.c.tenant == tenant) & cases.c.supporter.is_not(None)
        rows = self._connection.execute(
            select(cases.c.supporter, func.max(cases.c.opened_at))
            .where(mine)
            .group_by(cases.c.supporter)
        )
        return {row.supporter: row[1] for row in rows}


def _with(people: Iterable[Person], role: Role) -> tuple[str, ...]:
    return tuple(person.person_id for person in people if role in person.roles)

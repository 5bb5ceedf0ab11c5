"""Cases, their aliases and their second guard."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Connection,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)

from services.notifier.domain.case import Case
from services.notifier.domain.states import ClosingCode
from services.notifier.store.documents import case_document, read_case
from services.notifier.store.tables import alias, asked, cases, sealed, timers
from services.notifier.store.upsert import put

# Built once: putting these together costs more than running them.
_IS_CASE: Final = (cases.c.tenant == bindparam("of_tenant")) & (
    cases.c.case_ref == bindparam("of_ref")
)
_FIND: Final = select(cases.c.document).where(_IS_CASE).with_for_update()
_UPDATE: Final = update(cases).where(_IS_CASE)


class CaseRows:
    """Reads and writes cases inside one transaction; a case that is found is locked."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def now_ref(self, tenant: str, case_ref: UUID) -> UUID:
        """Return the reference under which the case goes on after merges."""
        there = (alias.c.tenant == tenant) & (alias.c.case_ref == case_ref)
        now = self._connection.execute(select(alias.c.now_ref).where(there)).scalar()
        return case_ref if now is None else now

    def link(self, tenant: str, old: UUID, now: UUID) -> None:
        """Let everything that named `old` reach `now`."""
        if old == now:
            return
        chained = (alias.c.tenant == tenant) & (alias.c.now_ref == old)
        self._connection.execute(update(alias).where(chained).values(now_ref=now))
        put(self._connection, alias, {"tenant": tenant, "case_ref": old, "now_ref": now})

    def find(self, tenant: str, case_ref: UUID) -> Case | None:
        """Return the case, locked until the end of the transaction, or None."""
        return self._one(_FIND, {"of_tenant": tenant, "of_ref": case_ref})

    def open_of_person(
        self, tenant: str, person_keys: Iterable[str], besides: UUID | None = None
    ) -> Case | None:
        """Return the person's open case, locked, whichever of the keys it is filed under."""
        mine = cases.c.person_key.in_(tuple(person_keys)) & (cases.c.tenant == tenant)
        wanted = select(cases.c.document).where(mine & cases.c.open)
        if besides is not None:
            wanted = wanted.where(cases.c.case_ref != besides)
        return self._one(wanted.limit(1).with_for_update())

    def joined_of_person(self, tenant: str, person_key: str) -> Case | None:
        """Return the most urgent case, locked, that closed because another one was open."""
        mine = (cases.c.tenant == tenant) & (cases.c.person_key == person_key)
        joined = cases.c.code == ClosingCode.JOINED_OPEN_CASE
        order = (cases.c.priority_rank.desc(), cases.c.respond_by)
        wanted = select(cases.c.document).where(mine & joined & ~cases.c.open)
        return self._one(wanted.order_by(*order).limit(1).with_for_update())

    def last_touch(self, tenant: str, person_keys: Iterable[str]) -> datetime | None:
        """Return when the person was last contacted or declined, in any case."""
        mine = cases.c.person_key.in_(tuple(person_keys)) & (cases.c.tenant == tenant)
        found: datetime | None = self._connection.execute(
            select(func.max(cases.c.touched_at)).where(mine)
        ).scalar()
        return found

    def save(self, case: Case, before: Case | None) -> None:
        """Write the case with its timers and who is being asked; `before` None means it is new.

        Raises:
            sqlalchemy.exc.IntegrityError: the person already has an open case (one_open_case).
        """
        values = _columns(case)
        if before is None:
            self._connection.execute(insert(cases), values)
        else:
            key = {"of_tenant": case.tenant, "of_ref": case.case_ref}
            self._connection.execute(_UPDATE, values | key)
        if before is None or before.timers != case.timers:
            rows = [{"kind": kind, "due_at": at} for kind, at in case.timers.items()]
            self._replace(case, timers, rows, is_new=before is None)
        if before is None or before.asked != case.asked:
            rows = [{"supporter": ref} for ref in case.asked]
            self._replace(case, asked, rows, is_new=before is None)

    def keep_sealed(self, tenant: str, case_ref: UUID, text: str) -> None:
        """Keep the sealed identifier of a person whom the directory does not know."""
        put(self._connection, sealed, {"tenant": tenant, "case_ref": case_ref, "sealed": text})

    def sealed_of(self, tenant: str, case_ref: UUID) -> str | None:
        """Return the sealed identifier, None once resolved."""
        where = (sealed.c.tenant == tenant) & (sealed.c.case_ref == case_ref)
        return self._connection.execute(select(sealed.c.sealed).where(where)).scalar()

    def forget_sealed(self, tenant: str, case_ref: UUID) -> None:
        """The resolution is stored, not the identifier."""
        where = (sealed.c.tenant == tenant) & (sealed.c.case_ref == case_ref)
        self._connection.execute(delete(sealed).where(where))

    def _one(
        self, statement: Select[Any], values: Mapping[str, object] | None = None
    ) -> Case | None:
        document = self._connection.execute(statement, values).scalar()
        return None if document is None else read_case(document)

    def _replace(
        self, case: Case, table: Table, rows: Sequence[Mapping[str, object]], *, is_new: bool
    ) -> None:
        owner = {"tenant": case.tenant, "case_ref": case.case_ref}
        if not is_new:
            mine = (table.c.tenant == case.tenant) & (table.c.case_ref == case.case_ref)
            self._connection.execute(delete(table).where(mine))
        if rows:
            self._connection.execute(insert(table), [{**owner, **row} for row in rows])


def _columns(case: Case) -> dict[str, object]:
    return {
        "tenant": case.tenant,
        "case_ref": case.case_ref,
        "person_key": case.person_key,
        "open": case.is_open,
        "state": case.state,
        "code": case.code,
        "tier": case.tier,
        "priority_rank": case.priority.rank,
        "respond_by": case.respond_by,
        "opened_at": case.opened_at,
        "touched_at": case.touched_at,
        "supporter": case.supporter,
        "seq": case.seq,
        "document": case_document(case),
    }

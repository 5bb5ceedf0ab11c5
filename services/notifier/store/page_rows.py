"""What pages show: cases in the order of need, a supporter's offers and cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, case, func, or_, select

from services.notifier.domain.case import Case
from services.notifier.domain.directory import Person
from services.notifier.domain.states import State
from services.notifier.store.documents import read_case, read_person
from services.notifier.store.tables import asked, cases, persons, refused, timers

_SEARCHED = ("family_name", "given_name", "email")
_MOST_WORDS = 5


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the System page and health show."""

    open_cases: int
    in_attention: int
    timers_overdue: int
    refused: int


class PageRows:
    """Read models of one transaction; nothing here locks or changes a row."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def cases(
        self, tenant: str, *, is_open: bool = True, limit: int = 200, offset: int = 0
    ) -> tuple[Case, ...]:
        """Return cases, those in attention first, then by respond_by (closed: newest first)."""
        mine = (cases.c.tenant == tenant) & (cases.c.open if is_open else ~cases.c.open)
        attention_first = case((cases.c.state == State.ATTENTION, 0), else_=1)
        order = (
            (attention_first, cases.c.respond_by, cases.c.case_ref)
            if is_open
            else (cases.c.opened_at.desc(), cases.c.case_ref)
        )
        found = select(cases.c.document).where(mine).order_by(*order).limit(limit).offset(offset)
        return tuple(map(read_case, self._connection.execute(found).scalars()))

    def offers(self, tenant: str, supporter: str) -> tuple[Case, ...]:
        """Return the cases that wait for this supporter's answer, most urgent first."""
        same = (asked.c.tenant == cases.c.tenant) & (asked.c.case_ref == cases.c.case_ref)
        mine = (asked.c.tenant == tenant) & (asked.c.supporter == supporter)
        found = select(cases.c.document).join(asked, same).where(mine)
        rows = self._connection.execute(found.order_by(cases.c.respond_by, cases.c.case_ref))
        return tuple(map(read_case, rows.scalars()))

    def of_supporter(self, tenant: str, supporter: str) -> tuple[Case, ...]:
        """Return the open cases that this supporter has, most urgent first."""
        mine = (cases.c.tenant == tenant) & (cases.c.supporter == supporter) & cases.c.open
        found = select(cases.c.document).where(mine)
        rows = self._connection.execute(found.order_by(cases.c.respond_by, cases.c.case_ref))
        return tuple(map(read_case, rows.scalars()))

    def case(self, tenant: str, case_ref: UUID) -> Case | None:
        """Return one case without locking it."""
        where = (cases.c.tenant == tenant) & (cases.c.case_ref == case_ref)
        document = self._connection.execute(select(cases.c.document).where(where)).scalar()
        return None if document is None else read_case(document)

    def people_like(self, tenant: str, text: str, limit: int) -> tuple[Person, ...]:
        """Return persons whose name or e-mail holds every word of `text`, by family name."""
        fields = [persons.c.document[name].as_string() for name in _SEARCHED]
        words = text.split()[:_MOST_WORDS]
        if not words:
            return ()
        each = (
            or_(*(field.icontains(word, autoescape=True) for field in fields)) for word in words
        )
        found = select(persons.c.document).where(persons.c.tenant == tenant, and_(*each))
        rows = self._connection.execute(found.order_by(*fields, persons.c.person_id).limit(limit))
        return tuple(map(read_person, rows.scalars()))

    def numbers(self, at: datetime) -> Numbers:
        """Return totals over all tenants."""
        counted = select(func.count(), func.count().filter(cases.c.state == State.ATTENTION)).where(
            cases.c.open
        )
        open_cases, in_attention = self._connection.execute(counted).one()
        overdue = select(func.count()).select_from(timers).where(timers.c.due_at <= at)
        poison = select(func.count()).select_from(refused)
        return Numbers(
            open_cases,
            in_attention,
            self._connection.execute(overdue).scalar_one(),
            self._connection.execute(poison).scalar_one(),
        )

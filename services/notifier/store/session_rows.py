"""Sign-in links and sessions of the console: only hashes of what their holders know are kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from services.notifier.domain.directory import Person, Role
from services.notifier.store.documents import read_person
from services.notifier.store.tables import person_roles, persons, sessions, sign_in_links
from shared.identity import sha256_hex

_SIGNING_IN = (Role.SUPPORTER, Role.COORDINATOR, Role.PROGRAMME_LEAD)


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in; times are UTC."""

    tenant: str
    person_id: str
    opened_at: datetime
    seen_at: datetime


class SessionRows:
    """The sign-ins of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def holders(self, email: str, tenant: str | None = None) -> tuple[Person, ...]:
        """Return who may sign in with this e-mail address, of every tenant or of one."""
        same = (person_roles.c.tenant == persons.c.tenant) & (
            person_roles.c.person_id == persons.c.person_id
        )
        here: ColumnElement[bool] = person_roles.c.role.in_(_SIGNING_IN)
        if tenant is not None:
            here = here & (persons.c.tenant == tenant)
        found = select(persons.c.tenant, persons.c.person_id, persons.c.document).join(
            person_roles, same
        )
        rows = self._connection.execute(found.where(here))
        everybody = {(row.tenant, row.person_id): row.document for row in rows}
        people = (read_person(everybody[key]) for key in sorted(everybody))
        wanted = _spelled(email)
        return tuple(one for one in people if wanted and _spelled(one.email) == wanted)

    def add_link(self, token: str, person: Person, at: datetime, until: datetime) -> None:
        """Keep the hash of a new link."""
        values = {
            "sha256": _hash(token),
            "tenant": person.tenant,
            "person_id": person.person_id,
            "made_at": at,
            "expires_at": until,
        }
        self._connection.execute(insert(sign_in_links).values(**values))

    def links_since(self, person: Person, since: datetime) -> int:
        """Count the links made for a person since then, used or not."""
        mine = (sign_in_links.c.tenant == person.tenant) & (
            sign_in_links.c.person_id == person.person_id
        )
        counted = select(func.count()).where(mine & (sign_in_links.c.made_at > since))
        return int(self._connection.execute(counted).scalar_one())

    def is_usable(self, token: str, at: datetime) -> bool:
        """Say whether a link would sign somebody in; changes nothing."""
        found = select(sign_in_links.c.sha256).where(_usable(token, at))
        return self._connection.execute(found).first() is not None

    def use_link(self, token: str, at: datetime) -> tuple[str, str] | None:
        """Use a link up: return tenant and person_id once, None ever after."""
        row = self._connection.execute(
            update(sign_in_links)
            .where(_usable(token, at))
            .values(used_at=at)
            .returning(sign_in_links.c.tenant, sign_in_links.c.person_id)
        ).one_or_none()
        return None if row is None else (row.tenant, row.person_id)

    def open(self, token: str, tenant: str, person_id: str, at: datetime) -> None:
        """Begin a session."""
        values = {"sha256": _hash(token), "tenant": tenant, "person_id": person_id}
        self._connection.execute(insert(sessions).values(**values, opened_at=at, seen_at=at))

    def find(self, token: str) -> Session | None:
        """Return the session of a cookie."""
        row = self._connection.execute(
            select(sessions).where(sessions.c.sha256 == _hash(token))
        ).one_or_none()
        if row is None:
            return None
        return Session(row.tenant, row.person_id, row.opened_at, row.seen_at)

    def seen(self, token: str, at: datetime) -> None:
        """Record that the session is in use."""
        mine = sessions.c.sha256 == _hash(token)
        self._connection.execute(update(sessions).where(mine).values(seen_at=at))

    def close(self, token: str) -> None:
        """End a session; nobody can take it up again."""
        self._connection.execute(delete(sessions).where(sessions.c.sha256 == _hash(token)))

    def forget(self, before: datetime) -> None:
        """Delete sessions not seen and links expired since then."""
        self._connection.execute(delete(sessions).where(sessions.c.seen_at < before))
        self._connection.execute(delete(sign_in_links).where(sign_in_links.c.expires_at < before))


def _hash(token: str) -> str:
    return sha256_hex(token.encode())


def _spelled(email: str) -> str:
    return email.strip().casefold()


def _usable(token: str, at: datetime) -> ColumnElement[bool]:
    fresh = sign_in_links.c.used_at.is_(None) & (sign_in_links.c.expires_at > at)
    return (sign_in_links.c.sha256 == _hash(token)) & fresh

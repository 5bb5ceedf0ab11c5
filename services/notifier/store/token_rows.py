"""Links: only the hash of a token is kept, with what it is for and until when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, insert, select, update

from services.notifier.store.tables import tokens
from shared.identity import sha256_hex


class Purpose(StrEnum):
    """What a link lets its holder do."""

    OFFER = "offer"
    INVITATION = "invitation"


@dataclass(frozen=True, slots=True)
class Link:
    """What a token stands for."""

    purpose: Purpose
    tenant: str
    case_ref: UUID
    recipient: str


class TokenRows:
    """The links of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def add(self, token: str, link: Link, expires_at: datetime) -> None:
        """Keep the hash of a new token."""
        values = {
            "sha256": sha256_hex(token.encode()),
            "purpose": link.purpose,
            "tenant": link.tenant,
            "case_ref": link.case_ref,
            "recipient_ref": link.recipient,
            "expires_at": expires_at,
        }
        self._connection.execute(insert(tokens), values)

    def look(self, token: str, at: datetime, *, used_too: bool = False) -> Link | None:
        """Return what the token is for; None when it is used, expired or unknown."""
        usable = tokens.c.expires_at > at
        if not used_too:
            usable &= tokens.c.used_at.is_(None)
        mine = tokens.c.sha256 == sha256_hex(token.encode())
        row = self._connection.execute(
            select(tokens).where(mine & usable).with_for_update()
        ).one_or_none()
        if row is None:
            return None
        return Link(Purpose(row.purpose), row.tenant, row.case_ref, row.recipient_ref)

    def tenant_of(self, token: str) -> str | None:
        """Return whose programme a token belonged to, also when it is used or expired."""
        mine = tokens.c.sha256 == sha256_hex(token.encode())
        tenant: str | None = self._connection.execute(select(tokens.c.tenant).where(mine)).scalar()
        return tenant

    def use(self, link: Link, at: datetime) -> None:
        """Mark every link of the same purpose, case and recipient as used.

        A repeated mail carries a new token: one answer uses them all.
        """
        mine = (
            (tokens.c.tenant == link.tenant)
            & (tokens.c.case_ref == link.case_ref)
            & (tokens.c.recipient_ref == link.recipient)
            & (tokens.c.purpose == link.purpose)
            & tokens.c.used_at.is_(None)
        )
        self._connection.execute(update(tokens).where(mine).values(used_at=at))

"""Attempts: the row `sending` is committed before the channel is called (faults.md section 6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, bindparam, insert, select, update

from services.notifier.domain.states import MessageKind
from services.notifier.store.message_rows import MessageKey
from services.notifier.store.tables import attempt


class AttemptState(StrEnum):
    """Where an attempt stands; only the channel's answer makes `sent` or `failed`."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as kept; no body is."""

    key: MessageKey
    state: AttemptState
    message_id: str
    reason: str | None = None
    claimed_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Who sends, until when the lease holds, and what: a reviewed template in a language."""

    lease: UUID
    at: datetime
    until: datetime
    message_id: str
    template: str
    language: str


@dataclass(frozen=True, slots=True)
class End:
    """What became of an attempt; `reason` is a code."""

    state: AttemptState
    at: datetime
    reason: str | None = None
    provider_id: str | None = None


_PARTS: Final = ("tenant", "case_ref", "round", "step", "recipient_ref", "channel", "kind")
_SAME_KIND: Final = ("tenant", "case_ref", "round", "kind")
# Built once: putting these together costs more than running them.
_IS: Final = and_(*(attempt.c[name] == bindparam(f"of_{name}") for name in _PARTS))
_ONE_OF_A_KIND: Final = and_(
    attempt.c.to_person, *(attempt.c[name] == bindparam(f"of_{name}") for name in _SAME_KIND)
)
_FIND: Final = {True: select(attempt).where(_ONE_OF_A_KIND), False: select(attempt).where(_IS)}
_UPDATE: Final = {True: update(attempt).where(_ONE_OF_A_KIND), False: update(attempt).where(_IS)}


class AttemptRows:
    """The attempts of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def of_kind(self, key: MessageKey) -> Attempt | None:
        """Return the attempt that counts as the same message.

        To the affected person that is any of the kind in this round, whatever step or channel.
        """
        row = self._connection.execute(_FIND[key.to_person], _of(key)).one_or_none()
        return None if row is None else _read(row)

    def claim(self, key: MessageKey, claim: Claim) -> str:
        """Write `sending` and return the Message-ID, which is that of the first try.

        Raises:
            sqlalchemy.exc.IntegrityError: another worker claimed the same kind (one_of_a_kind).
        """
        values = {
            "state": AttemptState.SENDING,
            "template": claim.template,
            "language": claim.language,
            "lease": claim.lease,
            "lease_until": claim.until,
            "claimed_at": claim.at,
            "ended_at": None,
            "reason": None,
        }
        known = self.of_kind(key)
        if known is not None:
            self._connection.execute(_UPDATE[key.to_person], values | _of(key))
            return known.message_id
        named = {name: getattr(key, name) for name in key.__slots__}
        row = named | values | {"to_person": key.to_person, "message_id": claim.message_id}
        self._connection.execute(insert(attempt), row)
        return claim.message_id

    def end(self, key: MessageKey, end: End) -> None:
        """Record what became of the attempt."""
        values = {
            "state": end.state,
            "ended_at": end.at,
            "reason": end.reason,
            "provider_id": end.provider_id,
            "lease_until": None,
        }
        self._connection.execute(_UPDATE[key.to_person], values | _of(key))

    def expired(self, at: datetime) -> list[Attempt]:
        """Return attempts to affected persons that outlived their lease: nobody knows their end."""
        overdue = (attempt.c.state == AttemptState.SENDING) & (attempt.c.lease_until <= at)
        found = select(attempt).where(overdue & attempt.c.to_person)
        rows = self._connection.execute(found.with_for_update(skip_locked=True)).all()
        return [_read(row) for row in rows]

    def take_back(self, lease: UUID, at: datetime) -> None:
        """End the leases of a process that is known to be dead."""
        mine = (attempt.c.lease == lease) & (attempt.c.lease_until > at)
        self._connection.execute(update(attempt).where(mine).values(lease_until=at))

    def of_case(self, tenant: str, case_ref: UUID) -> Sequence[Attempt]:
        """Return all attempts of a case."""
        mine = (attempt.c.tenant == tenant) & (attempt.c.case_ref == case_ref)
        ordered = select(attempt).where(mine).order_by(attempt.c.claimed_at, attempt.c.step)
        return [_read(row) for row in self._connection.execute(ordered)]


def _of(key: MessageKey) -> dict[str, object]:
    names = _SAME_KIND if key.to_person else _PARTS
    return {f"of_{name}": getattr(key, name) for name in names}


def _read(row: Row[Any]) -> Attempt:
    named = {name: getattr(row, name) for name in MessageKey.__slots__}
    key = MessageKey(**(named | {"kind": MessageKind(row.kind)}))
    return Attempt(
        key,
        AttemptState(row.state),
        row.message_id,
        row.reason,
        row.claimed_at,
        row.ended_at,
    )

"""Messages waiting to be sent: added with the change that asks for them, claimed under a lease."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, or_, select, update

from services.notifier.domain.case import Message
from services.notifier.domain.states import TO_PERSON, MessageKind
from services.notifier.store.tables import cases, messages
from services.notifier.store.upsert import put

_OF_CASE = (messages.c.tenant == cases.c.tenant) & (messages.c.case_ref == cases.c.case_ref)


@dataclass(frozen=True, slots=True)
class MessageKey:
    """The key of a message, which is also the key of its attempt."""

    tenant: str
    case_ref: UUID
    round: int
    step: int
    recipient_ref: str
    channel: str
    kind: MessageKind

    @property
    def to_person(self) -> bool:
        """Whether the affected person is the recipient."""
        return self.kind in TO_PERSON

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the key as text, for Message-ID and idempotency key."""
        return tuple(str(getattr(self, name)) for name in self.__slots__)


def key_of(tenant: str, case_ref: UUID, message: Message, channel: str) -> MessageKey:
    """Return the key of a message on a channel."""
    return MessageKey(
        tenant,
        case_ref,
        message.round,
        message.number,
        message.recipient,
        channel,
        message.kind,
    )


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A claimed message."""

    key: MessageKey
    reason: str | None
    created_at: datetime
    tries: int

    @property
    def message(self) -> Message:
        """Return it as the domain knows it."""
        key = self.key
        return Message(
            key.kind, key.recipient_ref, key.round, key.step, self.created_at, self.reason
        )


_PARTS: Final = ("tenant", "case_ref", "round", "step", "recipient_ref", "channel", "kind")
# Built once: putting these together costs more than running them.
_IS: Final = and_(*(messages.c[name] == bindparam(f"of_{name}") for name in _PARTS))
_REPEATABLE: Final = and_(
    messages.c.lease_until <= bindparam("now"), messages.c.kind.not_in(tuple(TO_PERSON))
)
_FREE: Final = or_(messages.c.lease_until.is_(None), _REPEATABLE)
_DUE: Final = (
    select(messages)
    .join(cases, _OF_CASE)
    .where((messages.c.due_at <= bindparam("now")) & _FREE)
    .order_by(messages.c.due_at, messages.c.step)
    .limit(1)
    .with_for_update(skip_locked=True, of=cases)
)
_LEASE: Final = (
    update(messages)
    .where(_IS & _FREE)
    .values(lease=bindparam("new_lease"), lease_until=bindparam("new_until"))
)
_DEFER: Final = (
    update(messages)
    .where(_IS)
    .values(due_at=bindparam("until"), tries=bindparam("count"), lease=None, lease_until=None)
)
_REMOVE: Final = delete(messages).where(_IS)


class MessageRows:
    """The waiting messages of one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work on this transaction."""
        self._connection = connection

    def add(self, key: MessageKey, due_at: datetime, reason: str | None) -> None:
        """Queue a message; the same key queued again waits again, it is not a second message.

        One that is being sent right now stays with its sender, who still has to say how it ended.
        """
        values = _values(key) | {
            "reason": reason,
            "created_at": due_at,
            "due_at": due_at,
            "tries": 0,
            "lease": None,
            "lease_until": None,
        }
        put(self._connection, messages, values, unless_set="lease")

    def claim_due(self, lease: UUID, at: datetime, until: datetime) -> WaitingMessage | None:
        """Lease the message that has waited longest, or None.

        The case is locked first, as everywhere else. An expired lease is taken over only where a
        repeat is allowed: never when the affected person is the recipient
        (`AttemptRows.expired` finds those).
        """
        while row := self._connection.execute(_DUE, {"now": at}).one_or_none():
            key = _key(row)
            leased = {"now": at, "new_lease": lease, "new_until": until, **_of(key)}
            if self._connection.execute(_LEASE, leased).rowcount == 1:
                return WaitingMessage(key, row.reason, row.created_at, row.tries)
        return None

    def take_back(self, lease: UUID, at: datetime) -> None:
        """End the leases of a process that is known to be dead."""
        mine = (messages.c.lease == lease) & (messages.c.lease_until > at)
        self._connection.execute(update(messages).where(mine).values(lease_until=at))

    def defer(self, key: MessageKey, until: datetime, tries: int) -> None:
        """Let the message wait; on release all guards run again."""
        self._connection.execute(_DEFER, {"until": until, "count": tries, **_of(key)})

    def remove(self, key: MessageKey) -> bool:
        """The message was sent, or will not be; say whether it waited."""
        return self._connection.execute(_REMOVE, _of(key)).rowcount == 1

    def next_due(self) -> datetime | None:
        """Return when the next unclaimed message is due."""
        free = messages.c.lease_until.is_(None)
        found: datetime | None = self._connection.execute(
            select(func.min(messages.c.due_at)).where(free)
        ).scalar()
        return found


def _key(row: Row[Any]) -> MessageKey:
    return MessageKey(
        row.tenant,
        row.case_ref,
        row.round,
        row.step,
        row.recipient_ref,
        row.channel,
        MessageKind(row.kind),
    )


def _values(key: MessageKey) -> dict[str, object]:
    return {name: getattr(key, name) for name in _PARTS}


def _of(key: MessageKey) -> dict[str, object]:
    return {f"of_{name}": getattr(key, name) for name in _PARTS}

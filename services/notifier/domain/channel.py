"""The port to a channel and its four answers (outreach.md section 10)."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel has taken over the message."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Retryable:
    """Nothing has left; try again after so many seconds."""

    reason: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Refused:
    """The channel will never take this message."""

    reason: str


@dataclass(frozen=True, slots=True)
class Uncertain:
    """Nobody can tell whether the message left."""

    reason: str


Answer: TypeAlias = Sent | Retryable | Refused | Uncertain


@dataclass(frozen=True, slots=True)
class Mail:
    """A rendered message; `message_id` is the same for every repeat of the attempt."""

    recipient: str
    sender: str
    subject: str
    text: str
    message_id: str
    html: str | None = None
    unsubscribe: str | None = None


class Channel(Protocol):
    """Called by the dispatcher after the attempt is committed; may block; never raises."""

    def send(self, mail: Mail, idempotency_key: str) -> Answer:
        """Hand over the message; repeats carry the same key."""
        ...

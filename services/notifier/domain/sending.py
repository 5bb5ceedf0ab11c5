"""Whether a message may be sent now: the guards of outreach.md section 5, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.notifier.domain.case import Case, Message
from services.notifier.domain.clocks import quiet_until
from services.notifier.domain.states import OPEN, SUPPORTED, TO_PERSON, MessageKind, State


class NotSent(StrEnum):
    """Reasons not to send; each is a row of the case's history."""

    SENDING_OFF = "sending_off"
    NOT_CONFIRMED = "not_confirmed"
    CASE_CLOSED = "case_closed"
    ATTENTION_PENDING = "attention_pending"
    OPTED_OUT = "opted_out"
    EXCLUDED = "excluded"
    ALREADY_SENT = "already_sent"
    CAP_REACHED = "cap_reached"
    QUIET_HOURS = "quiet_hours"
    NO_ADDRESS = "no_address"
    CHANNEL_DISABLED = "channel_disabled"
    CHANNEL_REFUSED = "channel_refused"
    EXPIRED = "expired"


_K = MessageKind
_WITHOUT_ATTENTION: Final = tuple(state for state in OPEN if state is not State.ATTENTION)
_SENDABLE: Final[Mapping[MessageKind, tuple[State, ...]]] = MappingProxyType(
    {
        _K.FIRST_CONTACT: (State.ASSIGNED,),
        _K.SECOND_TOUCH: (State.INVITED,),
        _K.CHECK_IN: (State.ENGAGED,),
        _K.SUPPORTER_TASK: SUPPORTED,
        _K.SUPPORTER_OFFER: (State.OFFERED,),
        _K.SUPPORTER_REMINDER: SUPPORTED,
        _K.TAKEN: tuple(State),
        _K.CONFIRM_REQUEST: _WITHOUT_ATTENTION,
        _K.ESCALATION: OPEN,
        _K.BREACH: OPEN,
        _K.CRISIS: OPEN,
    }
)


@dataclass(frozen=True, slots=True)
class SendFacts:
    """What the guards look at, read in the transaction that claims the message."""

    case: Case
    message: Message
    at: datetime
    sending_on: bool = True
    opted_out: bool = False
    excluded: bool = False
    already_sent: bool = False
    address: str | None = None
    channel_enabled: bool = True

    @property
    def to_person(self) -> bool:
        """Whether the affected person is the recipient."""
        return self.message.kind in TO_PERSON


def refusal(facts: SendFacts) -> NotSent | None:
    """Return why the message may not be sent now, or None; the first guard that fails counts."""
    checks = (
        (not facts.sending_on, NotSent.SENDING_OFF),
        (_state_forbids(facts), _state_reason(facts)),
        (_offer_expired(facts), NotSent.EXPIRED),
        (facts.to_person and facts.opted_out, NotSent.OPTED_OUT),
        (facts.excluded, NotSent.EXCLUDED),
        (facts.already_sent, NotSent.ALREADY_SENT),
        (_cap_reached(facts), NotSent.CAP_REACHED),
        (released_at(facts) is not None, NotSent.QUIET_HOURS),
        (not facts.address, NotSent.NO_ADDRESS),
        (not facts.channel_enabled, NotSent.CHANNEL_DISABLED),
    )
    return next((reason for failed, reason in checks if failed), None)


def released_at(facts: SendFacts) -> datetime | None:
    """Return when quiet hours end for the affected person, or None when they do not hold now."""
    if not facts.to_person:
        return None
    return quiet_until(facts.at, facts.case.quiet, facts.case.zone)


def _state_forbids(facts: SendFacts) -> bool:
    return facts.case.state not in _SENDABLE[facts.message.kind]


def _state_reason(facts: SendFacts) -> NotSent:
    if facts.case.state is State.CLOSED:
        return NotSent.CASE_CLOSED
    if facts.case.state is State.ATTENTION:
        return NotSent.ATTENTION_PENDING
    return NotSent.NOT_CONFIRMED if facts.to_person else NotSent.EXPIRED


def _offer_expired(facts: SendFacts) -> bool:
    """An offer makes sense only while this supporter is being asked."""
    is_offer = facts.message.kind is MessageKind.SUPPORTER_OFFER
    return is_offer and facts.message.recipient not in facts.case.asked


def _cap_reached(facts: SendFacts) -> bool:
    return facts.to_person and facts.case.contacts >= facts.case.plan.most_contacts

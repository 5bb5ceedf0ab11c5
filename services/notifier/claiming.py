"""Claims the next message: guards, then the attempt `sending`, committed before any send."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.notifier import casework
from services.notifier.domain.case import Case
from services.notifier.domain.channel import Mail
from services.notifier.domain.directory import Person
from services.notifier.domain.errors import PolicyUnavailableError
from services.notifier.domain.move import Move
from services.notifier.domain.policy import Policies, Policy
from services.notifier.domain.rendering import LINK_LIFE, content, has_link, language_of
from services.notifier.domain.sending import NotSent, SendFacts, refusal, released_at
from services.notifier.domain.states import Action, MessageKind, TimerKind
from services.notifier.doubts import RESEND
from services.notifier.messages.render import render
from services.notifier.store.attempt_rows import Attempt, AttemptState, Claim
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.message_rows import MessageKey, WaitingMessage
from services.notifier.store.token_rows import Link, Purpose
from services.notifier.store.unit import Unit
from shared.identity import message_id
from shared.observability import event_log

log = event_log("notifier")
SETTINGS_PAUSE: Final = timedelta(seconds=30)
_FOR_COORDINATORS: Final = (MessageKind.SUPPORTER_REMINDER, MessageKind.SUPPORTER_TASK)
_FINAL: Final = (
    NotSent.NO_ADDRESS,
    NotSent.EXCLUDED,
    NotSent.OPTED_OUT,
    NotSent.ALREADY_SENT,
    NotSent.CAP_REACHED,
)
_ASKED_TO_TAKE: Final = (MessageKind.SUPPORTER_OFFER, MessageKind.SUPPORTER_TASK)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claimed message; `mail` is None when a guard said no and that has been recorded."""

    waiting: WaitingMessage
    mail: Mail | None


@dataclass(frozen=True, slots=True)
class Claims:
    """What claiming needs besides the database.

    `lease` names this process; a claim holds for `lease_time`, which must be longer than the
    channel may block. `base_url` is the console's address as recipients see it. `sending_on` False
    is the switch for rehearsal and restore: everything runs, nothing is sent.
    """

    policies: Policies
    message_id_key: bytes
    base_url: str
    lease: UUID
    new_token: Callable[[], str]
    sending_on: Callable[[], bool] = lambda: True
    lease_time: timedelta = timedelta(seconds=60)

    def next(self, unit: Unit, at: datetime) -> Claimed | None:
        """Claim the message that has waited longest; None when none is due."""
        waiting = unit.messages.claim_due(self.lease, at, at + self.lease_time)
        if waiting is None:
            return None
        case = casework.case_of(unit, waiting.key.tenant, waiting.key.case_ref)
        recipient = unit.directory.find(case.tenant, _recipient_id(case, waiting.key))
        facts = self._facts(unit, waiting, case, recipient, at)
        reason = refusal(facts)
        if reason is None and recipient is not None:
            return Claimed(waiting, self._begun(unit, waiting, case, recipient, at))
        _not_sent(unit, waiting, facts, reason or NotSent.NO_ADDRESS)
        return Claimed(waiting, None)

    def _facts(
        self,
        unit: Unit,
        waiting: WaitingMessage,
        case: Case,
        recipient: Person | None,
        at: datetime,
    ) -> SendFacts:
        key = waiting.key
        return SendFacts(
            case=case,
            message=waiting.message,
            at=at,
            sending_on=self.sending_on(),
            opted_out=key.to_person and _opted_out(unit, case),
            excluded=key.kind in _ASKED_TO_TAKE and _excluded(unit, case, key),
            already_sent=_already(unit.attempts.of_kind(key), waiting),
            address=recipient.email if recipient else None,
        )

    def _begun(
        self, unit: Unit, waiting: WaitingMessage, case: Case, recipient: Person, at: datetime
    ) -> Mail | None:
        """Begin, or let the message wait: one tenant's unreadable settings stop no other tenant."""
        try:
            policy = self.policies(case.tenant)
        except PolicyUnavailableError as error:
            log.alarm("message_waits", tenant=case.tenant, error_type=type(error).__name__)
            unit.messages.defer(waiting.key, at + SETTINGS_PAUSE, waiting.tries)
            return None
        return self._begin(unit, waiting, case, recipient, policy, at)

    def _begin(
        self,
        unit: Unit,
        waiting: WaitingMessage,
        case: Case,
        recipient: Person,
        policy: Policy,
        at: datetime,
    ) -> Mail:
        key = waiting.key
        language = language_of(recipient, policy)
        domain = policy.programme.from_address.rpartition("@")[2]
        own_id = message_id(self.message_id_key, *waiting.key.parts, domain=domain)
        claim = Claim(self.lease, at, at + self.lease_time, own_id, waiting.key.kind, language)
        kept_id = unit.attempts.claim(waiting.key, claim)
        link = self._link(unit, waiting.key, recipient, at)
        named = key.to_person  # nobody but the person learns who the supporter is
        supporter = unit.directory.find(case.tenant, case.supporter) if named else None
        page = f"{self.base_url}/cases/{case.case_ref}"
        inputs = content(case, waiting.message, recipient, supporter, policy, (page, link))
        subject, text = render(waiting.key.kind, language, inputs)
        return _mail(waiting.key, recipient, policy, subject, text, kept_id, link)

    def _link(self, unit: Unit, key: MessageKey, recipient: Person, at: datetime) -> str:
        """Make a link of the recipient's own; a repeat carries a new one, both work once."""
        if not has_link(key.kind):
            return ""
        token = self.new_token()
        purpose = Purpose.INVITATION if key.to_person else Purpose.OFFER
        link = Link(purpose, key.tenant, key.case_ref, recipient.person_id)
        unit.tokens.add(token, link, at + LINK_LIFE)
        return f"{self.base_url}/l/{token}"


def undeliverable(unit: Unit, key: MessageKey, reason: NotSent, at: datetime) -> None:
    """See that nobody waits for what will not arrive.

    A message to the person: the supporter is told and can call; where the person never wants to be
    asked, the coordinators are. What a supporter should do about a case of theirs: the
    coordinators are told. An offer to the only supporter who is asked: the acknowledgement timer
    falls due now, so that the next one is asked at once.
    """
    case = unit.cases.find(key.tenant, key.case_ref)
    if case is None or not case.is_open:
        return
    if key.kind is MessageKind.SUPPORTER_OFFER and case.asked == (key.recipient_ref,):
        soon = {**case.timers, TimerKind.ACKNOWLEDGE: at}
        unit.cases.save(replace(case, timers=soon), case)
    step = Move(Action.SEND_INVITATION, at, reason=reason)
    if key.kind in _FOR_COORDINATORS or (key.to_person and reason is NotSent.OPTED_OUT):
        told = unit.directory.roster(case.tenant, at).coordinators
        others = [who for who in told if who != key.recipient_ref]
        casework.tell(unit, case, step, MessageKind.ESCALATION, others)
    elif key.to_person and case.supporter is not None:
        casework.tell(unit, case, step, MessageKind.SUPPORTER_REMINDER, [case.supporter])


def _not_sent(unit: Unit, waiting: WaitingMessage, facts: SendFacts, reason: NotSent) -> None:
    key = waiting.key
    release = released_at(facts) if reason is NotSent.QUIET_HOURS else None
    sort = Sort.NOT_SENT if release is None else Sort.DEFERRED
    line = Line(facts.at, sort, key.kind, reason, recipient=key.recipient_ref)
    unit.history.add(key.tenant, key.case_ref, line)
    if release is not None:
        unit.messages.defer(key, release, waiting.tries)
        return
    unit.messages.remove(key)
    if _is_missed(key, reason):
        undeliverable(unit, key, reason, facts.at)


def _is_missed(key: MessageKey, reason: NotSent) -> bool:
    """Say whether somebody counts on a message that will not come; a repeat was heard before."""
    return reason in _FINAL and (key.to_person or reason is not NotSent.ALREADY_SENT)


def _recipient_id(case: Case, key: MessageKey) -> str | None:
    return case.person_id if key.to_person else key.recipient_ref


def _opted_out(unit: Unit, case: Case) -> bool:
    keys = casework.keys_of(unit, case.tenant, case.person_id, case.subject.person_ref)
    return unit.directory.opted_out(case.tenant, keys)


def _excluded(unit: Unit, case: Case, key: MessageKey) -> bool:
    return key.recipient_ref in unit.directory.resolve(case.tenant, case.exclude).values()


def _already(attempt: Attempt | None, waiting: WaitingMessage) -> bool:
    """Only a failed attempt may be claimed again; an uncertain one when a human says so."""
    if attempt is None or attempt.state is AttemptState.FAILED:
        return False
    if not waiting.key.to_person:
        return attempt.state is AttemptState.SENT
    return waiting.reason != RESEND


def _mail(
    key: MessageKey,
    recipient: Person,
    policy: Policy,
    subject: str,
    text: str,
    own_id: str,
    link: str,
) -> Mail:
    return Mail(
        recipient=recipient.email,
        sender=policy.programme.from_address,
        subject=subject,
        text=text,
        message_id=own_id,
        unsubscribe=f"{link}/opt_out" if key.to_person else None,
    )

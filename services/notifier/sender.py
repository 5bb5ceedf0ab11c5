"""Sends one waiting message: claim before send, call the channel, record the answer.

Three transactions' worth of care (outreach.md section 5): the attempt `sending` is committed before
the channel is called; only the channel's answer makes `sent` or `failed`; whoever dies in between
leaves a row that outlives its lease and is settled by `sweep`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, assert_never

from services.notifier import casework
from services.notifier.claiming import Claimed, Claims, undeliverable
from services.notifier.domain.case import Case
from services.notifier.domain.channel import (
    Answer,
    Channel,
    Refused,
    Retryable,
    Sent,
    Uncertain,
)
from services.notifier.domain.move import Move
from services.notifier.domain.sending import NotSent
from services.notifier.domain.states import Action
from services.notifier.store.attempt_rows import AttemptState, End
from services.notifier.store.engine import Store
from services.notifier.store.history_rows import Line, Sort
from services.notifier.store.message_rows import MessageKey, WaitingMessage
from services.notifier.store.unit import Unit
from shared.clock import Clock
from shared.kafka.backoff import pause_seconds
from shared.observability import Metrics

QUICK_TRIES: Final = 12  # with growing pauses up to 30 s; after that every ten minutes
SLOW_PAUSE: Final = timedelta(minutes=10)
GIVE_UP_AFTER: Final = timedelta(hours=24)  # guards run before each try, so most end before


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends what is due; several may run at once, in threads or processes."""

    store: Store
    channel: Channel
    clock: Clock
    claims: Claims
    metrics: Metrics

    def send_one(self) -> bool:
        """Send the message that has waited longest; False when none is due.

        Blocks as long as the channel does, without holding a transaction.
        """
        with self.store.begin() as unit:
            found = self.claims.next(unit, self.clock.now())
        if found is None:
            return False
        if found.mail is not None:
            answer = self.channel.send(found.mail, "|".join(found.waiting.key.parts))
            with self.store.begin() as unit:
                self._settle(unit, found, answer)
        return True

    def sweep(self) -> int:
        """Turn attempts to affected persons that outlived their lease into doubts; count them."""
        with self.store.begin() as unit:
            at = self.clock.now()
            expired = unit.attempts.expired(at)
            for attempt in expired:
                _doubt(unit, attempt.key, at, "lease_expired")
                self.metrics.count("notifier_attempts_total", state=AttemptState.UNCERTAIN)
        return len(expired)

    def _settle(self, unit: Unit, found: Claimed, answer: Answer) -> None:
        at = self.clock.now()
        match answer:
            case Sent(provider_id):
                state = AttemptState.SENT
                _sent(unit, found.waiting, at, provider_id)
            case Retryable(reason, after_seconds):
                state = AttemptState.FAILED
                _retry(unit, found.waiting, at, reason, after_seconds)
            case Refused(reason):
                state = AttemptState.FAILED
                _refused(unit, found.waiting, at, reason)
            case Uncertain(reason):
                state = AttemptState.UNCERTAIN
                _uncertain(unit, found.waiting, at, reason)
            case _:
                assert_never(answer)
        self.metrics.count("notifier_attempts_total", state=state)


def _sent(unit: Unit, waiting: WaitingMessage, at: datetime, provider_id: str | None) -> None:
    key = waiting.key
    unit.attempts.end(key, End(AttemptState.SENT, at, provider_id=provider_id))
    unit.messages.remove(key)
    _note(unit, waiting, Sort.SENT, None, at)
    if key.to_person:
        _move(unit, key, Action.INVITATION_SENT, at, key.kind)


def _retry(
    unit: Unit, waiting: WaitingMessage, at: datetime, reason: str, after_seconds: float
) -> None:
    tries = waiting.tries + 1
    if at - waiting.created_at >= GIVE_UP_AFTER:
        _refused(unit, waiting, at, reason)
        return
    pause = timedelta(seconds=pause_seconds(tries, "|".join(waiting.key.parts), after_seconds))
    if tries >= QUICK_TRIES:
        pause = SLOW_PAUSE
    unit.attempts.end(waiting.key, End(AttemptState.FAILED, at, reason))
    unit.messages.defer(waiting.key, at + pause, tries)
    if waiting.tries == 0:
        _note(unit, waiting, Sort.DEFERRED, reason, at)


def _refused(unit: Unit, waiting: WaitingMessage, at: datetime, reason: str) -> None:
    unit.attempts.end(waiting.key, End(AttemptState.FAILED, at, reason))
    unit.messages.remove(waiting.key)
    _note(unit, waiting, Sort.NOT_SENT, NotSent.CHANNEL_REFUSED, at)
    undeliverable(unit, waiting.key, NotSent.CHANNEL_REFUSED, at)


def _uncertain(unit: Unit, waiting: WaitingMessage, at: datetime, reason: str) -> None:
    if waiting.key.to_person:
        _doubt(unit, waiting.key, at, reason)
    else:  # at least once: the repeat carries the same Message-ID
        _retry(unit, waiting, at, reason, 0.0)


def _doubt(unit: Unit, key: MessageKey, at: datetime, reason: str) -> None:
    unit.attempts.end(key, End(AttemptState.UNCERTAIN, at, reason))
    unit.messages.remove(key)
    line = Line(at, Sort.NOT_SENT, key.kind, "uncertain", recipient=key.recipient_ref)
    unit.history.add(key.tenant, key.case_ref, line)
    case = unit.cases.find(key.tenant, key.case_ref)
    if case is not None and case.is_open:
        _move(unit, key, Action.UNCERTAIN, at, reason)


def _move(unit: Unit, key: MessageKey, action: Action, at: datetime, reason: str) -> Case:
    case = casework.case_of(unit, key.tenant, key.case_ref)
    roster = unit.directory.roster(key.tenant, at)
    return casework.move(unit, case, Move(action, at, reason=reason, roster=roster))


def _note(
    unit: Unit, waiting: WaitingMessage, sort: Sort, reason: str | None, at: datetime
) -> None:
    key = waiting.key
    line = Line(at, sort, key.kind, reason, recipient=key.recipient_ref)
    unit.history.add(key.tenant, key.case_ref, line)

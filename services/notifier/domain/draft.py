"""A case while it is being changed: the small steps that effects are made of."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from services.notifier.domain.case import Case, Message
from services.notifier.domain.move import Move
from services.notifier.domain.states import TO_PERSON, MessageKind, TimerKind


@dataclass(frozen=True, slots=True)
class Draft:
    """The case so far, the case before the move, and the messages so far."""

    case: Case
    before: Case
    move: Move
    messages: tuple[Message, ...] = ()

    def put(self, **changes: Any) -> "Draft":  # noqa: ANN401 - mirrors dataclasses.replace
        """Return the draft with fields of the case replaced."""
        return replace(self, case=replace(self.case, **changes))

    def arm(self, kind: TimerKind, at: datetime) -> "Draft":
        """Set the timer of `kind`, replacing an earlier one."""
        return self.put(timers={**self.case.timers, kind: at})

    def arm_in(self, kind: TimerKind, wait: timedelta) -> "Draft":
        """Set the timer of `kind` to `wait` from now."""
        return self.arm(kind, self.move.at + wait)

    def disarm(self, *kinds: TimerKind) -> "Draft":
        """Clear timers."""
        left = {kind: at for kind, at in self.case.timers.items() if kind not in kinds}
        return self.put(timers=left)

    def tell(
        self, kind: MessageKind, recipients: Iterable[str | None], reason: str | None = None
    ) -> "Draft":
        """Add a message to each recipient, numbered within the case."""
        draft = self
        for recipient in dict.fromkeys(recipients):
            if recipient is not None:
                draft = draft._one(kind, recipient, reason)
        return draft

    def _one(self, kind: MessageKind, recipient: str, reason: str | None) -> "Draft":
        number = 0 if kind in TO_PERSON else self.case.messages + 1
        message = Message(kind, recipient, self.case.round, number, self.move.at, reason)
        counted = self.put(messages=max(number, self.case.messages))
        return replace(counted, messages=(*self.messages, message))

"""Waits for what the services write: decisions and case events, read as an auditor reads them."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from shared.clock import monotonic
from shared.contracts import OutreachCaseEvent, TriageDecision
from shared.contracts.topics import CASE, DECISION
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range

_AGAIN_SECONDS: Final = 0.2
Found = TypeVar("Found")


def wait_for(look: Callable[[], Found | None], seconds: float) -> Found | None:
    """Return what `look` finds, asked again and again; None when the time is over."""
    until = monotonic() + seconds
    while True:
        found = look()
        if found is not None or monotonic() > until:
            return found
        time.sleep(_AGAIN_SECONDS)


@dataclass(slots=True)
class Witness:
    """Reads topics from where it stopped the last time, with its own client and no group."""

    kafka: KafkaClient
    _next: dict[tuple[str, int], int] = field(default_factory=dict)
    _decisions: dict[str, TriageDecision] = field(default_factory=dict)
    _events: list[OutreachCaseEvent] = field(default_factory=list)

    def decision(self, event_id: str) -> TriageDecision | None:
        """Return the decision about a report, None while there is none."""
        if event_id not in self._decisions:
            for value in self._new(DECISION.name):
                decision = TriageDecision.model_validate_json(value, extra="ignore")
                self._decisions[str(decision.event_id)] = decision
        return self._decisions.get(event_id)

    def case_events(self) -> tuple[OutreachCaseEvent, ...]:
        """Return every case event so far, in the order of arrival."""
        for value in self._new(CASE.name):
            self._events.append(OutreachCaseEvent.model_validate_json(value, extra="ignore"))
        return tuple(self._events)

    def _new(self, topic: str) -> Iterable[bytes]:
        start = {at: offset for (name, at), offset in self._next.items() if name == topic}
        for record in read_range(self.kafka, topic, start=start):
            self._next[topic, record.partition] = record.offset + 1
            if record.value is not None:
                yield record.value

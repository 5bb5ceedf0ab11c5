"""Ends a worker that stands still: clients can hang for ever without an error.

It runs in a thread of its own with a client of its own, so that a hung loop cannot hang it too.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from kafka import TopicPartition
from kafka.errors import KafkaError

from services.triage.agent.health.progress import Phase, Progress
from shared.clock import monotonic
from shared.kafka.client import KafkaClient

LOOKS_PER_LIMIT: Final = 6


class StandstillError(RuntimeError):
    """Partitions are assigned, records wait, and nothing moved."""


def is_stuck(progress: Progress, ends: Mapping[int, int], now: float, limit_seconds: float) -> bool:
    """Return whether the worker must be ended.

    `ends` are the offsets after the last committed record per partition. A loop that no longer
    turns is stuck whatever the lag; a partition that waits for rules is not, as long as it is tried
    again.
    """
    if progress.phase is Phase.STARTING:
        return False
    if now - progress.pulse_at > limit_seconds:
        return True
    in_hand_since = progress.in_hand_since
    if in_hand_since is not None and now - in_hand_since > limit_seconds:
        return True
    behind = {
        partition
        for partition, position in progress.positions.items()
        if ends.get(partition, 0) > position
        and now - progress.waiting.get(partition, 0.0) > limit_seconds
    }
    return bool(behind) and now - progress.moved_at > limit_seconds


@dataclass(frozen=True, slots=True)
class Watchdog:
    """Looks several times within `limit_seconds` and calls `bite` once the worker is stuck."""

    kafka: KafkaClient
    topic: str
    progress: Progress
    limit_seconds: float
    bite: Callable[[str, BaseException], None]

    def start(self) -> threading.Event:
        """Start the thread; setting the returned event ends it."""
        off = threading.Event()
        threading.Thread(target=self._watch, args=(off,), name="watchdog", daemon=True).start()
        return off

    def _watch(self, off: threading.Event) -> None:
        while not off.wait(self.limit_seconds / LOOKS_PER_LIMIT):
            if is_stuck(self.progress, self._ends(), monotonic(), self.limit_seconds):
                self.bite("standstill", StandstillError())
                return

    def _ends(self) -> dict[int, int]:
        places = [TopicPartition(self.topic, number) for number in dict(self.progress.positions)]
        if not places:
            return {}
        # A broker that does not answer is not this worker's fault, and a restart would not help.
        try:
            consumer = self.kafka.consumer(group_id=None)
        except KafkaError:
            return {}
        try:
            return {at.partition: end for at, end in consumer.end_offsets(places).items()}
        except KafkaError:
            return {}
        finally:
            consumer.close()

"""What the worker has done so far: written by the loop, read by endpoints and watchdog."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

from shared.clock import monotonic
from shared.observability import Metrics


class Phase(StrEnum):
    """Where in its life the worker is."""

    STARTING = "starting"
    RUNNING = "running"
    DRAINING = "draining"


@dataclass(slots=True)
class Progress:
    """Counts since the start of this life; moments are `monotonic()` seconds.

    `positions` is the next offset to read per partition we hold, `decided_to` the next to decide;
    `in_hand_since` is when the chunk in hand was begun; `waiting` names the partitions
    that wait for rules and when they were last tried. `undecided_ms` is Kafka's time of the oldest
    record per partition that was fetched and is not decided. `metrics` are the same counts for an
    operator's monitoring.
    """

    phase: Phase = Phase.STARTING
    rules_ready: bool = False
    pulse_at: float = field(default_factory=monotonic)
    moved_at: float = field(default_factory=monotonic)
    committed_at: float | None = None
    positions: dict[int, int] = field(default_factory=dict)
    decided_to: dict[int, int] = field(default_factory=dict)
    waiting: dict[int, float] = field(default_factory=dict)
    in_hand_since: float | None = None
    chunks: int = 0
    decided: int = 0
    outputs: int = 0
    undecided_ms: dict[int, int] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)

    def moved(self) -> None:
        """Note that something became durable or was restored."""
        self.moved_at = monotonic()

    def keep(self, partitions: Collection[int]) -> None:
        """Forget what waits on partitions that are no longer ours: somebody else tells of them."""
        for told in (self.waiting, self.undecided_ms):
            for partition in told.keys() - set(partitions):
                told.pop(partition, None)

    def see(self, positions: dict[int, int], decided_to: dict[int, int]) -> None:
        """Note where the consumer and the journals stand; standing still is no movement."""
        self.pulse_at = monotonic()
        if (positions, decided_to) != (self.positions, self.decided_to):
            self.moved_at = self.pulse_at
            self.positions = positions
            self.decided_to = decided_to

    def is_alive(self, within_seconds: float) -> bool:
        """Return whether the loop has turned in the last `within_seconds`."""
        return monotonic() - self.pulse_at < within_seconds

    def is_ready(self) -> bool:
        """Return whether rules are read, partitions settled, and nobody is draining."""
        return self.phase is Phase.RUNNING and self.rules_ready

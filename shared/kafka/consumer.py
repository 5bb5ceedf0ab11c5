"""kafka-python's consumer without its one way of standing still for ever in a group."""

from collections.abc import Collection
from typing import Any

from kafka import KafkaConsumer
from kafka.structs import MemberState


class Consumer(KafkaConsumer):  # type: ignore[misc]  # the library has no types
    """Joins its group whatever the moment at which a poll runs out of time.

    kafka-python 3.0.12 forgets a join that was caused by new metadata (the topic was not known
    yet, or got partitions) if `poll` times out between its JoinGroup and its SyncGroup: it then
    sends heartbeats, so nobody takes its place, and never gets a partition. Seen in 1 of 10 starts
    on a busy machine. Both halves are closed here: topics are known before the group is joined,
    and a join under way is asked for again by every poll, which changes nothing where it was not
    forgotten.
    """

    def subscribe(self, topics: Collection[str] = (), **settings: Any) -> None:  # noqa: ANN401 - the library's
        """Take part in the group for `topics`; see KafkaConsumer."""
        for topic in topics:
            self.partitions_for_topic(topic)
        super().subscribe(topics, **settings)

    def poll(self, timeout_ms: int = 0, **settings: Any) -> dict[Any, list[Any]]:  # noqa: ANN401 - the library's
        """Return records per partition; see KafkaConsumer."""
        if self.group_metadata().state == MemberState.REBALANCING:
            self._coordinator.request_rejoin()
        polled: dict[Any, list[Any]] = super().poll(timeout_ms, **settings)
        return polled

"""kafka-python's consumer without its ways of standing still for ever in a group."""

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

    A static member that comes back within its session is given its old partitions, whatever it
    subscribes to now, and this library does not look (Kafka's KIP-814 leaves that to the client).
    So a member of several topics that lacks one of them at first asks for one more assignment.
    """

    _is_looked_over = False

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
        if not self._is_looked_over and self.group_metadata().state == MemberState.STABLE:
            self._is_looked_over = True
            self._look_over()
        return polled

    def _look_over(self) -> None:
        # Of one topic a member may well have nothing: there are more members than partitions.
        topics = self.subscription() or set()
        if len(topics) > 1 and topics - {at.topic for at in self.assignment()}:
            self._coordinator.request_rejoin()

"""A consumer gets its partitions whatever the moment at which a poll runs out of time."""

from contextlib import closing

import pytest
from kafka import KafkaConsumer
from kafka.structs import MemberState

from shared.kafka.client import KafkaClient
from tests.builders.broker import FreshTopics
from tests.builders.loops import eventually

POLL_MS = 100


def test_every_start_gets_its_partitions(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """One start in ten got none before topics were known first."""
    for number, topic in enumerate(fresh_topics(*(f"in{number}" for number in range(10)))):
        group = f"{fresh_topics.prefix}-{number}"
        with closing(kafka.consumer(group_id=group, group_instance_id=group)) as consumer:
            consumer.subscribe([topic])

            eventually(lambda: assigned(consumer) == 1)


def test_a_topic_that_appears_later_is_assigned(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """New metadata makes the consumer join again."""
    with closing(kafka.consumer(group_id=fresh_topics.prefix)) as consumer:
        consumer.subscribe([f"{fresh_topics.prefix}.late"])
        assert assigned(consumer) == 0

        fresh_topics("late", partitions=3)
        consumer.topics()

        eventually(lambda: assigned(consumer) == 3)


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_join_that_the_library_forgot_is_taken_up_again(
    kafka: KafkaClient, fresh_topics: FreshTopics, *, is_ours: bool
) -> None:
    """Without us it stays like that for ever: when it no longer does, our class can go."""
    (topic,) = fresh_topics("in")
    with closing(kafka.consumer(group_id=fresh_topics.prefix)) as consumer:
        consumer.subscribe([topic])
        eventually(lambda: assigned(consumer) == 1)
        assert assigned(consumer) == 1  # a little later: metadata under way would start a new join
        forget_the_join(consumer)

        for _ in range(20):
            consumer.poll(timeout_ms=POLL_MS) if is_ours else KafkaConsumer.poll(consumer, POLL_MS)

        assert len(consumer.assignment()) == int(is_ours)


def test_partitions_move_to_a_second_member_and_back(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Rebalances of static members end with every partition assigned."""
    (topic,) = fresh_topics("in", partitions=4)
    first, second = (member(kafka, fresh_topics.prefix, slot) for slot in "ab")
    with closing(first):
        first.subscribe([topic])
        eventually(lambda: assigned(first) == 4)

        with closing(second):
            second.subscribe([topic])
            eventually(lambda: (assigned(first), assigned(second)) == (2, 2))

        eventually(lambda: assigned(first) == 4)


def member(kafka: KafkaClient, group: str, slot: str) -> KafkaConsumer:
    """Return a static member that counts as gone 1.5 s after its last heartbeat."""
    return kafka.consumer(
        group_id=group,
        group_instance_id=f"{group}-{slot}",
        session_timeout_ms=1500,
        heartbeat_interval_ms=300,
    )


def assigned(consumer: KafkaConsumer) -> int:
    """Poll a little and return how many partitions the consumer has."""
    for _ in range(3):
        consumer.poll(timeout_ms=POLL_MS)
    return len(consumer.assignment())


def forget_the_join(consumer: KafkaConsumer) -> None:
    """Bring kafka-python 3.0.12 where a poll ends between JoinGroup and SyncGroup of a new join."""
    consumer._subscription.assign_from_subscribed([])
    consumer._coordinator.state = MemberState.REBALANCING
    consumer._coordinator.rejoin_needed = False
    consumer._coordinator._assignment_snapshot = consumer._coordinator._metadata_snapshot

"""A consumer gets its partitions whatever the moment at which a poll runs out of time."""

import pytest
from kafka import KafkaConsumer

from shared.kafka.client import KafkaClient
from tests.builders.broker import FreshTopics
from tests.builders.loops import eventually

SHORT_POLL_MS = (
    1  # times out between JoinGroup and SyncGroup, where the library forgets the join
)


def test_a_topic_that_appears_later_is_assigned(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """New metadata makes the consumer join again; a poll that is too short does not undo it."""
    consumer = kafka.consumer(group_id=fresh_topics.prefix)
    consumer.subscribe([f"{fresh_topics.prefix}.late"])
    eventually(lambda: joined(consumer))
    assert not consumer.assignment()

    fresh_topics("late", partitions=3)
    consumer.topics()

    eventually(lambda: assigned(consumer) == 3)
    consumer.close()


def test_every_start_gets_its_partitions(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """One start in ten got none before topics were known first."""
    topics = fresh_topics(*(f"in{number}" for number in range(10)))
    for number, topic in enumerate(topics):
        group = f"{fresh_topics.prefix}-{number}"
        consumer = kafka.consumer(group_id=group, group_instance_id=group)
        consumer.subscribe([topic])

        eventually(lambda: assigned(consumer) == 1)  # noqa: B023 - called within this turn only

        consumer.close()


def test_partitions_move_to_a_second_member_and_back(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Rebalances under short polls, with static members, end with every partition assigned."""
    (topic,) = fresh_topics("in", partitions=4)
    group = fresh_topics.prefix
    first, second = (
        kafka.consumer(group_id=group, group_instance_id=f"{group}-{slot}", session_timeout_ms=1500)
        for slot in "ab"
    )
    first.subscribe([topic])
    eventually(lambda: assigned(first) == 4)

    second.subscribe([topic])
    eventually(lambda: (assigned(first), assigned(second)) == (2, 2))

    second.close()
    eventually(lambda: assigned(first) == 4)
    first.close()


def assigned(consumer: KafkaConsumer) -> int:
    """Poll a little and return how many partitions the consumer has."""
    for _ in range(10):
        consumer.poll(timeout_ms=SHORT_POLL_MS)
    return len(consumer.assignment())


def joined(consumer: KafkaConsumer) -> bool:
    """Poll a little and return whether the consumer is a member."""
    consumer.poll(timeout_ms=SHORT_POLL_MS)
    return bool(consumer.group_metadata().state == "<stable>")


@pytest.mark.parametrize("name", ["request_rejoin", "group_metadata", "need_rejoin"])
def test_what_the_workaround_leans_on_is_still_there(kafka: KafkaClient, name: str) -> None:
    """A private name of kafka-python: a new version is looked at by a human."""
    consumer = kafka.consumer(group_id="guard")

    assert callable(getattr(consumer._coordinator, name))
    consumer.close()

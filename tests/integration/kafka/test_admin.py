"""Topics on a real Kafka: created once as the registry says, refused when they differ."""

import pytest
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import InvalidReplicationFactorError

from shared.contracts.topics import RAW, RULESET, STATE, TOPICS, source_topic
from shared.kafka.admin import (
    PartitionCountError,
    TopicMissingError,
    check_topics,
    create_topics,
    partition_counts,
)
from shared.kafka.client import KafkaClient
from tests.builders.broker import FreshTopics


def test_every_topic_of_the_registry_has_its_partitions(kafka: KafkaClient) -> None:
    """The fixture created them; the check agrees."""
    check_topics(kafka, 6)

    counts = partition_counts(kafka, list(TOPICS))
    assert counts[RAW.name] == 6
    assert counts[RULESET.name] == 1


def test_creating_again_creates_nothing(kafka: KafkaClient) -> None:
    """Safe at every start."""
    assert create_topics(kafka) == []


def test_a_publishers_topic_is_created_beside_the_others(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """One topic a publisher, with the settings of the registry."""
    topic = source_topic(fresh_topics.prefix)

    assert create_topics(kafka, extra=[topic]) == [topic.name]
    assert settings(kafka, topic.name)["message.timestamp.type"] == "LogAppendTime"


def test_settings_of_the_registry_are_on_the_broker(kafka: KafkaClient) -> None:
    """Compaction, retention, time of append."""
    raw, state = settings(kafka, RAW.name), settings(kafka, STATE.name)

    assert raw["message.timestamp.type"] == "LogAppendTime"
    assert raw["max.message.bytes"] == str(RAW.max_message_bytes)
    assert raw["retention.ms"] == str(RAW.retention_ms)
    assert state["cleanup.policy"] == "compact"


def test_another_partition_count_is_refused(kafka: KafkaClient) -> None:
    """A tenant would move: the message says to what the site is set and what to do."""
    with pytest.raises(
        PartitionCountError, match=r"6 partitions .* set to 48.*PEERLINE_PARTITIONS"
    ):
        check_topics(kafka, 48)


def test_a_missing_topic_is_named(kafka: KafkaClient) -> None:
    """With who creates it."""
    with pytest.raises(TopicMissingError, match=r"incident\.source\.nobody\.v1.*--create"):
        check_topics(kafka, 6, [RAW, source_topic("nobody")])


def test_what_the_broker_refuses_is_raised(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """Three copies on one broker cannot be had."""
    with pytest.raises(InvalidReplicationFactorError):
        create_topics(kafka, replication=3, extra=[source_topic(fresh_topics.prefix)])


def settings(client: KafkaClient, topic: str) -> dict[str, str]:
    """Return the settings of `topic` as the broker has them."""
    admin = client.admin()
    try:
        described = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all"
        )
    finally:
        admin.close()
    return {name: str(value["value"]) for name, value in described["topic"][topic].items()}

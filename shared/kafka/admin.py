"""Topics as the registry declares them: created once, checked at every start.

TopicsError
├── PartitionCountError   the broker's topic has another number of partitions than this site
└── TopicMissingError     a topic of the registry is not on the broker
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from kafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from shared.contracts.topics import DEFAULT_PARTITIONS, TOPICS, Topic
from shared.kafka.client import KafkaClient

_ALL: Final = tuple(TOPICS.values())


class TopicsError(RuntimeError):
    """The topics of a broker are not those that this site was installed with."""


class PartitionCountError(TopicsError):
    """A topic has another partition count than the site's: tenants would change partition."""

    def __init__(self, topic: str, found: int, expected: int) -> None:
        """Name the topic and both counts, and say what to do."""
        super().__init__(
            f"Topic {topic} has {found} partitions on this broker, but this site is set to "
            f"{expected}. A tenant's partition is a function of that count, which is fixed at "
            "installation: with another one a tenant's history would be split. Set "
            "PEERLINE_PARTITIONS to the count of the installation, or follow 'Moving to another "
            "partition count' in the operator's guide."
        )


class TopicMissingError(TopicsError):
    """Topics of the registry are not on the broker."""

    def __init__(self, topics: Collection[str]) -> None:
        """Name the topics and say who creates them."""
        super().__init__(
            f"The broker has no topic {', '.join(sorted(topics))}. Services never create topics, "
            "so that a typing error cannot. Run 'peerline kafka topics --create' as the operator, "
            "or check that KAFKA_BOOTSTRAP_SERVERS names the right cluster."
        )


def create_topics(
    client: KafkaClient,
    partitions: int = DEFAULT_PARTITIONS,
    replication: int = 1,
    extra: Collection[Topic] = (),
) -> list[str]:
    """Create what is missing of the registry and of `extra`; return the names created, sorted.

    Safe to repeat and to run twice at once; topics that exist are left as they are.

    Raises:
        KafkaError: the broker refuses, for example for want of rights.
    """
    admin = client.admin()
    try:
        present = set(admin.list_topics())
        missing = [topic for topic in (*_ALL, *extra) if topic.name not in present]
        if not missing:
            return []
        wanted = {topic.name: _settings(topic, partitions, replication) for topic in missing}
        answer = admin.create_topics(wanted, raise_errors=False)
        created = sorted(_created(answer["topics"]))
        admin.wait_for_topics([topic.name for topic in missing])
    finally:
        admin.close()
    return created


def check_topics(client: KafkaClient, partitions: int, topics: Collection[Topic] = _ALL) -> None:
    """Return when every one of `topics` is on the broker with the partition count of this site.

    Raises:
        TopicMissingError: a topic is not there.
        PartitionCountError: a topic has another count.
    """
    found = partition_counts(client, [topic.name for topic in topics])
    missing = {topic.name for topic in topics} - found.keys()
    if missing:
        raise TopicMissingError(missing)
    for topic in topics:
        expected = topic.partition_count(partitions)
        if found[topic.name] != expected:
            raise PartitionCountError(topic.name, found[topic.name], expected)


def partition_counts(client: KafkaClient, names: Collection[str]) -> dict[str, int]:
    """Return how many partitions each of `names` has; topics that are not there are left out."""
    admin = client.admin()
    try:
        described = admin.describe_topics(list(names))
    finally:
        admin.close()
    return {
        topic["name"]: len(topic["partitions"]) for topic in described if not topic["error_code"]
    }


def _settings(topic: Topic, partitions: int, replication: int) -> dict[str, object]:
    return {
        "num_partitions": topic.partition_count(partitions),
        "replication_factor": replication,
        "configs": topic.config(),
    }


def _created(answers: Collection[Mapping[str, Any]]) -> list[str]:
    names = []
    for answer in answers:
        error: type[KafkaError] = for_code(answer["error_code"])
        if not answer["error_code"]:
            names.append(str(answer["name"]))
        elif error is not TopicAlreadyExistsError:
            raise error(answer["error_message"])
    return names

"""Topics as the registry declares them: created once, checked at every start.

TopicsError
├── PartitionCountError   the broker's topic has another number of partitions than this site
├── TopicMissingError     a topic of the registry is not on the broker
└── TopicDeniedError      a topic may not be seen by this login
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from kafka.errors import (
    KafkaError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    for_code,
)

from shared.contracts.topics import DEFAULT_PARTITIONS, TOPICS, Topic
from shared.kafka.client import KafkaClient

_ALL: Final = tuple(TOPICS.values())
_DENIED: Final = TopicAuthorizationFailedError.errno


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


class TopicDeniedError(TopicsError):
    """This login may not see topics that it works with."""

    def __init__(self, topics: Collection[str]) -> None:
        """Name the topics and say who gives rights."""
        super().__init__(
            f"This login may not see the topic {', '.join(sorted(topics))}: it is another "
            "service's login, or the broker lacks a rule. Compare with 'peerline kafka acls "
            "--check' as the operator; 'peerline kafka acls --apply' creates what is missing."
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

    A service asks for the topics that it works with, since it may see no others.

    Raises:
        TopicDeniedError: this login may not see a topic.
        TopicMissingError: a topic is not there.
        PartitionCountError: a topic has another count.
    """
    described = _described(client, [topic.name for topic in topics])
    found = _counts(described)
    denied = {each["name"] for each in described if each["error_code"] == _DENIED}
    if denied:
        raise TopicDeniedError(denied)
    missing = {topic.name for topic in topics} - found.keys()
    if missing:
        raise TopicMissingError(missing)
    for topic in topics:
        expected = topic.partition_count(partitions)
        if found[topic.name] != expected:
            raise PartitionCountError(topic.name, found[topic.name], expected)


def partition_counts(client: KafkaClient, names: Collection[str]) -> dict[str, int]:
    """Return how many partitions each of `names` has; topics that are not there are left out."""
    return _counts(_described(client, names))


def _described(client: KafkaClient, names: Collection[str]) -> list[dict[str, Any]]:
    admin = client.admin()
    try:
        return list(admin.describe_topics(list(names)))
    finally:
        admin.close()


def _counts(described: Iterable[Mapping[str, Any]]) -> dict[str, int]:
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

"""Who may do what on Kafka: one list of allowed operations, everything else is denied.

ACLs of a broker, `deploy/kafka/acls.txt` and the Strimzi manifests are generated from it; it is
itself derived from the registry of topics (operations.md section 1).
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from shared.contracts.topics import SOURCE_PREFIX, TOPICS, Principal, Topic, source_topic

PUBLISHER_PREFIX: Final = "publisher-"
_USER: Final = "User:"


class Resource(StrEnum):
    """What a rule is about, as Kafka's own tools name it; a cluster has the name CLUSTER_NAME."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactionalId"
    CLUSTER = "cluster"


CLUSTER_NAME: Final = "kafka-cluster"
EVERY_NAME: Final = "*"


class Pattern(StrEnum):
    """Whether a rule's name is a whole name or how names begin."""

    LITERAL = "literal"
    PREFIXED = "prefixed"


class Operation(StrEnum):
    """What may be done; `Write` on a topic also allows an idempotent producer (Kafka 2.8 on)."""

    READ = "Read"
    WRITE = "Write"
    CREATE = "Create"
    DELETE = "Delete"
    ALTER = "Alter"
    DESCRIBE = "Describe"
    ALTER_CONFIGS = "AlterConfigs"
    DESCRIBE_CONFIGS = "DescribeConfigs"


# What Kafka's authoriser grants besides: who may do something to a thing may also see it.
_IMPLIED: Final = {
    Operation.DESCRIBE: (Operation.READ, Operation.WRITE, Operation.DELETE, Operation.ALTER),
    Operation.DESCRIBE_CONFIGS: (Operation.ALTER_CONFIGS,),
}


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """One allowed operation of one principal, from any host. `principal` is `User:<name>`."""

    principal: str
    resource: Resource
    pattern: Pattern
    name: str
    operation: Operation

    def covers(self, resource: Resource, name: str) -> bool:
        """Return whether the rule is about the resource of that name."""
        return self.resource is resource and _holds((self.pattern, self.name), name)


def line(rule: Rule) -> str:
    """Return the rule as a line for people and for diffs."""
    parts = (rule.principal, rule.resource, rule.pattern, rule.name, rule.operation)
    return " | ".join(parts)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which groups and transactions of Kafka a principal uses: how their names begin."""

    group: str | None = None
    transaction: str | None = None


_REACH: Final = {
    Principal.INTAKE: Reach(group="intake", transaction="intake"),
    Principal.TRIAGE: Reach(group="triage", transaction="triage"),
    Principal.NOTIFIER: Reach(group="notifier"),
    Principal.OPERATOR: Reach(group="ops-"),
}
_ON_TOPICS: Final = (
    Operation.CREATE,
    Operation.DELETE,
    Operation.ALTER,
    Operation.DESCRIBE,
    Operation.ALTER_CONFIGS,
    Operation.DESCRIBE_CONFIGS,
)
# Alter on the cluster is the right to give rights and passwords.
_ON_CLUSTER: Final = (Operation.ALTER, Operation.DESCRIBE)


def rules(source_names: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return every allowed operation; `source_names` are the sources with a topic of their own."""
    own = (rule for name in source_names for rule in publisher_rules(name))
    # A principal may read and write a topic: it is described once.
    return tuple(dict.fromkeys((*_topic_rules(), *_name_rules(), *_operator_rules(), *own)))


def publisher_rules(name: str) -> tuple[Rule, ...]:
    """Return what the publisher of the source topic `name` may do: write it, and nothing else."""
    topic = source_topic(name).name
    return tuple(
        Rule(user(publisher(name)), Resource.TOPIC, Pattern.LITERAL, topic, operation)
        for operation in (Operation.WRITE, Operation.DESCRIBE)
    )


def publisher(name: str) -> str:
    """Return the login of the publisher of the source topic `name`."""
    return f"{PUBLISHER_PREFIX}{name}"


def user(login: str) -> str:
    """Return the principal that the broker makes of a login."""
    return f"{_USER}{login}"


def logins(source_names: Iterable[str] = ()) -> tuple[str, ...]:
    """Return who logs in: the principals of the registry, and a publisher per source name."""
    return (*map(str, Principal), *map(publisher, source_names))


def topics_of(principal: Principal) -> tuple[Topic, ...]:
    """Return the topics of the registry that a principal reads or writes, the only ones it sees."""
    return tuple(
        topic for topic in TOPICS.values() if principal in (*topic.readers, *topic.writers)
    )


def allows(
    granted: Collection[Rule],
    principal: str,
    operation: Operation,
    resource: Resource,
    name: str,
) -> bool:
    """Return whether a broker with these rules lets a principal do that, as Kafka decides it."""
    enough = (operation, *_IMPLIED.get(operation, ()))
    return any(
        rule.principal == principal and rule.operation in enough and rule.covers(resource, name)
        for rule in granted
    )


def concerns_us(resource: Resource, pattern: Pattern, name: str) -> bool:
    """Return whether a rule on this touches a name of Peerline's; then it must be one of ours.

    The cluster itself is the broker operator's: nothing about it is said here.
    """
    return any(
        rule.resource is resource and _meet((pattern, name), (rule.pattern, rule.name))
        for rule in rules()
        if rule.resource is not Resource.CLUSTER
    )


def _meet(one: tuple[Pattern, str], other: tuple[Pattern, str]) -> bool:
    return EVERY_NAME in (one[1], other[1]) or _holds(one, other[1]) or _holds(other, one[1])


def _holds(names: tuple[Pattern, str], name: str) -> bool:
    pattern, beginning = names
    return name.startswith(beginning) if pattern is Pattern.PREFIXED else name == beginning


def _topic_rules() -> Iterator[Rule]:
    for topic in TOPICS.values():
        for principal in topic.writers:
            yield from _on_topic(principal, topic.name, Operation.WRITE)
        for principal in topic.readers:
            yield from _on_topic(principal, topic.name, Operation.READ)
    # Publishers' own topics, whatever their names: each publisher may write one, intake reads all.
    for operation in (Operation.READ, Operation.DESCRIBE):
        yield Rule(
            user(Principal.INTAKE), Resource.TOPIC, Pattern.PREFIXED, SOURCE_PREFIX, operation
        )


def _on_topic(principal: Principal, name: str, operation: Operation) -> Iterator[Rule]:
    for each in (operation, Operation.DESCRIBE):
        yield Rule(user(principal), Resource.TOPIC, Pattern.LITERAL, name, each)


def _name_rules() -> Iterator[Rule]:
    for principal, reach in _REACH.items():
        if reach.group is not None:
            name = reach.group
            yield Rule(user(principal), Resource.GROUP, Pattern.PREFIXED, name, Operation.READ)
    for principal, reach in _REACH.items():
        if reach.transaction is not None:
            for operation in (Operation.WRITE, Operation.DESCRIBE):
                yield Rule(
                    user(principal),
                    Resource.TRANSACTIONAL_ID,
                    Pattern.PREFIXED,
                    reach.transaction,
                    operation,
                )


def _operator_rules() -> Iterator[Rule]:
    """Yield the rights to set Kafka up; of what topics hold, the operator reads only refusals."""
    operator = user(Principal.OPERATOR)
    for name in TOPICS:
        for operation in _ON_TOPICS:
            yield Rule(operator, Resource.TOPIC, Pattern.LITERAL, name, operation)
    for operation in _ON_TOPICS:
        yield Rule(operator, Resource.TOPIC, Pattern.PREFIXED, SOURCE_PREFIX, operation)
    for operation in _ON_CLUSTER:
        yield Rule(operator, Resource.CLUSTER, Pattern.LITERAL, CLUSTER_NAME, operation)

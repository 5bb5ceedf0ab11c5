"""Topics as a table for people and access rules for the broker, both from the registry."""

from collections.abc import Sequence
from typing import Any

import yaml

from shared.contracts.access import (
    Pattern,
    Resource,
    Rule,
    line,
    logins,
    publisher,
    publisher_rules,
    rules,
    user,
)
from shared.contracts.topics import DAY_MS, FOREVER_MS, TOPICS, Cleanup, Principal, Topic

_NAME = "NAME"  # who a site's publishers are, no registry of ours can know
_CLUSTER_LABEL = "peerline"  # the Kafka resource that the users belong to; a site's own name for it


def topic_table() -> str:
    """Return `docs/topics.md`."""
    rows = "\n".join(_row(topic) for topic in TOPICS.values())
    return (
        "# Topics\n\nGenerated from `shared/contracts/topics.py`; do not edit.\n\n"
        "| topic | key | holds | kept | written by | read by |\n|---|---|---|---|---|---|\n"
        f"{rows}\n"
    )


def _row(topic: Topic) -> str:
    cells = (
        f"`{topic.name}`",
        topic.key,
        topic.purpose,
        _kept(topic),
        ", ".join(topic.writers),
        "anyone" if topic.readers == tuple(Principal) else ", ".join(topic.readers),
    )
    return "| " + " | ".join(cells) + " |"


def _kept(topic: Topic) -> str:
    if topic.cleanup is Cleanup.COMPACT:
        return "newest of each key"
    if topic.retention_ms == FOREVER_MS:
        return "for ever"
    return f"{topic.retention_ms // DAY_MS} days"


def acl_lines() -> str:
    """Return `deploy/kafka/acls.txt`: one allowed operation a line, everything else is denied."""
    head = (
        "# principal | resource type | pattern | name | operation\n"
        "# Generated from shared/contracts/access.py; 'peerline kafka acls --apply' sets them.\n"
    )
    tail = (
        "# For each publisher on Kafka, NAME as in tenant.yaml; nothing else, on no other topic:\n"
    )
    recipe = "".join(f"# {line(rule)}\n" for rule in publisher_rules(_NAME))
    return head + "".join(f"{line(rule)}\n" for rule in rules()) + tail + recipe


def strimzi_users() -> str:
    """Return `deploy/kafka/strimzi-users.yaml`: a KafkaUser per login, a publisher as a pattern."""
    head = (
        "# A KafkaUser of Strimzi per login, generated from shared/contracts/access.py. The label\n"
        "# names your Kafka resource; its spec needs 'authorization: {type: simple}'. The last\n"
        "# one is a pattern: copy it for each publisher on Kafka, NAME as in tenant.yaml.\n"
    )
    users = [_strimzi_user(login, rules()) for login in logins()]
    pattern = _strimzi_user(publisher(_NAME), publisher_rules(_NAME))
    return head + yaml.safe_dump_all((*users, pattern), sort_keys=False, width=100)


def _strimzi_user(login: str, granted: Sequence[Rule]) -> dict[str, Any]:
    operations: dict[tuple[Resource, Pattern, str], list[str]] = {}
    for rule in granted:
        if rule.principal == user(login):
            about = (rule.resource, rule.pattern, rule.name)
            operations.setdefault(about, []).append(rule.operation.value)
    acls = [
        {"resource": _strimzi_resource(*about), "operations": names}
        for about, names in operations.items()
    ]
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": login, "labels": {"strimzi.io/cluster": _CLUSTER_LABEL}},
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": acls},
        },
    }


def _strimzi_resource(resource: Resource, pattern: Pattern, name: str) -> dict[str, str]:
    if resource is Resource.CLUSTER:
        return {"type": resource.value}
    kind = "literal" if pattern is Pattern.LITERAL else "prefix"
    return {"type": resource.value, "name": name, "patternType": kind}

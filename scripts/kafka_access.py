"""Topics as a table for people and access rules for the broker, both from the registry."""

from collections.abc import Iterator

from shared.contracts.topics import (
    DAY_MS,
    FOREVER_MS,
    SOURCE_PREFIX,
    TOPICS,
    Cleanup,
    Principal,
    Topic,
    source_topic,
)

_GROUPS = {
    Principal.INTAKE: "intake",
    Principal.TRIAGE: "triage",
    Principal.NOTIFIER: "notifier",
    Principal.OPERATOR: "ops-",
}
_TRANSACTIONS = {Principal.INTAKE: "intake", Principal.TRIAGE: "triage"}
_PUBLISHER = "publisher-NAME"  # who a site's publishers are, no registry of ours can know


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
    head = "# principal | resource type | pattern | name | operation   (generated from topics.py)\n"
    tail = (
        "# For each publisher on Kafka, NAME as in tenant.yaml; nothing else, on no other topic:\n"
    )
    recipe = "".join(f"# {line}\n" for line in publisher_acls("NAME"))
    return head + "\n".join(_acls()) + "\n" + tail + recipe


def publisher_acls(name: str) -> Iterator[str]:
    """Yield what the publisher of the source topic `name` may do: write to it, and nothing else."""
    principal = _PUBLISHER.replace("NAME", name)
    for operation in ("Write", "Describe"):
        yield f"User:{principal} | topic | literal | {source_topic(name).name} | {operation}"


def _acls() -> Iterator[str]:
    for topic in TOPICS.values():
        for principal in topic.writers:
            yield f"User:{principal} | topic | literal | {topic.name} | Write"
            yield f"User:{principal} | topic | literal | {topic.name} | Describe"
        for principal in topic.readers:
            yield f"User:{principal} | topic | literal | {topic.name} | Read"
            yield f"User:{principal} | topic | literal | {topic.name} | Describe"
    # Publishers' own topics, whatever their names: each publisher may write one, intake reads all.
    for operation in ("Read", "Describe"):
        yield f"User:{Principal.INTAKE} | topic | prefixed | {SOURCE_PREFIX} | {operation}"
    for principal, group in _GROUPS.items():
        yield f"User:{principal} | group | prefixed | {group} | Read"
    for principal, prefix in _TRANSACTIONS.items():
        yield f"User:{principal} | transactionalId | prefixed | {prefix} | Write"
        yield f"User:{principal} | transactionalId | prefixed | {prefix} | Describe"

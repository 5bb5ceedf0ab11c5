"""The registry of topics: names, keys, retention, who writes and who reads.

Topic creation, ACLs, AsyncAPI and the table in the docs are generated from `TOPICS`; a drift check
compares.
Partition counts are fixed at installation: a tenant's partition would move (ADR 0002).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

DAY_MS: Final = 86_400_000
FOREVER_MS: Final = -1
DEFAULT_PARTITIONS: Final = 6
MIB: Final = 1_048_576


class Principal(StrEnum):
    """Who may act on Kafka; one credential each (operations.md section 1)."""

    INTAKE_HTTP = "intake-http"
    INTAKE = "intake"
    TRIAGE = "triage"
    NOTIFIER = "notifier"
    AUDITOR = "auditor"
    NOTARY = "notary"
    RULES_ADMIN = "rules-admin"
    OPERATOR = "operator"


class Cleanup(StrEnum):
    """Kafka's cleanup policies that we use."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic.

    `partitions` 0 means the site's partition count; retention in milliseconds, -1 for ever.
    """

    name: str
    key: str
    purpose: str
    writers: tuple[Principal, ...]
    readers: tuple[Principal, ...]
    retention_ms: int = FOREVER_MS
    cleanup: Cleanup = Cleanup.DELETE
    partitions: int = 0
    max_message_bytes: int = MIB
    append_time: bool = False

    def partition_count(self, site: int) -> int:
        """Return how many partitions the topic has on a site whose count is `site`."""
        return self.partitions or site

    def config(self) -> dict[str, str]:
        """Return the topic's broker settings."""
        settings = {
            "cleanup.policy": self.cleanup.value,
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(self.max_message_bytes),
            "message.timestamp.type": "LogAppendTime" if self.append_time else "CreateTime",
        }
        if self.cleanup is Cleanup.COMPACT:
            settings["delete.retention.ms"] = str(7 * DAY_MS)
        return settings


P = Principal
DECISION_RETENTION_MS: Final = 3 * 365 * DAY_MS

RAW: Final = Topic(
    name="incident.raw.v1",
    key="tenant",
    purpose="What was received, encrypted per record.",
    writers=(P.INTAKE_HTTP, P.INTAKE),
    readers=(P.INTAKE,),
    retention_ms=90 * DAY_MS,
    max_message_bytes=2 * MIB,
    append_time=True,
)
REPORTED: Final = Topic(
    name="incident.reported.v1",
    key="incident_key",
    purpose="The canonical, pseudonymous report.",
    writers=(P.INTAKE,),
    readers=(P.TRIAGE, P.INTAKE, P.AUDITOR, P.NOTARY),
    retention_ms=DECISION_RETENTION_MS,
)
REJECTED: Final = Topic(
    name="incident.rejected.v1",
    key="tenant",
    purpose="Why intake refused a payload; never the payload.",
    writers=(P.INTAKE_HTTP, P.INTAKE),
    readers=(P.AUDITOR, P.OPERATOR, P.INTAKE),
    retention_ms=400 * DAY_MS,
)
DECISION: Final = Topic(
    name="triage.decision.v1",
    key="incident_key",
    purpose="The full, explained decision, for auditors.",
    writers=(P.TRIAGE,),
    readers=(P.AUDITOR, P.NOTARY, P.TRIAGE),
    retention_ms=DECISION_RETENTION_MS,
)
REQUESTED: Final = Topic(
    name="outreach.requested.v1",
    key="case_ref",
    purpose="Who, how urgent and by when; no incident facts.",
    writers=(P.TRIAGE,),
    readers=(P.NOTIFIER,),
    retention_ms=30 * DAY_MS,
)
STATE: Final = Topic(
    name="triage.state.v1",
    key="incident_key",
    purpose="Compacted memo of each incident; can be rebuilt.",
    writers=(P.TRIAGE,),
    readers=(P.TRIAGE,),
    cleanup=Cleanup.COMPACT,
)
QUESTION: Final = Topic(
    name="triage.question.v1",
    key="incident_key",
    purpose="What a report leaves open, for its publisher.",
    writers=(P.TRIAGE,),
    readers=(P.INTAKE, P.AUDITOR),
    retention_ms=90 * DAY_MS,
)
TRIAGE_REJECTED: Final = Topic(
    name="triage.rejected.v1",
    key="as input",
    purpose="Duplicates and reports that triage could not decide.",
    writers=(P.TRIAGE,),
    readers=(P.OPERATOR, P.AUDITOR, P.TRIAGE),
    retention_ms=DECISION_RETENTION_MS,
)
RULESET: Final = Topic(
    name="triage.ruleset.v1",
    key="set/<hash> or activation/<tenant>/<effective_from>",
    purpose="Rule sets by hash and their signed activations.",
    writers=(P.RULES_ADMIN,),
    readers=(P.TRIAGE, P.AUDITOR, P.NOTARY, P.RULES_ADMIN),
    cleanup=Cleanup.COMPACT,
    partitions=1,
)
CASE: Final = Topic(
    name="outreach.case.v1",
    key="case_ref",
    purpose="What happened to each case, pseudonymous.",
    writers=(P.NOTIFIER,),
    readers=(P.AUDITOR, P.NOTIFIER, P.NOTARY),
    retention_ms=DECISION_RETENTION_MS,
)
CHECKPOINT: Final = Topic(
    name="audit.checkpoint.v1",
    key="topic-partition",
    purpose="Signed Merkle checkpoints of the notary.",
    writers=(P.NOTARY,),
    readers=tuple(Principal),
    partitions=1,
)

_ALL: Final = (
    RAW,
    REPORTED,
    REJECTED,
    DECISION,
    REQUESTED,
    STATE,
    QUESTION,
    TRIAGE_REJECTED,
    RULESET,
    CASE,
    CHECKPOINT,
)
TOPICS: Final[Mapping[str, Topic]] = MappingProxyType({topic.name: topic for topic in _ALL})


SOURCE_PREFIX: Final = "incident.source."


def source_topic(name: str) -> Topic:
    """Return a publisher's own source topic `incident.source.<name>.v1`.

    Bound to one tenant by settings.
    """
    return Topic(
        name=f"{SOURCE_PREFIX}{name}.v1",
        key="any",
        purpose="One publisher's own records, as sent.",
        writers=(),
        readers=(P.INTAKE,),
        retention_ms=30 * DAY_MS,
        partitions=1,
        max_message_bytes=2 * MIB,
        append_time=True,
    )


def source_name(topic: str) -> str:
    """Return the name under which `source_topic` gives the topic of this full name."""
    return topic.removeprefix(SOURCE_PREFIX).removesuffix(".v1")

"""A tiny decider and reports for the tests of triage's edges: the real one's shape, no rules."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from services.triage.agent.stretch import Deciding
from shared.contracts import IncidentReported, TriageDecision, TriageQuestion, TriageRejected
from shared.contracts.cloudevents import Attributes
from shared.contracts.triage_decision import InputPosition, RuleSetId
from shared.contracts.words import Outcome, RejectionCode
from shared.identity import derive_id, incident_key, sha256_hex
from shared.kafka.cloudevents import outgoing, to_headers
from shared.kafka.records import Incoming, Outgoing

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RULES = RuleSetId(name="fake", hash="sha256:0", semantics="kleene/1")


def a_reported(record_id: str = "r1", tenant: str = "alpha", **changes: Any) -> IncidentReported:
    """Return a small canonical report."""
    document = {
        "tenant": tenant,
        "event_id": str(derive_id("event", tenant, "native", record_id, "1", "0")),
        "incident_key": incident_key(tenant, "native", record_id),
        "content_hash": "sha256:1",
        "ordering": {"by": "arrival", "value": "1"},
        "received_at": NOON.isoformat(),
        "source_system": "native",
        "source": {
            "format": "native",
            "record_id": record_id,
            "raw_sha256": "0",
            "raw_ref": "incident.raw.v1/0/0",
        },
        "quality": {"mapping_id": "native", "mapping_version": 1},
    }
    return IncidentReported.model_validate(document | changes)


def a_reported_record(report: IncidentReported, *, partition: int = 0) -> Outgoing:
    """Return the report as intake writes it."""
    return outgoing(
        report,
        key=report.incident_key,
        event_id=report.event_id,
        source=f"urn:peerline:intake:{report.tenant}",
        subject=report.incident_key,
        time=report.received_at,
        partition=partition,
    )


def an_incoming(
    record: Outgoing, *, offset: int = 0, topic: str = "incident.reported.v1"
) -> Incoming:
    """Return a written record as it would be read back."""
    return Incoming(
        topic=topic,
        partition=record.partition,
        offset=offset,
        timestamp_ms=1_795_000_000_000,
        key=record.key,
        value=record.value,
        headers=record.headers,
    )


def some_headers(**changes: str) -> tuple[tuple[str, bytes], ...]:
    """Return valid CloudEvents headers of a report with some attributes changed."""
    given = {"id": "1", "source": "urn:test", "type": "incident.reported.v1"} | changes
    return to_headers(Attributes(given["id"], given["source"], given["type"]))


@dataclass(frozen=True, slots=True)
class FakeStep:
    """What the fake decider returns; `apply` reads `seen`."""

    seen: str | None = None
    decision: TriageDecision | None = None
    refused: TriageRejected | None = None
    requests: tuple[Any, ...] = ()
    questions: tuple[TriageQuestion, ...] = ()
    memos: Mapping[str, bytes | None] = field(default_factory=dict)


class FakeMemory:
    """Remembers how many decisions each incident has, and how many there were before it."""

    def __init__(self) -> None:
        self.ordinals: dict[str, int] = {}
        self.events: set[str] = set()

    def restore(self, key: str, value: bytes | None) -> None:
        if value is None:
            self.ordinals.pop(key, None)
            return
        memo = json.loads(value)
        self.ordinals[key] = memo["ordinal"]
        self.events.update(memo["events"])

    def apply(self, step: FakeStep) -> None:
        for key, value in step.memos.items():
            self.restore(key, value)


def fake_decide(
    memory: FakeMemory, report: IncidentReported, _rules: object, position: InputPosition
) -> FakeStep:
    """Decide nothing; `ordinal` counts the partition's decisions, so lost memory shows."""
    _misbehave(report.source.record_id)
    event = str(report.event_id)
    if event in memory.events:
        return FakeStep(refused=_duplicate(report, position))
    ordinal = len(memory.events)
    memo = {"ordinal": ordinal, "events": [event]}
    return FakeStep(
        decision=_decision(report, position, ordinal),
        memos={report.incident_key: json.dumps(memo).encode()},
    )


def _misbehave(record_id: str) -> None:
    if record_id.startswith("raises"):
        raise ZeroDivisionError
    if record_id.startswith("kills"):
        os.kill(os.getpid(), signal.SIGKILL)
    if record_id.startswith("slow"):
        time.sleep(0.4)


def _decision(report: IncidentReported, position: InputPosition, ordinal: int) -> TriageDecision:
    return TriageDecision(
        decision_id=derive_id(
            "decision", str(report.event_id), str(ordinal), "sha256:0", "kleene/1"
        ),
        engine="fake",
        input=position,
        event_id=report.event_id,
        ordinal=ordinal,
        incident_key=report.incident_key,
        occurrence_id=derive_id("occurrence", report.incident_key),
        tenant=report.tenant,
        outcome=Outcome.NONE,
        rule_set=RULES,
        texts=_texts(report.source.record_id),
        decided_for=report.received_at,
        output_digest="sha256:0",
    )


def _texts(record_id: str) -> tuple[str, ...]:
    if record_id.startswith("bulky"):
        return _incompressible(3_000_000)
    return ("word" * 200_000,) if record_id.startswith("wordy") else ()


def _incompressible(characters: int) -> tuple[str, ...]:
    return tuple(sha256_hex(str(number).encode()) for number in range(characters // 64))


def _duplicate(report: IncidentReported, position: InputPosition) -> TriageRejected:
    return TriageRejected(
        rejected_id=derive_id("duplicate", position.topic, str(position.offset)),
        tenant=report.tenant,
        code=RejectionCode.DUPLICATE,
        stage="triage",
        input_topic=position.topic,
        partition=position.partition,
        offset=position.offset,
        at=report.received_at,
        event_id=report.event_id,
        incident_key=report.incident_key,
    )


class ReadyRules:
    """Rules that are always there: nothing is read."""

    async def read_to_end(self) -> None:
        """Return at once."""

    async def follow(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    def is_current(self) -> bool:
        """Return True."""
        return True

    async def close(self) -> None:
        """Do nothing."""


def fake_choose(tenant: str, _received_at: datetime) -> Any:
    """Return rules for every tenant but `unruled`."""
    return None if tenant == "unruled" else "rules"


def fake_deciding(choose: Any = fake_choose, **parts: Any) -> Deciding:
    """Return the fake as the agent takes it; a tenant called `unruled` has no rules."""
    given = {"decide": fake_decide, "new_memory": FakeMemory, "choose": choose} | parts
    return Deciding(**given)

"""What a decided or refused report becomes: records on the input's partition number."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from services.triage.agent.opening import Unreadable
from shared.contracts import (
    IncidentReported,
    OutreachRequested,
    TriageDecision,
    TriageQuestion,
    TriageRejected,
)
from shared.contracts.cloudevents import Attributes
from shared.contracts.words import RejectionCode
from shared.identity import derive_id
from shared.kafka.cloudevents import outgoing
from shared.kafka.records import Incoming, Outgoing

STAGE: Final = "triage"
PASSED_ON: Final = ("traceparent",)
LONGEST_KEY: Final = 256


class Step(Protocol):
    """What `decide` returns: everything one report changes and says."""

    @property
    def decision(self) -> TriageDecision | None:
        """The decision, unless the report was refused."""
        ...

    @property
    def refused(self) -> TriageRejected | None:
        """Why there is none: a duplicate."""
        ...

    @property
    def requests(self) -> tuple[OutreachRequested, ...]:
        """What is asked of the notifier."""
        ...

    @property
    def questions(self) -> tuple[TriageQuestion, ...]:
        """What is asked of the publisher."""
        ...

    @property
    def memos(self) -> Mapping[str, bytes | None]:
        """What is remembered: changelog records by key, None for a tombstone."""
        ...


def outputs_of(
    step: Step, report: IncidentReported, attributes: Attributes, partition: int
) -> tuple[Outgoing, ...]:
    """Return the records of one step, the decision first."""
    extensions = {
        name: attributes.extensions[name] for name in PASSED_ON if name in attributes.extensions
    }
    shared = {
        "source": f"urn:peerline:triage:{report.tenant}",
        "partition": partition,
        "extensions": extensions,
    }
    return tuple(_records(step, report, shared))


def _records(step: Step, report: IncidentReported, shared: dict[str, Any]) -> Iterator[Outgoing]:
    incident = report.incident_key
    if step.decision is not None:
        yield outgoing(
            step.decision,
            key=incident,
            event_id=step.decision.decision_id,
            subject=incident,
            time=step.decision.decided_for,
            **shared,
        )
    for request in step.requests:
        case = str(request.case_ref)
        time = report.received_at
        yield outgoing(
            request, key=case, event_id=request.request_id, subject=case, time=time, **shared
        )
    for question in step.questions:
        number = derive_id("question", str(question.event_id), question.field, question.text)
        time = question.asked_for
        yield outgoing(
            question, key=incident, event_id=number, subject=incident, time=time, **shared
        )
    if step.refused is not None:
        number = step.refused.rejected_id
        time = step.refused.at
        yield outgoing(
            step.refused, key=incident, event_id=number, subject=incident, time=time, **shared
        )


def poison(record: Incoming, why: Unreadable) -> Outgoing:
    """Return the rejection of a record that cannot be read."""
    return _rejection(record, code=why.code, pointer=why.pointer, severity="normal")


def too_large(record: Incoming, report: IncidentReported) -> Outgoing:
    """Return the rejection of a report whose decision or memo no topic would take; it pages."""
    return _rejection(record, report, code=RejectionCode.TOO_LARGE, severity="high")


def parked(
    record: Incoming, report: IncidentReported | None, attempts: int, error_type: str | None
) -> Outgoing:
    """Return the rejection of a report that ended too many lives at its offset; it pages."""
    return _rejection(
        record,
        report,
        code=RejectionCode.DECIDE_ERROR,
        severity="high",
        attempts=attempts,
        error_type=error_type,
    )


def _rejection(
    record: Incoming,
    report: IncidentReported | None = None,
    **why: Any,  # noqa: ANN401  # fields of TriageRejected, which checks them
) -> Outgoing:
    refusal = TriageRejected(
        rejected_id=derive_id(
            "triage-rejected", record.topic, str(record.partition), str(record.offset)
        ),
        tenant=report.tenant if report else None,
        event_id=report.event_id if report else None,
        incident_key=report.incident_key if report else None,
        stage=STAGE,
        input_topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        # Kafka's time of the record, not a clock: the same record is rejected the same way again.
        at=datetime.fromtimestamp(record.timestamp_ms / 1000, UTC),
        **why,
    )
    return outgoing(
        refusal,
        key=_key(record),
        event_id=refusal.rejected_id,
        source=f"urn:peerline:triage:{refusal.tenant}" if refusal.tenant else "urn:peerline:triage",
        subject=refusal.incident_key,
        time=refusal.at,
        partition=record.partition,
    )


def _key(record: Incoming) -> str:
    place = f"{record.topic}/{record.partition}/{record.offset}"
    if not record.key or len(record.key) > LONGEST_KEY:
        return place
    try:
        return record.key.decode()
    except UnicodeDecodeError:
        return place

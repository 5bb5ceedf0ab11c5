"""What is noted of a report: from a promise, from what the normaliser wrote, from a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.intake.domain.finish import flags_at
from services.intake.domain.results import Draft
from services.intake.status.store import Rejection, State, Status
from shared.contracts import IncidentRejected
from shared.contracts.topics import REJECTED
from shared.kafka.records import Outgoing


@dataclass(frozen=True, slots=True)
class Note:
    """What is to be noted of one record that an edge wrote."""

    status: Status | None = None
    rejection: Rejection | None = None


def received_note(draft: Draft, at: datetime) -> Status:
    """Return the status of a report that Kafka has taken and nobody has mapped for good."""
    return _status(draft, State.RECEIVED, at)


def mapped_notes(
    drafts: Sequence[Draft], event_id: UUID | None, received_at: datetime
) -> list[Note]:
    """Return what is noted of the reports of a record that are being published.

    `event_id` is that of the record: a publisher was told no other one if the report was refused
    before, or if its mapping has changed since. It says the same then as the report's own.
    """
    notes = [Note(_status(draft, State.MAPPED, received_at)) for draft in drafts]
    if drafts and event_id is not None and all(draft.event_id != event_id for draft in drafts):
        notes.append(Note(_status_of_record(drafts, event_id, received_at)))
    return notes


def rejected_note(written: Outgoing, systems: tuple[str, ...], noted_at: datetime) -> Note | None:
    """Return what is noted of a rejection record; None for one that is nobody's.

    `systems` are those that the report may be of.
    """
    if written.topic != REJECTED.name:
        return None
    told = IncidentRejected.model_validate_json(written.value or b"")
    if told.tenant is None:
        return None
    rejection = Rejection(
        rejected_id=told.rejected_id,
        tenant=told.tenant,
        systems=systems,
        code=told.code,
        received_at=told.at,
        noted_at=noted_at,
        index=told.index,
        pointer=told.pointer,
        event_id=told.event_id,
        raw_sha256=told.raw_sha256,
        size_bytes=told.size_bytes,
    )
    return Note(_refused(told, rejection), rejection)


def _status(draft: Draft, state: State, received_at: datetime) -> Status:
    return Status(
        event_id=draft.event_id,
        tenant=draft.tenant,
        systems=(draft.source_system,),
        state=state,
        received_at=received_at,
        incident_key=draft.incident_key,
        content_hash=draft.content_hash if state is State.MAPPED else None,
        flags=flags_at(draft, received_at),
    )


def _status_of_record(drafts: Sequence[Draft], event_id: UUID, received_at: datetime) -> Status:
    if len(drafts) == 1:
        return replace(_status(drafts[0], State.MAPPED, received_at), event_id=event_id)
    return Status(
        event_id=event_id,
        tenant=drafts[0].tenant,
        systems=tuple(sorted({draft.source_system for draft in drafts})),
        state=State.MAPPED,
        received_at=received_at,
    )


def _refused(told: IncidentRejected, rejection: Rejection) -> Status | None:
    if told.event_id is None:
        return None
    return Status(
        event_id=told.event_id,
        tenant=rejection.tenant,
        systems=rejection.systems,
        state=State.REJECTED,
        received_at=told.at,
        code=told.code,
        pointer=told.pointer,
    )

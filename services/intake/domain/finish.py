"""Complete a draft with what only Kafka knows: when it arrived and where its raw bytes lie."""

from datetime import datetime, timedelta
from typing import Final

from services.intake.domain.results import Draft
from shared.contracts.incident_reported import IncidentReported
from shared.contracts.values import write_moment
from shared.contracts.words import QualityFlag

AHEAD: Final = timedelta(hours=24)


def finish(draft: Draft, *, received_at: datetime, raw_ref: str) -> IncidentReported:
    """Return the canonical report; the same arguments always give the same report.

    `received_at` is aware (the append time of the first record Kafka saw), `raw_ref` is
    `topic/partition/offset` of the raw record.
    """
    arrival = write_moment(received_at)
    return IncidentReported.model_validate(
        {
            **draft.content,
            "event_id": draft.event_id,
            "content_hash": draft.content_hash,
            "mapping_generation": draft.mapping_generation,
            "received_at": arrival,
            "ordering": {"by": draft.ordering_by, "value": draft.ordering_value or arrival},
            "source": {
                "format": draft.format,
                "format_version": draft.format_version,
                "record_id": draft.record_id,
                "revision": draft.revision,
                "raw_sha256": draft.raw_sha256,
                "raw_ref": raw_ref,
            },
            "quality": {
                "flags": flags_at(draft, received_at),
                "unmapped": [{"field": f, "value_hash": h} for f, h in draft.unmapped],
                "mapping_id": draft.mapping_id or draft.format,
                "mapping_version": draft.mapping_version,
            },
        }
    )


def flags_at(draft: Draft, received_at: datetime) -> tuple[QualityFlag, ...]:
    """Return the draft's flags, with `future_date` when it speaks of more than a day ahead."""
    if draft.newest is None or draft.newest <= received_at + AHEAD:
        return draft.flags
    return tuple(sorted({*draft.flags, QualityFlag.FUTURE_DATE}))

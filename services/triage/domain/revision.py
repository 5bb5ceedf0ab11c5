"""What a report is to its incident: new, stale, or a duplicate (rules.md section 8)."""

from dataclasses import dataclass
from enum import StrEnum

from services.triage.domain.memo import Memo, content_mark
from shared.contracts import IncidentReported


class Novelty(StrEnum):
    """How a report relates to the newest revision of its incident."""

    NEW = "new"
    STALE = "stale"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class Revision:
    """A report's novelty; `ordinal` counts how often its event was decided before (A, B, A: 1)."""

    novelty: Novelty
    ordinal: int
    is_later: bool


def place(known: Memo | None, report: IncidentReported) -> Revision:
    """Return what the report is; `is_later` says that it stands behind the newest in order."""
    if known is None:
        return Revision(Novelty.NEW, 0, is_later=True)
    order = _compare(known, report)
    ordinal = _times_decided(known, report.event_id.bytes[:8])
    same = known.event_id == report.event_id.bytes
    if same or known.content == content_mark(report.content_hash):
        return Revision(Novelty.DUPLICATE, ordinal, is_later=order > 0)
    novelty = Novelty.STALE if order < 0 else Novelty.NEW
    return Revision(novelty, ordinal, is_later=order >= 0)


def _compare(known: Memo, report: IncidentReported) -> int:
    """Return 1 if the report is ordered after the newest revision, -1 before, 0 beside it.

    Another ordering key than the one we know means that the tenant changed it: the report is later.
    """
    if known.order_by != report.ordering.by.value:
        return 1
    mine = (known.order, known.generation)
    theirs = (report.ordering.value, report.mapping_generation)
    return (theirs > mine) - (theirs < mine)


def _times_decided(known: Memo, mark: bytes) -> int:
    decided = known.decided
    return sum(decided[at : at + 8] == mark for at in range(0, len(decided), 8))

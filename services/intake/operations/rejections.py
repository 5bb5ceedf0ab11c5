"""Lists what was refused, from incident.rejected.v1: codes, places and sizes, never a payload."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from shared.contracts import IncidentRejected
from shared.contracts.topics import RAW
from shared.contracts.values import write_moment
from shared.contracts.words import RejectionCode
from shared.kafka.records import Incoming

COLUMNS: Final = (
    "rejected_id",
    "at",
    "tenant",
    "reason",
    "severity",
    "stage",
    "field",
    "record",
    "size_bytes",
    "event_id",
    "sha256",
)
_SHOWN: Final = ("at", "tenant", "reason", "severity", "field", "record", "rejected_id")
# A spreadsheet runs a cell that begins so as a formula (ASVS 1.2.10).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which refusals are meant; what is None or empty does not matter."""

    tenant: str | None = None
    reason: RejectionCode | None = None
    since: datetime | None = None
    ids: frozenset[UUID] = field(default=frozenset())

    def covers(self, told: IncidentRejected) -> bool:
        """Say whether a refusal is meant."""
        return (
            self.tenant in {None, told.tenant}
            and self.reason in {None, told.code}
            and (self.since is None or told.at >= self.since)
            and (not self.ids or told.rejected_id in self.ids)
        )


def rejections(records: Iterable[Incoming], wanted: Wanted) -> Iterator[IncidentRejected]:
    """Yield the refusals that are meant, each once, in the order of the topic."""
    seen: set[UUID] = set()
    for record in records:
        told = IncidentRejected.model_validate_json(record.value or b"")
        if wanted.covers(told) and told.rejected_id not in seen:
            seen.add(told.rejected_id)
            yield told


def raw_places(told: Iterable[IncidentRejected]) -> frozenset[tuple[int, int]]:
    """Return partition and offset of the raw records that were refused and can be mapped again."""
    return frozenset(
        (each.partition, each.offset)
        for each in told
        if each.input_topic == RAW.name and each.raw_ref is not None
    )


def table(told: Sequence[IncidentRejected]) -> Iterator[str]:
    """Yield the refusals as a table, then how many there are of each reason and tenant."""
    rows = [dict(zip(COLUMNS, _row(each), strict=True)) for each in told]
    widths = {name: max(len(name), *(len(row[name]) for row in rows), 0) for name in _SHOWN}
    if rows:
        yield "  ".join(name.ljust(widths[name]) for name in _SHOWN).rstrip()
    for row in rows:
        yield "  ".join(row[name].ljust(widths[name]) for name in _SHOWN).rstrip()
    counts = Counter((each.tenant or "-", each.code.value) for each in told)
    for (tenant, reason), count in sorted(counts.items()):
        yield f"{count:>7}  {tenant}  {reason}"
    yield f"{len(rows)} refused"


def as_csv(told: Iterable[IncidentRejected]) -> str:
    """Return the refusals as CSV with a heading; no cell is run as a formula by a spreadsheet."""
    written = io.StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows([_inert(cell) for cell in _row(each)] for each in told)
    return written.getvalue()


def _row(told: IncidentRejected) -> tuple[str, ...]:
    return (
        str(told.rejected_id),
        write_moment(told.at),
        told.tenant or "",
        told.code.value,
        told.severity,
        told.stage,
        told.pointer or "",
        told.raw_ref or (f"{told.input_topic}/{told.partition}/{told.offset}" * (told.offset >= 0)),
        "" if told.size_bytes is None else str(told.size_bytes),
        str(told.event_id or ""),
        told.raw_sha256 or "",
    )


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

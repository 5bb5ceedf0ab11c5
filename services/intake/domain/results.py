"""What mapping answers: a draft of the canonical report, or a named refusal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from shared.contracts.words import OrderingKey, QualityFlag, RejectionCode

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(slots=True)  # not frozen, which makes a value dear; nobody changes one
class Draft:
    """A mapped report that only lacks when and where Kafka took it: see `finish`.

    `content` holds the fields of `IncidentReported` as plain JSON values, `sealed` included.
    `ordering_value` None means that the revision is ordered by its arrival. `newest` is the latest
    moment the report speaks of. Two drafts of the same bytes are equal but for `sealed`.
    """

    event_id: UUID
    incident_key: str
    content_hash: str
    tenant: str
    source_system: str
    record_id: str
    revision: str | None
    ordering_by: OrderingKey
    ordering_value: str | None
    mapping_generation: int
    format: str
    format_version: str | None
    mapping_version: int
    raw_sha256: str
    content: Mapping[str, Any] = field(repr=False)
    flags: tuple[QualityFlag, ...] = ()
    unmapped: tuple[tuple[str, str], ...] = ()
    newest: datetime | None = None
    mapping_id: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A report's part in a transaction, which is taken whole or not at all.

    `first` is the index of the transaction's first report in the request, `place` this one's place
    among its `size` reports, from 0.
    """

    first: int
    place: int
    size: int


@dataclass(slots=True)  # as a Draft; `receive` numbers it once all reports are mapped
class Mapped:
    """One report, mapped, with the bytes of its own raw record.

    `receive(body, hints with this content_type and headers)` gives the same draft again. `index` is
    the report's place in the request, from 0; `repeats` names the newest report of the same record
    before it, where that is equal: this one adds nothing to it.
    """

    draft: Draft
    index: int
    body: bytes = field(repr=False)
    content_type: str | None = field(default=None, repr=False)
    headers: Headers = field(default=(), repr=False)
    repeats: int | None = None
    transaction: Membership | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """One report, or a whole body, that goes no further; no text of the payload is in it.

    `detail` says what happened, why it matters and what to do. `is_media_problem` tells an HTTP
    edge that another media type would help (415). `because_of` is the index of the failed sibling
    in a transaction: alone, these bytes would be mapped, so the edge must note the refusal.
    `transaction` is set for each member of one that failed by its reports alone: tried together,
    they may be mapped one day. `fault` is what our own code raised; its text may be the payload's.
    """

    code: RejectionCode
    detail: str
    index: int
    body: bytes = field(repr=False)
    pointer: str | None = None
    content_type: str | None = field(default=None, repr=False)
    headers: Headers = field(default=(), repr=False)
    is_media_problem: bool = False
    because_of: int | None = None
    transaction: Membership | None = None
    fault: Exception | None = field(default=None, repr=False, compare=False)


Result: TypeAlias = Mapped | Refused


def faults(results: Iterable[Result]) -> tuple[Exception, ...]:
    """Return what our own code raised, the first of each type: a thousand reports fail alike."""
    first: dict[type[Exception], Exception] = {}
    for result in results:
        if isinstance(result, Refused) and result.fault is not None:
            first.setdefault(type(result.fault), result.fault)
    return tuple(first.values())

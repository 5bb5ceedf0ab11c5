"""The port of the status store: what publishers may ask about their own reports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol
from uuid import UUID

from shared.contracts.words import QualityFlag, RejectionCode

_FIRST: Final = UUID(int=0)


class State(StrEnum):
    """Where a report is: durable, published, refused, or made unreadable on request."""

    RECEIVED = "received"
    MAPPED = "mapped"
    REJECTED = "rejected"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of one report.

    `systems` are the source systems that it may be of: one once it is mapped, all of its credential
    where it never was. `received_at` is the edge's clock until Kafka's own time is known.
    `content_hash` is that of the first report published under this event id, whatever came later.
    """

    event_id: UUID
    tenant: str
    systems: tuple[str, ...]
    state: State
    received_at: datetime
    incident_key: str | None = None
    content_hash: str | None = None
    flags: tuple[QualityFlag, ...] = ()
    code: RejectionCode | None = None
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """One refusal as its publisher may see it; `noted_at` orders them for reading page by page."""

    rejected_id: UUID
    tenant: str
    systems: tuple[str, ...]
    code: RejectionCode
    received_at: datetime
    noted_at: datetime
    index: int = 0
    pointer: str | None = None
    event_id: UUID | None = None
    raw_sha256: str | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of rejections: after this moment and, within it, after this id."""

    noted_at: datetime
    rejected_id: UUID = _FIRST


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: the tenant and source systems of a credential."""

    tenant: str
    systems: frozenset[str]

    def may_see(self, systems: Collection[str]) -> bool:
        """Say whether all systems that a report may be of are the viewer's own."""
        return self.systems.issuperset(systems)


class StatusStore(Protocol):
    """Written by all edges, read by the HTTP edge; each call may block for seconds.

    Every method raises KeyStoreUnavailableError when the database does not answer.
    """

    def announce(self, statuses: Sequence[Status]) -> None:
        """Note reports as received; what is known of a report already stays as it is."""
        ...

    def settle(self, statuses: Sequence[Status], rejections: Sequence[Rejection]) -> None:
        """Note what became of reports, in one commit; repeatable, the last call wins.

        Only the first `content_hash` of a report stays: triage takes no second one.
        """
        ...

    def erase(self, event_ids: Collection[UUID]) -> None:
        """Note reports as erased that were only received; one that was mapped was mapped."""
        ...

    def find(self, viewer: Viewer, event_id: UUID) -> Status | None:
        """Return the report's status where the viewer may see it."""
        ...

    def known(self, event_ids: Collection[UUID]) -> Mapping[UUID, Status]:
        """Return what is known of each of these reports, whoever's they are: for operators."""
        ...

    def rejections(
        self, viewer: Viewer, after: Place, until: datetime, most: int
    ) -> tuple[Rejection, ...]:
        """Return at most `most` refusals after a place and noted before `until`, in order."""
        ...

    def prune(self, before: datetime) -> int:
        """Forget what was received before a moment; return how many rows."""
        ...

"""Erases reports: their data keys go, a tombstone stays, and no copy can be read ever again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.domain.results import Mapped
from services.intake.keystore.cipher import StoredKey
from services.intake.keystore.store import KeyStore
from services.intake.operations.opening import Labelled, Opened, Opener
from services.intake.raw.copying import received_at
from services.intake.status.store import StatusStore
from shared.contracts.values import write_moment
from shared.kafka.records import Incoming


@dataclass(frozen=True, slots=True)
class Erasable:
    """One report that will be unreadable; several records, copies of each other, may hold it."""

    key_id: UUID
    event_id: UUID
    tenant: str
    received_at: datetime
    place: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which reports are meant: by event ids, by the record's incident_key, or all before a time."""

    tenant: str
    event_ids: frozenset[UUID] = frozenset()
    incident_key: str | None = None
    before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Eraser:
    """Finds reports and erases them; raises what key store, status store and `Opener` raise."""

    opener: Opener
    keys: KeyStore
    statuses: StatusStore

    def find(self, records: Iterable[Labelled], wanted: Selection) -> tuple[Erasable, ...]:
        """Return the reports that are meant and not erased yet, each once."""
        own = ((r, label) for r, label in records if label.tenant == wanted.tenant)
        chosen = self._chosen(own, wanted)
        once: dict[UUID, Erasable] = {}
        for record, label in chosen:
            once.setdefault(
                label.key_id,
                Erasable(
                    label.key_id,
                    label.event_id,
                    label.tenant,
                    received_at(record, label),
                    _place(record),
                ),
            )
        there = self.keys.find(once)
        return tuple(e for e in once.values() if isinstance(there.get(e.key_id), StoredKey))

    def erase(self, reports: Iterable[Erasable]) -> int:
        """Erase them; return how many keys were still there. Repeatable."""
        chosen = tuple(reports)
        erased = self.keys.erase([each.key_id for each in chosen])
        self.statuses.erase([each.event_id for each in chosen])
        return erased

    def _chosen(self, records: Iterable[Labelled], wanted: Selection) -> Iterator[Labelled]:
        if wanted.incident_key is not None:
            yield from self._of_incident(records, wanted.incident_key)
            return
        for record, label in records:
            is_old = wanted.before is not None and received_at(record, label) < wanted.before
            if is_old or label.event_id in wanted.event_ids:
                yield record, label

    def _of_incident(self, records: Iterable[Labelled], incident_key: str) -> Iterator[Labelled]:
        for found in self.opener(records):
            if isinstance(found, Opened) and incident_key in self._incidents(found):
                yield found.record, found.label

    def _incidents(self, opened: Opened) -> set[str]:
        results = self.opener.results(opened)
        return {each.draft.incident_key for each in results if isinstance(each, Mapped)}


def erased_lines(reports: Iterable[Erasable]) -> Iterator[str]:
    """Yield one line per report: where it lies, its event id, when it was received."""
    for each in reports:
        yield f"{each.place}  {each.event_id}  received {write_moment(each.received_at)}"


def _place(record: Incoming) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"

"""Erases reports: their data keys go, a tombstone stays, and no copy can be read ever again."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.intake.domain.results import Mapped, Result
from services.intake.keystore.cipher import StoredKey
from services.intake.keystore.store import KeyStore
from services.intake.operations.opening import Labelled, Obstacle, Opened, Opener
from services.intake.raw.copying import received_at
from services.intake.status.store import StatusStore
from shared.contracts.values import write_moment
from shared.kafka.records import Incoming


@dataclass(frozen=True, slots=True)
class Erasable:
    """One record that will be unreadable; several, copies of each other, may share its key.

    `others` are reports in it that nobody asked for: of a table that no edge could cut.
    """

    key_id: UUID
    event_id: UUID
    tenant: str
    received_at: datetime
    place: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class Selection:
    """Which reports are meant: by event ids, by a record's incident_keys, or all before a time.

    A record has several keys where it may be known by its id or by the id's pseudonym.
    """

    tenant: str
    event_ids: frozenset[UUID] = frozenset()
    incident_keys: frozenset[str] = frozenset()
    before: datetime | None = None

    def names(self, result: Result) -> bool:
        """Say whether a report of a record is meant by what it maps to."""
        if not isinstance(result, Mapped):
            return False
        draft = result.draft
        return draft.incident_key in self.incident_keys or draft.event_id in self.event_ids


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure comes to.

    `keys` and `event_ids` are those of `reports` and of what is erased already: an erasure that was
    interrupted is finished by the next one. `unattributed` are the tenant's records of which nobody
    can say whose they are; `unseen` are event ids that no record bears on its label.
    """

    reports: tuple[Erasable, ...]
    keys: frozenset[UUID]
    event_ids: frozenset[UUID]
    unattributed: int = 0
    unseen: frozenset[UUID] = frozenset()

    def joined(self, other: "Erasure") -> "Erasure":
        """Return this together with what was found of its unseen ids."""
        reports = {each.key_id: each for each in (*other.reports, *self.reports)}
        return Erasure(
            tuple(reports.values()), self.keys | other.keys, self.event_ids | other.event_ids
        )


@dataclass(slots=True)
class _Search:
    chosen: dict[UUID, Erasable] = field(default_factory=dict)
    event_ids: dict[UUID, set[UUID]] = field(default_factory=dict)
    unattributed: set[UUID] = field(default_factory=set)

    def choose(self, each: Labelled, others: int = 0) -> None:
        record, label = each
        self.event_ids.setdefault(label.key_id, set()).add(label.event_id)
        if label.key_id not in self.chosen:
            at, place = received_at(record, label), _place(record)
            self.chosen[label.key_id] = Erasable(
                label.key_id, label.event_id, label.tenant, at, place, others
            )


@dataclass(frozen=True, slots=True)
class Eraser:
    """Finds reports and erases them; raises what key store, status store and `Opener` raise."""

    opener: Opener
    keys: KeyStore
    statuses: StatusStore

    def find(self, records: Iterable[Labelled], wanted: Selection) -> Erasure:
        """Return what is meant, each once: by labels alone where they tell, else opened."""
        if wanted.incident_keys:
            return self.find_within(records, wanted)
        search = _Search()
        for record, label in _own(records, wanted.tenant):
            is_old = wanted.before is not None and received_at(record, label) < wanted.before
            if is_old or label.event_id in wanted.event_ids:
                search.choose((record, label))
        return self._erasure(search, wanted)

    def find_within(self, records: Iterable[Labelled], wanted: Selection) -> Erasure:
        """Return what is meant by what the records map to; all of them are opened."""
        search = _Search()
        for found in self.opener(_own(records, wanted.tenant)):
            if isinstance(found, Opened):
                self._look_into(found, wanted, search)
            elif found.obstacle is Obstacle.ERASED:
                search.choose((found.record, found.label))
            else:
                search.unattributed.add(found.label.key_id)
        return self._erasure(search, wanted)

    def erase(self, erasure: Erasure) -> int:
        """Erase it; return how many records were still readable. Repeatable."""
        erased = self.keys.erase(erasure.keys)
        self.statuses.erase(erasure.event_ids)
        return erased

    def _look_into(self, opened: Opened, wanted: Selection, search: _Search) -> None:
        # An event id covers the content, so only the settings of now give the one that was told.
        read = self.opener.attributed if wanted.incident_keys else self.opener.results
        results = read(opened) or ()
        meant = sum(map(wanted.names, results))
        if meant:
            search.choose((opened.record, opened.label), len(results) - meant)
        elif not results or not all(isinstance(each, Mapped) for each in results):
            search.unattributed.add(opened.label.key_id)

    def _erasure(self, search: _Search, wanted: Selection) -> Erasure:
        there = self.keys.find(search.chosen)
        on_labels = {name for names in search.event_ids.values() for name in names}
        return Erasure(
            tuple(
                each
                for each in search.chosen.values()
                if isinstance(there.get(each.key_id), StoredKey)
            ),
            frozenset(there),
            frozenset(name for key in there for name in search.event_ids[key]),
            len(search.unattributed - search.chosen.keys()),
            wanted.event_ids - on_labels,
        )


def erased_lines(reports: Iterable[Erasable]) -> Iterator[str]:
    """Yield one line per record: where it lies, its event id, when it came, what else is in it."""
    for each in reports:
        told = f"{each.place}  {each.event_id}  received {write_moment(each.received_at)}"
        yield f"{told}  with {each.others} other reports" if each.others else told


def cautions(erasure: Erasure, tenant: str, topics: Collection[str]) -> Iterator[str]:
    """Yield what an erasure leaves, and what it takes along; `topics` are the publishers' own."""
    others = sum(each.others for each in erasure.reports)
    if others:
        yield (
            f"Records that hold several reports go as a whole: {others} other reports become "
            "unreadable too. What is published of them stays."
        )
    if erasure.unattributed:
        yield (
            f"{erasure.unattributed} more records of {tenant} cannot be attributed to any record "
            "id, and may be of this one: they are refused, damaged or without a key. The event "
            f"ids of refused ones are in 'peerline intake rejected --tenant {tenant}'."
        )
    if topics:
        yield (
            f"Not erased is what lies on the publishers' own topics ({', '.join(topics)}), in "
            "clear, until Kafka deletes it. Should one be read again from an earlier offset, its "
            "reports come back: erase them again."
        )


def _own(records: Iterable[Labelled], tenant: str) -> Iterator[Labelled]:
    return ((record, label) for record, label in records if label.tenant == tenant)


def _place(record: Incoming) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"

"""What operators' commands are built from: the topics, the key store, the tenants."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from services.intake.bootstrap.parts import kafka_client, key_engine, key_store, status_store
from services.intake.bootstrap.tenants import SiteTenants
from services.intake.domain.tables import Tables
from services.intake.operations.again import Again, Trial, Verdict
from services.intake.operations.erasing import Eraser, Erasure, Selection
from services.intake.operations.opening import Labelled, Opener, labelled, newest_of
from services.intake.operations.rejections import Wanted, raw_places, rejections
from services.intake.operations.topic import OperatedTopic, RawTopic, from_the_beginning
from services.intake.operations.transactions import surveyed
from services.intake.packs.files import read_tables
from services.intake.raw.copying import received_at
from services.intake.settings import IntakeSettings
from shared.clock import SystemClock
from shared.contracts import IncidentRejected
from shared.contracts.topics import source_topic
from shared.kafka.partitions import partition_of
from shared.kafka.records import Incoming, Outgoing
from shared.site.refusals import SiteFileError
from shared.site.site import Site

Track: TypeAlias = Callable[[Iterable[Incoming], str, int], Iterable[Incoming]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many reports came to which verdict, and how many copies were appended."""

    verdicts: Mapping[Verdict, int]
    written: int


@dataclass(frozen=True, slots=True)
class Operations:
    """The commands, on one site; `track` shows progress: (records, what, how many) → records."""

    topic: OperatedTopic
    again: Again
    eraser: Eraser
    site: Site
    partitions: int
    track: Track

    def rejected(self, wanted: Wanted) -> list[IncidentRejected]:
        """Return the refusals that are meant.

        Raises:
            TenantUnknownError: there are none of a tenant that this site does not have.
        """
        found = list(rejections(self.topic.refused(), wanted))
        if not found and wanted.tenant is not None:
            with suppress(SiteFileError):  # it is there, whatever is in its settings
                self.site.tenant(wanted.tenant)
        return found

    def redrive(self, wanted: Wanted, *, is_written: bool) -> Outcome:
        """Map refused reports again; only those whose newest record is the refused one.

        Of a transaction that was refused, all reports are meant when one is.
        """
        places = raw_places(self.rejected(wanted))
        if not places:
            return Outcome({}, 0)
        start: dict[int, int] = {}
        for partition, offset in places:
            start[partition] = min(offset, start.get(partition, offset))
        found = surveyed(self._read(start, "looking for copies"), places)
        if not all(each.is_complete for each in found.failed.values()):
            # The first reports of a transaction may lie before the one that was asked for.
            start = dict(from_the_beginning(start))
            found = surveyed(self._read(start, "looking for transactions"), places)
        chosen = (each for each in self._read(start, "mapping") if _place(each) in found.chosen)
        return self._done(self.again.redrive(chosen, found.failed), is_written=is_written)

    def remap(self, tenant: str | None, since: datetime | None, *, is_written: bool) -> Outcome:
        """Map every report again, in the newest record that holds it."""
        start = self._start(tenant)
        newest = frozenset(newest_of(self._read(start, "looking for copies")).values())

        def is_meant(each: Labelled) -> bool:
            record, label = each
            is_own = tenant in {None, label.tenant}
            is_late = since is None or received_at(record, label) >= since
            return is_own and is_late and _place(each) in newest

        chosen = filter(is_meant, self._read(start, "mapping"))
        return self._done(self.again.remap(chosen), is_written=is_written)

    def erasable(self, wanted: Selection) -> Erasure:
        """Return what would be erased."""
        start = self._start(wanted.tenant)
        found = self.eraser.find(self._read(start, "looking"), wanted)
        if not found.unseen:
            return found
        # A report that was redriven, or lies with others in one record, has an id of its own.
        unseen = replace(wanted, event_ids=found.unseen)
        return found.joined(self.eraser.find_within(self._read(start, "opening"), unseen))

    def source_topics(self, tenant: str) -> tuple[str, ...]:
        """Return the topics on which the tenant's publishers write in clear."""
        sources = self.site.tenant(tenant).sources.values()
        return tuple(sorted(source_topic(each.topic).name for each in sources if each.topic))

    def _start(self, tenant: str | None) -> Mapping[int, int]:
        if tenant is None:
            return from_the_beginning(range(self.partitions))
        self.site.tenant(tenant)
        return from_the_beginning([partition_of(tenant, self.partitions)])

    def _read(self, start: Mapping[int, int], what: str) -> Iterator[Labelled]:
        return labelled(self.track(self.topic.read(start), what, self.topic.size(start)))

    def _done(self, trials: Iterable[Trial], *, is_written: bool) -> Outcome:
        verdicts: Counter[Verdict] = Counter()

        def copies() -> Iterator[Outgoing]:
            for trial in trials:
                verdicts[trial.verdict] += 1
                if trial.copy is not None:
                    yield trial.copy

        append = self.topic.append if is_written else _leave
        written = append(copies())
        return Outcome(verdicts, written)


@contextmanager
def operations(settings: IntakeSettings, track: Track) -> Iterator[Operations]:
    """Open everything, and close it at the end of the block.

    Raises:
        BrokerUnknownError, KeyStoreError: as for `run_http`.
    """
    client = kafka_client(settings, "intake-operations")
    engine = key_engine(settings)
    try:
        clock = SystemClock()
        site = Site(settings.config_folder)
        keys, statuses = key_store(engine, clock), status_store(engine)
        opener = Opener(SiteTenants(site, clock, Tables.parse(read_tables())), keys)
        yield Operations(
            RawTopic(client),
            Again(opener, statuses),
            Eraser(opener, keys, statuses),
            site,
            settings.partitions,
            track,
        )
    finally:
        engine.dispose()


def _leave(copies: Iterable[Outgoing]) -> int:
    return sum(0 for _ in copies)


def _place(each: Labelled) -> tuple[int, int]:
    record, _ = each
    return record.partition, record.offset

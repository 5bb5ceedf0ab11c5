"""Maps reports again: refused ones after a setting, all after a mapping was corrected.

Every report is tried here first, and a copy of its raw record is made only where something would
change; the normaliser then maps the copy like any other record. The reports of a transaction that
was refused are tried together, and all of them are copied or none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.intake.domain.results import Mapped, Refused, Result
from services.intake.keystore.batches import batches
from services.intake.operations.opening import Closed, Labelled, Opened, Opener
from services.intake.operations.transactions import Failed, TransactionId, transaction_of
from services.intake.raw.copying import copy_of
from services.intake.status.store import State, Status, StatusStore
from shared.kafka.records import Outgoing


class Verdict(StrEnum):
    """What mapping a report again would come to, or why it is not mapped again."""

    MAPS_NOW = "maps_now"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WAITING = "waiting"
    STILL_REFUSED = "still_refused"
    WOULD_BE_REFUSED = "would_be_refused"
    REFUSED_BY_EDGE = "refused_by_edge"
    REFUSED_TOGETHER = "refused_together"
    SIBLING_REFUSED = "sibling_refused"
    INCOMPLETE = "incomplete"
    ERASED = "erased"
    KEY_MISSING = "key_missing"
    DAMAGED = "damaged"
    TENANT_UNKNOWN = "tenant_unknown"
    MAPPER_ERROR = "mapper_error"


SAYS: Final = {
    Verdict.MAPS_NOW: "would be mapped now",
    Verdict.CHANGED: "map to something else now: a new revision each",
    Verdict.UNCHANGED: "map to the same as before: nothing to do",
    Verdict.WAITING: "are mapped again already and wait for the normaliser",
    Verdict.STILL_REFUSED: "would be refused again",
    Verdict.WOULD_BE_REFUSED: "were mapped and would be refused now: left as they are",
    Verdict.REFUSED_BY_EDGE: "were refused by the edge (token or URL): send them again",
    Verdict.REFUSED_TOGETHER: "were refused with their transaction: 'redrive' tries it as a whole",
    Verdict.SIBLING_REFUSED: "would be mapped, but not all of their transaction: left as they are",
    Verdict.INCOMPLETE: "are of a transaction that is not kept whole: send it again",
    Verdict.ERASED: "are erased",
    Verdict.KEY_MISSING: "have no data key: restore the key store first",
    Verdict.DAMAGED: "do not decrypt",
    Verdict.TENANT_UNKNOWN: "are of a tenant that this site does not have",
    Verdict.MAPPER_ERROR: "make the mapper fail",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """The verdict on one raw record; `copy` is what to append where something would change."""

    verdict: Verdict
    copy: Outgoing | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """Tries raw records; writes nothing. Raises what `Opener` and the status store raise."""

    opener: Opener
    statuses: StatusStore

    def redrive(
        self, records: Iterable[Labelled], failed: Mapping[TransactionId, Failed]
    ) -> Iterator[Trial]:
        """Try records that were refused; what maps now keeps its generation.

        `failed` are the transactions of which `records` hold everything that waits.
        """
        held: dict[TransactionId, list[Opened | Closed]] = {}
        for found in self.opener(records):
            transaction = transaction_of(found.label)
            if transaction is None:
                yield self._tried(found)
                continue
            members = held.setdefault(transaction, [])
            members.append(found)
            if len(members) == failed[transaction].waiting:
                yield from self._together(held.pop(transaction), failed[transaction])

    def remap(self, records: Iterable[Labelled]) -> Iterator[Trial]:
        """Try the newest record of each report; what maps to something else gets a generation."""
        for some in batches(self.opener(records)):
            known = self.statuses.known({found.label.event_id for found in some})
            for found in some:
                if isinstance(found, Closed):
                    yield _closed(found)
                else:
                    yield self._remapped(found, known.get(found.label.event_id))

    def _together(self, members: Sequence[Opened | Closed], failed: Failed) -> Iterator[Trial]:
        trials = [self._tried(each) for each in members]
        obstacle = None if failed.is_complete else Verdict.INCOMPLETE
        if any(trial.copy is None for trial in trials):
            obstacle = obstacle or Verdict.SIBLING_REFUSED
        for trial in trials:
            yield trial if obstacle is None or trial.copy is None else Trial(obstacle)

    def _tried(self, found: Opened | Closed) -> Trial:
        return _closed(found) if isinstance(found, Closed) else self._redriven(found)

    def _redriven(self, opened: Opened) -> Trial:
        if opened.parcel.refusal is not None and opened.parcel.transaction is None:
            return Trial(Verdict.REFUSED_BY_EDGE)
        results = self.opener.results(opened)
        if results is None:
            return Trial(Verdict.MAPPER_ERROR)
        if not _maps(results) or self._is_refused_as_before(results):
            return Trial(Verdict.STILL_REFUSED)
        # Under the id of the refusal: the normaliser tells there what became of the report.
        copy = copy_of(
            opened.record, opened.label, opened.label.event_id, opened.label.mapping_generation
        )
        return Trial(Verdict.MAPS_NOW, copy)

    def _is_refused_as_before(self, results: Collection[Result]) -> bool:
        """Tell whether all that maps of a record is out already, and only the rest is refused."""
        if not any(isinstance(each, Refused) for each in results):
            return False
        ids = {each.draft.event_id for each in results if isinstance(each, Mapped)}
        known = self.statuses.known(ids)
        return all(each in known and known[each].content_hash is not None for each in ids)

    def _remapped(self, opened: Opened, known: Status | None) -> Trial:
        if opened.parcel.refusal is not None:
            is_alone = opened.parcel.transaction is None
            return Trial(Verdict.REFUSED_BY_EDGE if is_alone else Verdict.REFUSED_TOGETHER)
        generation = opened.label.mapping_generation + 1
        if generation > 1 and (known is None or known.state is State.RECEIVED):
            return Trial(Verdict.WAITING)
        results = self.opener.results(opened, generation)
        if results is None:
            return Trial(Verdict.MAPPER_ERROR)
        was_mapped = known is not None and known.content_hash is not None
        if not _maps(results):
            return Trial(Verdict.WOULD_BE_REFUSED if was_mapped else Verdict.STILL_REFUSED)
        if self._are_published(opened, results, known):
            return Trial(Verdict.UNCHANGED)
        return Trial(Verdict.CHANGED, _copy(opened, results, generation))

    def _are_published(
        self, opened: Opened, results: Collection[Result], known: Status | None
    ) -> bool:
        hashes = [each.draft.content_hash for each in results if isinstance(each, Mapped)]
        if len(hashes) == 1:
            return known is not None and known.content_hash == hashes[0]
        # Several reports in one record (its edge could not cut it): each has an id of its own.
        before = self.opener.results(opened) or ()
        ids = [each.draft.event_id for each in before if isinstance(each, Mapped)]
        published = {each.content_hash for each in self.statuses.known(ids).values()}
        return published.issuperset(hashes)


def _maps(results: Iterable[Result]) -> bool:
    return any(isinstance(result, Mapped) for result in results)


def _copy(opened: Opened, results: tuple[Result, ...], generation: int) -> Outgoing:
    drafts = [result.draft for result in results if not isinstance(result, Refused)]
    event_id: UUID = drafts[0].event_id if len(results) == 1 else opened.label.event_id
    return copy_of(opened.record, opened.label, event_id, generation)


def _closed(closed: Closed) -> Trial:
    return Trial(Verdict(closed.obstacle.value))

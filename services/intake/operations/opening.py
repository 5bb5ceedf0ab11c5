"""Opens raw records as the normaliser does, many at a time; what cannot be opened says why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from services.intake.domain.context import Handling, Limits, MappingContext, PrivacyTable
from services.intake.domain.results import Refused, Result
from services.intake.keystore.batches import batches
from services.intake.keystore.cipher import unwrap
from services.intake.keystore.store import Erased, Found, KeyStore
from services.intake.raw.mapping import results_of
from services.intake.raw.record import (
    Envelope,
    Label,
    Parcel,
    RawRecordInvalidError,
    read_label,
    read_parcel,
)
from shared.contracts.words import RejectionCode
from shared.kafka.records import Incoming
from shared.site.refusals import TenantUnknownError

# What a mapping fails with where it is at fault; everything of the site's is a SiteError.
_FAULTS: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_NOTHING_REFUSED: Final = PrivacyTable(Handling.PROCESS, Handling.PROCESS, Handling.PROCESS)


class Tenants(Protocol):
    """What operators' commands ask about tenants; each raises SiteError."""

    def context(self, tenant: str, envelope: Envelope) -> MappingContext:
        """Return how to map; identifiers are not sealed."""
        ...

    def raw_key(self, tenant: str) -> bytes:
        """Return the key that wraps the tenant's data keys."""
        ...


class Obstacle(StrEnum):
    """Why a raw record does not open."""

    ERASED = "erased"
    KEY_MISSING = "key_missing"
    DAMAGED = "damaged"
    TENANT_UNKNOWN = "tenant_unknown"


@dataclass(frozen=True, slots=True)
class Opened:
    """A raw record with its report in clear."""

    record: Incoming
    label: Label
    parcel: Parcel


@dataclass(frozen=True, slots=True)
class Closed:
    """A raw record that does not open."""

    record: Incoming
    label: Label
    obstacle: Obstacle


Labelled: TypeAlias = tuple[Incoming, Label]


def labelled(records: Iterable[Incoming]) -> Iterator[Labelled]:
    """Yield the records whose label can be read; the normaliser has rejected the others."""
    for record in records:
        try:
            yield record, read_label(record)
        except RawRecordInvalidError:
            continue


@dataclass(frozen=True, slots=True)
class Opener:
    """Reads keys for many records at once; raises KeyStoreError, SiteError for a missing key."""

    tenants: Tenants
    keys: KeyStore

    def __call__(self, records: Iterable[Labelled]) -> Iterator[Opened | Closed]:
        """Yield each record opened, or why not, in order."""
        for some in batches(records):
            found = self.keys.find({label.key_id for _, label in some})
            for record, label in some:
                yield self._open(record, label, found.get(label.key_id))

    def results(self, opened: Opened, generation: int | None = None) -> tuple[Result, ...] | None:
        """Return what a report maps to by the settings of now, also where an edge refused it.

        None where the mapping itself fails. `generation` is the record's own if it is not given.
        """
        return _tried(opened, self._context(opened), generation)

    def attributed(self, opened: Opened) -> tuple[Result, ...] | None:
        """Return whose a report is: what it would map to if no setting of the tenant refused it.

        What such a setting keeps out, the most confidential reports, can be found in this way only.
        """
        context = replace(
            self._context(opened),
            privacy=_NOTHING_REFUSED,
            limits=Limits(),
            is_research_accepted=True,
        )
        return _tried(opened, context, None)

    def _context(self, opened: Opened) -> MappingContext:
        return self.tenants.context(opened.label.tenant, opened.parcel.envelope)

    def _open(self, record: Incoming, label: Label, known: Found | None) -> Opened | Closed:
        if isinstance(known, Erased):
            return Closed(record, label, Obstacle.ERASED)
        if known is None or known.tenant != label.tenant:
            return Closed(record, label, Obstacle.KEY_MISSING)
        try:
            key = unwrap(known, self.tenants.raw_key(label.tenant))
            return Opened(record, label, read_parcel(label, record, key))
        except TenantUnknownError:
            return Closed(record, label, Obstacle.TENANT_UNKNOWN)
        except RawRecordInvalidError:
            return Closed(record, label, Obstacle.DAMAGED)


def _tried(
    opened: Opened, context: MappingContext, generation: int | None
) -> tuple[Result, ...] | None:
    parcel = replace(opened.parcel, refusal=None, transaction=None)
    if generation is not None:
        parcel = replace(parcel, mapping_generation=generation)
    try:
        results = results_of(parcel, context)
    except _FAULTS:
        return None
    return None if all(map(_has_failed, results)) else results


def _has_failed(result: Result) -> bool:
    return isinstance(result, Refused) and result.code is RejectionCode.MAPPER_ERROR


def newest_of(records: Iterable[Labelled]) -> dict[UUID, tuple[int, int]]:
    """Return, per data key, partition and offset of its newest record: copies share a key."""
    return {label.key_id: (record.partition, record.offset) for record, label in records}

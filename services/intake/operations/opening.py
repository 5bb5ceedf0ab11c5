"""Opens raw records as the normaliser does, many at a time; what cannot be opened says why."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias
from uuid import UUID

from services.intake.domain.context import MappingContext
from services.intake.domain.results import Result
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
from shared.kafka.records import Incoming
from shared.site.refusals import TenantUnknownError


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

    def results(self, opened: Opened, parcel: Parcel | None = None) -> tuple[Result, ...]:
        """Return what a report maps to by the settings of now; `parcel` maps it otherwise."""
        context = self.tenants.context(opened.label.tenant, opened.parcel.envelope)
        return results_of(parcel or opened.parcel, context)

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


def newest_of(records: Iterable[Labelled]) -> dict[UUID, tuple[int, int]]:
    """Return, per data key, partition and offset of its newest record: copies share a key."""
    return {label.key_id: (record.partition, record.offset) for record, label in records}

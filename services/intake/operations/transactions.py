"""What a redrive finds on the raw topic: newest records, and the whole of failed transactions.

A transaction was refused whole, so it is mapped again whole. Its reports lie in records of their
own, which say what they belong to; here they are found again, wherever they lie.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from services.intake.operations.opening import Labelled
from services.intake.raw.record import Label

Place: TypeAlias = tuple[int, int]
# Tenant, hash of the request, index of the transaction's first report in it.
TransactionId: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Failed:
    """A failed transaction: how many of its records wait, and whether each report has one."""

    waiting: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Survey:
    """Which records are to be mapped again (partition, offset), and in which transactions."""

    chosen: frozenset[Place]
    failed: Mapping[TransactionId, Failed]


@dataclass(slots=True)
class _Found:
    size: int = 0
    places: set[int] = field(default_factory=set)
    records: dict[UUID, Place] = field(default_factory=dict)

    def add(self, label: Label, place: Place) -> None:
        if label.transaction is not None:
            self.size = label.transaction.size
            self.places.add(label.transaction.place)
            self.records[label.key_id] = place


def transaction_of(label: Label) -> TransactionId | None:
    """Return which failed transaction a record belongs to; None for most."""
    if label.transaction is None:
        return None
    return label.tenant, label.batch_sha256, label.transaction.first


def surveyed(records: Iterable[Labelled], wanted: AbstractSet[Place]) -> Survey:
    """Return what of `wanted` is still the newest record of its report, with what belongs to it.

    A transaction whose first reports lie before `records` begin is told as incomplete.
    """
    newest: dict[UUID, Place] = {}
    found: dict[TransactionId, _Found] = {}
    meant: set[TransactionId] = set()
    for record, label in records:
        place = record.partition, record.offset
        newest[label.key_id] = place
        transaction = transaction_of(label)
        if transaction is not None:
            found.setdefault(transaction, _Found()).add(label, place)
            if place in wanted:
                meant.add(transaction)
    chosen = set(newest.values()) & wanted
    failed: dict[TransactionId, Failed] = {}
    for transaction in meant:
        of_it = found[transaction]
        waiting = {place for key, place in of_it.records.items() if newest[key] == place}
        chosen |= waiting
        failed[transaction] = Failed(len(waiting), len(of_it.places) == of_it.size)
    return Survey(frozenset(chosen), failed)

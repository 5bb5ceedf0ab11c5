"""The port of the key store: put before the record is produced, find when it is read, erase."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from services.intake.keystore.cipher import StoredKey


@dataclass(frozen=True, slots=True)
class Erased:
    """What is left of an erased key: its record can never be read again, on purpose."""

    key_id: UUID
    erased_at: datetime


Found: TypeAlias = StoredKey | Erased


class KeyStore(Protocol):
    """Called by the edges (put), the normaliser (find), operators (erase); may block for seconds.

    Any number of keys may be asked for at once, but those of one `put` share a commit. Every method
    raises KeyStoreUnavailableError when the database does not answer.
    """

    def put(self, keys: Sequence[StoredKey]) -> None:
        """Store all keys in one commit, durable on return; all or none."""
        ...

    def find(self, key_ids: Collection[UUID]) -> Mapping[UUID, Found]:
        """Return what is known of each; a key that is in neither state is left out."""
        ...

    def erase(self, key_ids: Collection[UUID]) -> int:
        """Replace keys by tombstones; return how many were not erased before. Repeatable.

        Raises:
            ErasedKeyLingersError: they are erased, but not yet gone from the database's files; to
                be called again with the same keys.
        """
        ...

    def probe(self) -> None:
        """Return when the store takes a write: intake is ready."""
        ...

"""The fake of `KeyStore`, and data keys to put into it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.intake.keystore.cipher import DataKey, StoredKey, new_data_key
from services.intake.keystore.errors import ErasedKeyLingersError, KeyStoreUnavailableError
from services.intake.keystore.store import Erased, Found

RAW_KEY = bytes(range(32))
ERASED_AT = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)


class MemoryKeyStore:
    """A `KeyStore` in a dictionary; `is_down` makes every call fail as a dead database would.

    `is_read`: somebody reads all the time, so that no erased key leaves the database's files.
    """

    def __init__(self) -> None:
        self.keys: dict[UUID, Found] = {}
        self.commits = 0
        self.is_down = False
        self.is_read = False

    def put(self, keys: Sequence[StoredKey]) -> None:
        self._answer()
        if any(key.key_id in self.keys for key in keys):
            raise KeyStoreUnavailableError(ValueError())
        self.keys |= {key.key_id: key for key in keys}
        self.commits += 1

    def find(self, key_ids: Collection[UUID]) -> Mapping[UUID, Found]:
        self._answer()
        return {key_id: self.keys[key_id] for key_id in key_ids if key_id in self.keys}

    def erase(self, key_ids: Collection[UUID]) -> int:
        self._answer()
        there = [key_id for key_id in key_ids if isinstance(self.keys.get(key_id), StoredKey)]
        self.keys |= {key_id: Erased(key_id, ERASED_AT) for key_id in there}
        if self.is_read and key_ids:
            raise ErasedKeyLingersError
        return len(there)

    def probe(self) -> None:
        self._answer()

    def _answer(self) -> None:
        if self.is_down:
            raise KeyStoreUnavailableError(ConnectionError())


def a_data_key(tenant: str = "northwick") -> tuple[DataKey, StoredKey]:
    """Return a fresh data key, open and wrapped by `RAW_KEY`."""
    return new_data_key(tenant, RAW_KEY)

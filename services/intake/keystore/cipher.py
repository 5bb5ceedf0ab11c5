"""Encryption of raw records: AES-256-GCM with a data key of their own, wrapped by the tenant's key.

Layout of a ciphertext: 12 bytes nonce, then GCM's output (16 bytes longer than the plain text).
Each is bound to what it belongs to, so none can be moved to another record or tenant.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.intake.keystore.errors import CipherBrokenError, TenantKeyWrongError
from shared.identity import new_key

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
OVERHEAD_BYTES: Final = NONCE_BYTES + 16


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A data key as the key store holds it: wrapped by the raw key of `tenant`."""

    key_id: UUID
    tenant: str
    wrapped: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DataKey:
    """An open data key; it encrypts the parts of one raw record and nothing else."""

    key_id: UUID
    secret: bytes = field(repr=False)

    def encrypt(self, plain: bytes, purpose: str) -> bytes:
        """Return `plain` encrypted; `purpose` names the part of the record it is."""
        nonce = new_key(NONCE_BYTES)
        bound = _bound("raw", str(self.key_id), purpose)
        return nonce + AESGCM(self.secret).encrypt(nonce, plain, bound)

    def decrypt(self, cipher: bytes, purpose: str) -> bytes:
        """Return the plain text.

        Raises:
            CipherBrokenError: it is damaged, cut short, or another record's or part's.
        """
        return _open(self.secret, cipher, _bound("raw", str(self.key_id), purpose))


def new_data_key(tenant: str, raw_key: bytes) -> tuple[DataKey, StoredKey]:
    """Return a fresh random data key, open for use and wrapped by `raw_key` for the store."""
    key = DataKey(UUID(bytes=new_key(16), version=4), new_key(KEY_BYTES))
    nonce = new_key(NONCE_BYTES)
    wrapped = AESGCM(raw_key).encrypt(nonce, key.secret, _wrapping(tenant, key.key_id))
    return key, StoredKey(key.key_id, tenant, nonce + wrapped)


def unwrap(stored: StoredKey, raw_key: bytes) -> DataKey:
    """Return the open data key.

    Raises:
        TenantKeyWrongError: `raw_key` is not the key that wrapped it.
    """
    try:
        secret = _open(raw_key, stored.wrapped, _wrapping(stored.tenant, stored.key_id))
    except CipherBrokenError:
        raise TenantKeyWrongError(stored.tenant) from None
    return DataKey(stored.key_id, secret)


def _wrapping(tenant: str, key_id: UUID) -> bytes:
    return _bound("wrap", tenant, str(key_id))


def _bound(*parts: str) -> bytes:
    return "\x1f".join(("peerline", *parts)).encode()


def _open(key: bytes, cipher: bytes, bound: bytes) -> bytes:
    if len(cipher) < OVERHEAD_BYTES:
        raise CipherBrokenError("a ciphertext is shorter than its nonce and tag")
    try:
        return AESGCM(key).decrypt(cipher[:NONCE_BYTES], cipher[NONCE_BYTES:], bound)
    except InvalidTag:
        raise CipherBrokenError("a ciphertext does not open with its data key") from None

"""Ids and pseudonyms as functions of values: the only place that makes a UUID, an HMAC or a token.

Everything here but `new_token` and `new_key` is deterministic, so a replay derives the same ids.
"""

import hashlib
import hmac
import secrets
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from uuid import UUID

from shared.base32 import write_base32

if TYPE_CHECKING:  # at run time the class has no public name
    from hashlib import _Hash

NAMESPACE: Final = UUID("6f1d2f0e-6a53-5c0e-9a4f-7a0b7e1c9d11")
_SALT: Final = NAMESPACE.bytes
# RFC 9562: the bits that are the digest's, and those that say version 5 of the usual variant.
_UUID_FREE: Final = ~(0xF000 << 64 | 0xC000 << 48)
_UUID_V5: Final = 0x5000 << 64 | 0x8000 << 48
_SEPARATOR: Final = "\x1f"
_PSEUDONYM_CHARACTERS: Final = 26  # 130 bits of base32
_BLOCK_BYTES: Final = 64  # of SHA-256
_INNER_PAD: Final = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD: Final = bytes(byte ^ 0x5C for byte in range(256))
_KEYS_KEPT: Final = 256


def derive_id(kind: str, *parts: str) -> UUID:
    """Return the UUIDv5 of `parts` within `kind` (for example `event`, `decision`, `case`)."""
    name = _SEPARATOR.join((kind, *parts)).encode()
    # What `uuid.uuid5` does, at a third of its time: ids are made several times a report.
    digest = hashlib.sha1(_SALT + name, usedforsecurity=False).digest()
    return UUID(int=int.from_bytes(digest[:16], "big") & _UUID_FREE | _UUID_V5)


def incident_key(tenant: str, system: str, record_id: str) -> str:
    """Return `tenant|system|record_id`, the identity of a record in its source system."""
    return f"{tenant}|{system}|{record_id}"


def person_ref(key: bytes, system: str, identifier: str) -> str:
    """Return the pseudonym of a member of staff: a keyed HMAC of system and identifier.

    Both are normalised (NFC, trimmed, lower case), so that a login typed twice is one person, and
    `Email` is no other system than `email`.
    """
    return "p_" + _pseudonym(key, "person", system.lower(), identifier.lower())


def patient_pseudonym(key: bytes, system: str, identifier: str) -> str:
    """Return the pseudonym of a patient identifier; never reversible outside intake."""
    return "t_" + _pseudonym(key, "patient", system, identifier)


def record_pseudonym(key: bytes, record_id: str) -> str:
    """Return the pseudonym of a record id that may be the patient's (FHIR, by default)."""
    return "r_" + _pseudonym(key, "record", "", record_id)


def value_hash(key: bytes, field: str, value: str) -> str:
    """Return the keyed hash of a value no table knew, so that equal ones can be counted unread."""
    return "v_" + _pseudonym(key, "value", field, value)


def _pseudonym(key: bytes, kind: str, system: str, value: str) -> str:
    begun, ended = _keyed(key, kind)
    inner, outer = begun.copy(), ended.copy()
    inner.update(f"{_normal(system)}{_SEPARATOR}{_normal(value)}".encode())
    outer.update(inner.digest())
    return write_base32(outer.digest())[:_PSEUDONYM_CHARACTERS]


@lru_cache(maxsize=_KEYS_KEPT)
def _keyed(key: bytes, kind: str) -> "tuple[_Hash, _Hash]":
    """Return the two hashes of HMAC-SHA-256 (RFC 2104) as far as key and kind go.

    Going on from copies of them takes a third of the time of `hmac`. They are kept as the keys
    themselves are, in this process alone; of what is hashed nothing is kept.
    """
    short = key if len(key) <= _BLOCK_BYTES else hashlib.sha256(key).digest()
    block = short.ljust(_BLOCK_BYTES, b"\0")
    inner = hashlib.sha256(block.translate(_INNER_PAD) + f"{kind}{_SEPARATOR}".encode())
    return inner, hashlib.sha256(block.translate(_OUTER_PAD))


def _normal(text: str) -> str:
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def message_id(key: bytes, *attempt: str, domain: str = "peerline.invalid") -> str:
    """Return the RFC 5322 Message-ID of an attempt: the same attempt always has the same id."""
    digest = hmac.new(key, _SEPARATOR.join(("message", *attempt)).encode(), hashlib.sha256)
    return f"<{digest.hexdigest()[:40]}@{domain}>"


def sha256_hex(data: bytes) -> str:
    """Return the lower-case hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def new_token() -> str:
    """Return 32 unguessable URL-safe characters (192 bits); only its hash may be stored."""
    return secrets.token_urlsafe(24)


def new_key(length: int = 32) -> bytes:
    """Return `length` random bytes for a key."""
    return secrets.token_bytes(length)


def same_secret(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())

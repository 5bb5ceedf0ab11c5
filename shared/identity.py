"""Ids and pseudonyms as functions of values: the only place that makes a UUID, an HMAC or a token.

Everything here but `new_token` and `new_key` is deterministic, so a replay derives the same ids.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from typing import Final
from uuid import UUID

NAMESPACE: Final = UUID("6f1d2f0e-6a53-5c0e-9a4f-7a0b7e1c9d11")
_SALT: Final = NAMESPACE.bytes
_SEPARATOR: Final = "\x1f"
_PSEUDONYM_CHARACTERS: Final = 26  # 130 bits of base32
_PSEUDONYM_BYTES: Final = 20  # of the digest: enough for them, and a whole number of quanta


def derive_id(kind: str, *parts: str) -> UUID:
    """Return the UUIDv5 of `parts` within `kind` (for example `event`, `decision`, `case`)."""
    name = _SEPARATOR.join((kind, *parts)).encode()
    # What `uuid.uuid5` does, at half its time: ids are made several times a report.
    return UUID(bytes=hashlib.sha1(_SALT + name, usedforsecurity=False).digest()[:16], version=5)


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
    text = _SEPARATOR.join((kind, _normal(system), _normal(value)))
    digest = hmac.digest(key, text.encode(), "sha256")
    return base64.b32encode(digest[:_PSEUDONYM_BYTES]).decode().lower()[:_PSEUDONYM_CHARACTERS]


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


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

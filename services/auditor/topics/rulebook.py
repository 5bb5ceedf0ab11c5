"""The rule sets and verified activations of the rule topic, as replay needs them.

Anybody may have written there. Only what has the key and hash of its contents and, if it puts rules
in force, a signature of this site counts, exactly as for the worker that decided.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from services.triage.domain.activation import Rulebook, activation_key, set_key, signed_bytes
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.canonical import digest

RuleRecord: TypeAlias = tuple[bytes | None, bytes | None]
"""Key and value as the topic has them."""


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rulebook, and how many records did not count because of hash, key or signature."""

    book: Rulebook
    refused: int


def rules_in_force(records: Iterable[RuleRecord], public_keys: Mapping[str, bytes]) -> RulesInForce:
    """Return the book of all verified activations and of the sets they name.

    Raises:
        RuleSetError: a set that a verified activation names does not load with this version.
    """
    documents, activations, refused = {}, [], 0
    for key, value in records:
        record = _read(key, value)
        if isinstance(record, RuleSetPublished):
            documents[record.hash] = record.document
        elif record is not None and _is_signed(record, public_keys):
            activations.append(record)
        else:
            refused += 1
    book = Rulebook()
    for activation in activations:
        if activation.hash in documents and activation.hash not in book.sets:
            book = book.with_set(rule_set_from_document(documents[activation.hash]))
        book = book.with_activation(activation)
    return RulesInForce(book, refused)


def published_documents(records: Iterable[RuleRecord]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the hash and the document of each published set, signed for or not."""
    for key, value in records:
        record = _read(key, value)
        if isinstance(record, RuleSetPublished):
            yield record.hash, record.document


def _read(key: bytes | None, value: bytes | None) -> RuleSetPublished | RuleSetActivated | None:
    """Return the record if its key is that of its contents, and a set has the hash it claims."""
    try:
        name = (key or b"").decode()
        if name.startswith("set/"):
            published = RuleSetPublished.model_validate_json(value or b"", extra="ignore")
            genuine = name == set_key(published.hash) == set_key(digest(published.document))
            return published if genuine else None
        activation = RuleSetActivated.model_validate_json(value or b"", extra="ignore")
    except (ValidationError, ValueError, TypeError):
        # A number with a fraction has no canonical form, so no hash either.
        return None
    return activation if name == activation_key(activation) else None


def _is_signed(activation: RuleSetActivated, public_keys: Mapping[str, bytes]) -> bool:
    key = public_keys.get(activation.key_name)
    if key is None:
        return False
    try:
        signature = base64.b64decode(activation.signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed_bytes(activation))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True

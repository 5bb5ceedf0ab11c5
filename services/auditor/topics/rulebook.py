"""The rule sets and verified activations of the rule topic, as replay needs them.

Only what carries a signature of this site counts, exactly as for the worker that decided.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.triage.domain.activation import Rulebook, signed_bytes
from services.triage.domain.ruleset_loader import rule_set_from_document
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.canonical import digest


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rulebook, and how many records did not count because of hash, key or signature."""

    book: Rulebook
    refused: int


def rules_in_force(
    records: Iterable[RuleSetPublished | RuleSetActivated], public_keys: Mapping[str, bytes]
) -> RulesInForce:
    """Return the book of all verified activations and of the sets they name.

    Raises:
        RuleSetError: a set that a verified activation names does not load with this version.
    """
    documents, activations, refused = {}, [], 0
    for record in records:
        if isinstance(record, RuleSetPublished) and digest(record.document) == record.hash:
            documents[record.hash] = record.document
        elif isinstance(record, RuleSetActivated) and _is_signed(record, public_keys):
            activations.append(record)
        else:
            refused += 1
    book = Rulebook()
    for activation in activations:
        if activation.hash in documents and activation.hash not in book.sets:
            book = book.with_set(rule_set_from_document(documents[activation.hash]))
        book = book.with_activation(activation)
    return RulesInForce(book, refused)


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

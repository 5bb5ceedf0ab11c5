"""Canonical JSON and digests of our own objects.

What replay compares and rule sets are named by.
"""

import hashlib
import json
from collections.abc import Mapping


def canonical_json(document: object) -> bytes:
    """Return sorted, compact JSON; equals RFC 8785 because floats are refused and keys are ASCII.

    Raises:
        TypeError: for a float or a key that is not ASCII text (audit.md section 6).
    """
    _refuse(document)
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(document: object) -> str:
    """Return `sha256:<hex>` of the canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(document)).hexdigest()


def _refuse(node: object) -> None:
    if isinstance(node, float):
        msg = "a hashed document holds no floats: use whole numbers or decimal strings"
        raise TypeError(msg)
    if isinstance(node, Mapping):
        for key, value in node.items():
            if not isinstance(key, str) or not key.isascii():
                msg = "a hashed document has ASCII keys only"
                raise TypeError(msg)
            _refuse(value)
    elif isinstance(node, list | tuple):
        for value in node:
            _refuse(value)

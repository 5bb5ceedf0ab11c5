"""JSON bytes of a document that has none of its own, the same for the same document."""

import json


def encode(document: object) -> bytes:
    """Return compact JSON in UTF-8, in the order of the document."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")

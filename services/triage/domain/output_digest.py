"""The digest that replay compares: all of a decision but ids, input, engine and itself."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

LEFT_OUT: Final = frozenset(
    {
        "decision_id",
        "engine",
        "event_id",
        "input",
        "occurrence_id",
        "output_digest",
        "supersedes",
    }
)
# Our documents hold no floats by type, so the walk of `shared.contracts.canonical` can be spared.
_write: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


def comparable(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the digest covers of a decision's document; of requests the actions, sorted."""
    kept = {name: value for name, value in document.items() if name not in LEFT_OUT}
    kept["requests"] = sorted(request["action"] for request in document["requests"])
    return kept


def digest_of(members: Mapping[str, str]) -> str:
    """Return the same digest, from the canonical JSON of each comparable field."""
    text = "{" + ",".join([f'"{name}":{members[name]}' for name in sorted(members)]) + "}"
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def output_digest(document: Mapping[str, Any]) -> str:
    """Return `sha256:<hex>` of the canonical JSON of what is comparable."""
    return "sha256:" + hashlib.sha256(_write(comparable(document)).encode()).hexdigest()

"""Records of `triage.ruleset.v1`.

A rule set by its hash, and the signed activation of one for a tenant.
"""

from typing import Any, ClassVar, Literal

from shared.contracts import words
from shared.contracts.values import Code, Moment, Produced, Slug


class RuleSetPublished(Produced):
    """Key `set/<hash>`: the parsed, flattened document that the hash names."""

    topic: ClassVar[str] = "triage.ruleset.v1"

    kind: Literal["set"] = "set"
    hash: Code
    document: dict[str, Any]


class UnitActivation(Produced):
    """A unit that differs from its tenant.

    Shadow while the tenant is live, or live from another day.
    """

    unit_id: Code
    mode: words.RulesMode
    live_from: Moment | None = None


class RuleSetActivated(Produced):
    """Key `activation/<tenant>/<effective_from>`: which set decides, and whether it may request.

    `tenant` is `*` for the default that every tenant without its own uses. `signature` is Ed25519
    (base64) over the canonical JSON of all other fields; `key_name` says whose key.
    """

    topic: ClassVar[str] = "triage.ruleset.v1"

    kind: Literal["activation"] = "activation"
    tenant: Code
    effective_from: Moment
    hash: Code
    mode: words.RulesMode
    live_from: Moment | None = None
    units: tuple[UnitActivation, ...] = ()
    approved_by: Slug
    what_if_digest: Code | None = None
    without_what_if: Code | None = None
    families_off: tuple[words.Family, ...] = ()
    key_name: Slug
    signature: Code

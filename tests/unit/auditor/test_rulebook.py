"""Which records of the rule topic count for an auditor: those that count for a worker."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.auditor.topics.rulebook import RuleRecord, published_documents, rules_in_force
from services.triage.domain.activation import activation_key, set_key, signed_bytes
from services.triage.rule_files import load_shipped
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.words import RulesMode

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {"site": SECRET.public_key().public_bytes_raw()}
SHIPPED = load_shipped()
PUBLISHED = (
    set_key(SHIPPED.hash).encode(),
    RuleSetPublished(hash=SHIPPED.hash, document=dict(SHIPPED.document)).to_json(),
)
NOUGHT = "sha256:" + "0" * 64


def _activated(key: str | None = None) -> RuleRecord:
    unsigned = RuleSetActivated(
        tenant="*",
        effective_from=datetime(2026, 1, 1, tzinfo=UTC),
        hash=SHIPPED.hash,
        mode=RulesMode.LIVE,
        approved_by="test",
        key_name="site",
        signature="-",
    )
    signature = base64.b64encode(SECRET.sign(signed_bytes(unsigned))).decode()
    activation = unsigned.model_copy(update={"signature": signature})
    return (key or activation_key(activation)).encode(), activation.to_json()


def _set(key: str, document: object, claimed: str = NOUGHT) -> RuleRecord:
    return key.encode(), json.dumps({"hash": claimed, "document": document}).encode()


@pytest.mark.parametrize(
    "stray",
    [
        _set(set_key(NOUGHT), {"rule_set": "x", "v": 1.5}),
        _set(set_key(NOUGHT), {"rule_set": "x"}),
        _set("set/elsewhere", dict(SHIPPED.document), SHIPPED.hash),
        _activated(key="activation/other/2026-01-01T00:00:00.000000Z"),
        (b"\xff", b"{}"),
        (None, None),
    ],
    ids=["fraction", "other hash", "other key", "activation elsewhere", "no text", "empty"],
)
def test_a_stray_record_stops_no_audit_and_counts_for_nothing(stray: RuleRecord) -> None:
    """Anybody may write to the topic; the worker ignores such a record, and so does the auditor."""
    rules = rules_in_force([stray, PUBLISHED, _activated()], KEYS)

    chosen = rules.book.choose("alpha", datetime(2026, 6, 1, tzinfo=UTC))
    assert chosen is not None
    assert (chosen.rule_set.hash, rules.refused) == (SHIPPED.hash, 1)
    assert [known for known, _ in published_documents([stray, PUBLISHED])] == [SHIPPED.hash]


def test_an_activation_under_another_key_puts_nothing_in_force() -> None:
    """The key names tenant and moment; compaction would otherwise drop one for the other."""
    rules = rules_in_force([PUBLISHED, _activated(key="activation/other")], KEYS)

    assert (dict(rules.book.sets), rules.refused) == ({}, 1)

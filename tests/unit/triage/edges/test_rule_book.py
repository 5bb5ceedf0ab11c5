"""What of the rule topic counts: signatures, keys, hashes; and what ends a worker."""

import base64
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.triage.domain.activation import activation_key, set_key, signed_bytes
from services.triage.domain.rule_problems import RuleSetError
from services.triage.domain.ruleset import RuleSet
from services.triage.rule_files import load_shipped
from services.triage.ruleset_topic import RuleBook
from shared.contracts import RuleSetActivated, RuleSetPublished
from shared.contracts.canonical import canonical_json, digest
from shared.contracts.words import RulesMode
from shared.observability import Metrics

SECRET = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = {"site": SECRET.public_key().public_bytes_raw()}
EARLY = datetime(2026, 1, 1, tzinfo=UTC)
LATE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def shipped() -> RuleSet:
    """Return the rule set that we ship."""
    return load_shipped()


def an_activation(rule_set_hash: str, **changes: object) -> RuleSetActivated:
    """Return a signed activation for every tenant from `EARLY` on."""
    fields = {
        "tenant": "*",
        "effective_from": EARLY,
        "hash": rule_set_hash,
        "mode": RulesMode.LIVE,
        "approved_by": "installation",
        "key_name": "site",
        "signature": "x",
    }
    unsigned = RuleSetActivated.model_validate(fields | changes)
    signature = base64.b64encode(SECRET.sign(signed_bytes(unsigned))).decode()
    return unsigned.model_copy(update={"signature": signature})


def take_set(book: RuleBook, rule_set_hash: str, document: dict[str, object]) -> None:
    """Give the book a published set under its key."""
    published = RuleSetPublished(hash=rule_set_hash, document=document)
    book.take(set_key(rule_set_hash).encode(), published.to_json())


def take_activation(book: RuleBook, activation: RuleSetActivated) -> None:
    """Give the book an activation under its key."""
    book.take(activation_key(activation).encode(), activation.to_json())


def a_book(shipped: RuleSet | None = None) -> RuleBook:
    """Return a book, with the shipped set already published if given."""
    book = RuleBook(lambda: KEYS)
    if shipped is not None:
        take_set(book, shipped.hash, dict(shipped.document))
    return book


def test_a_signed_activation_of_a_published_set_is_chosen(shipped: RuleSet) -> None:
    """From its effective moment on, for every tenant without one of its own."""
    book = a_book(shipped)
    take_activation(book, an_activation(shipped.hash))

    chosen = book.book.choose("alpha", LATE)

    assert chosen is not None
    assert (chosen.rule_set.hash, book.refused) == (shipped.hash, 0)
    assert book.book.choose("alpha", datetime(2025, 1, 1, tzinfo=UTC)) is None


def test_the_set_may_come_after_its_activation(shipped: RuleSet) -> None:
    """Compaction may turn the order round."""
    book = a_book()
    take_activation(book, an_activation(shipped.hash))

    take_set(book, shipped.hash, dict(shipped.document))

    assert book.book.choose("alpha", LATE) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"signature": base64.b64encode(bytes(64)).decode()},
        {"signature": "not base64!"},
        {"key_name": "stranger"},
        {"mode": RulesMode.SHADOW},
        {"tenant": "alpha"},
    ],
)
def test_a_wrong_signature_is_ignored_and_counted(
    shipped: RuleSet, changes: dict[str, object]
) -> None:
    """Whatever was changed after signing: the record does not count."""
    book = a_book(shipped)

    take_activation(book, an_activation(shipped.hash).model_copy(update=changes))

    assert (book.book.choose("alpha", LATE), book.refused) == (None, 1)


def test_a_replayed_activation_under_another_key_is_ignored(shipped: RuleSet) -> None:
    """A valid record copied to another key would outlive its own replacement."""
    book = a_book(shipped)

    book.take(b"activation/*/elsewhere", an_activation(shipped.hash).to_json())

    assert (book.book.choose("alpha", LATE), book.refused) == (None, 1)


def test_a_set_that_is_not_what_its_hash_says_is_ignored(shipped: RuleSet) -> None:
    """A changed document under the old hash does not count."""
    book = a_book()
    document = dict(shipped.document) | {"version": 99}

    take_set(book, shipped.hash, document)

    assert book.refused == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, None),
        (b"set/x", None),
        (b"activation/*/x", b"not json"),
        (b"\xff", b"{}"),
        (b"set/x", b'{"hash": "x", "document": {"a": 1.5}}'),
    ],
)
def test_garbage_is_counted_and_nothing_else(key: bytes | None, value: bytes | None) -> None:
    """Nobody can stop the worker by writing nonsense."""
    book = a_book()

    book.take(key, value)

    assert book.refused == 1


def test_a_set_that_does_not_load_stops_nobody_until_it_is_activated() -> None:
    """Published by anybody: ignored. Named by a verified activation: the worker must end."""
    document: dict[str, object] = {"rules": "none"}
    book = a_book()

    take_set(book, digest(document), document)

    with pytest.raises(RuleSetError):
        take_activation(book, an_activation(digest(document)))


def test_a_newer_activation_that_says_more_than_we_read_is_ignored(shipped: RuleSet) -> None:
    """Its signature covers what we would not obey, so it does not verify."""
    book = a_book(shipped)
    activation = an_activation(shipped.hash)
    newer = activation.to_document() | {"quorum": 2}
    del newer["signature"]
    signature = base64.b64encode(SECRET.sign(canonical_json(newer))).decode()

    book.take(
        activation_key(activation).encode(), json.dumps(newer | {"signature": signature}).encode()
    )

    assert book.refused == 1


def test_each_refusal_is_counted_for_monitoring_by_its_reason() -> None:
    """The alert RulesetRefused keys on this metric."""
    metrics = Metrics()
    book = RuleBook(dict, metrics)

    take_activation(book, an_activation("sha256:1"))
    book.take(b"activation/*/x", b"not json")

    assert metrics.value("triage_ruleset_refused_total", reason="key_unknown") == 1
    assert metrics.value("triage_ruleset_refused_total", reason="not_readable") == 1

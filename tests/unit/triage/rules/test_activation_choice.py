"""Which activation decides a report: by its receipt, own before general, shadow before live."""

from datetime import UTC, datetime, timedelta

import pytest

from services.triage.domain.activation import (
    EVERY_TENANT,
    ActiveRules,
    Rulebook,
    RuleSetMissingError,
    activation_key,
    signed_bytes,
)
from shared.contracts import RuleSetActivated
from shared.contracts.ruleset import UnitActivation
from shared.contracts.words import RulesMode
from tests.builders.rules import a_points_rule, a_rule_set

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
FIRST, SECOND = a_rule_set(), a_rule_set(a_points_rule())


def an_activation(tenant: str, at: datetime, rule_set_hash: str) -> RuleSetActivated:
    """Return a live activation; its signature is the edge's business."""
    return RuleSetActivated(
        tenant=tenant,
        effective_from=at,
        hash=rule_set_hash,
        mode=RulesMode.LIVE,
        approved_by="lead",
        key_name="rules-admin",
        signature="c2lnbmVk",
    )


def a_book(*activations: RuleSetActivated) -> Rulebook:
    """Return a book that knows both sets."""
    book = Rulebook().with_set(FIRST).with_set(SECOND)
    for activation in activations:
        book = book.with_activation(activation)
    return book


def chosen(book: Rulebook, at: datetime) -> str | None:
    """Return the hash that decides for northwick."""
    active = book.choose("northwick", at)
    return active.rule_set.hash if active else None


def test_the_newest_activation_before_receipt_decides() -> None:
    """Effective from its moment on, never earlier."""
    book = a_book(
        an_activation("northwick", MONDAY, FIRST.hash),
        an_activation("northwick", MONDAY + DAY, SECOND.hash),
    )

    assert chosen(book, MONDAY + DAY - timedelta(microseconds=1)) == FIRST.hash
    assert chosen(book, MONDAY + DAY) == SECOND.hash


def test_a_report_before_any_activation_waits() -> None:
    """None: the worker pauses."""
    assert chosen(a_book(an_activation("northwick", MONDAY, FIRST.hash)), MONDAY - DAY) is None
    assert chosen(a_book(an_activation("other", MONDAY, FIRST.hash)), MONDAY) is None


def test_a_tenant_without_its_own_uses_the_general_one() -> None:
    """Its own wins from its moment on."""
    book = a_book(
        an_activation(EVERY_TENANT, MONDAY, FIRST.hash),
        an_activation("northwick", MONDAY + DAY, SECOND.hash),
    )

    assert chosen(book, MONDAY) == FIRST.hash
    assert chosen(book, MONDAY + 2 * DAY) == SECOND.hash


def test_an_activation_whose_set_is_missing_stops() -> None:
    """Deciding with another set would be wrong for ever."""
    with pytest.raises(RuleSetMissingError, match="publish the set again"):
        a_book(an_activation("northwick", MONDAY, "sha256:gone")).choose("northwick", MONDAY)


def test_shadow_and_live_from_decide_whether_requests_may_open() -> None:
    """The unit's own setting comes before the tenant's."""
    ward = UnitActivation(unit_id="ward", mode=RulesMode.SHADOW)
    active = ActiveRules(FIRST, RulesMode.LIVE, live_from=MONDAY, units=(ward,))

    assert active.is_live("other", MONDAY)
    assert active.is_live(None, MONDAY)
    assert not active.is_live("other", MONDAY - DAY)
    assert not active.is_live("ward", MONDAY)
    assert not ActiveRules(FIRST, RulesMode.SHADOW).is_live(None, MONDAY)


def test_the_signature_covers_everything_but_itself() -> None:
    """Two records that differ in the signature only have the same bytes to sign."""
    activation = an_activation("northwick", MONDAY, FIRST.hash)
    other = activation.model_copy(update={"signature": "other"})
    later = activation.model_copy(update={"effective_from": MONDAY + DAY})

    assert signed_bytes(activation) == signed_bytes(other) != signed_bytes(later)
    assert activation_key(activation) == "activation/northwick/2026-03-02T00:00:00.000000Z"

"""Activating a rule set on a real broker: two records, signed, found on the topic."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.triage.domain.activation import EVERY_TENANT
from services.triage.rule_admin import (
    AHEAD,
    BEGINNING,
    Order,
    TooSoonError,
    activate,
    activate_shipped,
    activation_keys,
)
from services.triage.rule_files import load_shipped
from services.triage.ruleset_topic import RuleBook
from shared.contracts.topics import RULESET
from shared.contracts.words import RulesMode
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import from_headers
from shared.kafka.reader import read_range
from shared.site.provision import provide_site_keys
from shared.site.site import Site

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Give a site with keys, one for all: each test reads what the others have signed."""
    site = Site(tmp_path_factory.mktemp("site"))
    provide_site_keys(site, NOW)
    return site


def an_order(tenant: str, **overrides: Any) -> Order:
    """Return an order for shadow mode."""
    return Order(tenant, RulesMode.SHADOW, approved_by="lead", **overrides)


def test_activation_of_the_default_is_read_back_verified(
    lonely_kafka: KafkaClient, site: Site
) -> None:
    """First the whole installation, then a tenant; a second time changes nothing."""
    said = activate_shipped(lonely_kafka, site, an_order(EVERY_TENANT), NOW)
    again = activate_shipped(lonely_kafka, site, an_order(EVERY_TENANT), NOW)
    compared = an_order("northwick", what_if_digest="sha256:00", without_what_if=None)
    written = activate(lonely_kafka, site, load_shipped(), compared, NOW)

    book = RuleBook(site.rule_public_keys)
    records = list(read_range(lonely_kafka, RULESET.name))
    for record in records:
        book.take(record.key, record.value)
    general = book.book.choose("elsewhere", BEGINNING)
    own = book.book.choose("northwick", NOW)
    assert said is not None
    assert "every tenant from the beginning" in said
    assert again is None
    assert written.effective_from == NOW
    assert written.what_if_digest == "sha256:00"
    assert book.refused == 0
    assert general is not None
    assert own is not None
    assert own.rule_set.hash == general.rule_set.hash == load_shipped().hash
    assert {from_headers(record.headers).type for record in records} == {RULESET.name}


def test_a_later_activation_must_be_fifteen_minutes_ahead(
    lonely_kafka: KafkaClient, site: Site
) -> None:
    """Else nothing is written; without a moment it is as early as allowed."""
    rules = load_shipped()
    activate(lonely_kafka, site, rules, an_order("southmoor"), NOW)
    before = sorted(activation_keys(lonely_kafka))

    soon = an_order("southmoor", effective_from=NOW + AHEAD - timedelta(seconds=1))
    with pytest.raises(TooSoonError, match="Choose 2026-03-02T09:15:00"):
        activate(lonely_kafka, site, rules, soon, NOW)
    unchanged = sorted(activation_keys(lonely_kafka))
    later = activate(lonely_kafka, site, rules, an_order("southmoor"), NOW)

    assert unchanged == before
    assert later.effective_from == NOW + AHEAD

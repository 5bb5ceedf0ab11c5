"""The budget of offers: quiet on everyday reports, not on severe ones."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.rules.everyday import everyday_reports
from tests.rules.filling import RATES
from tests.rules.offers import LARGEST_EVERYDAY, LEAST_SEVERE, Offers, of_everyday, of_severe
from tests.rules.severe import SEVERE, severe_reports


@cache
def _measured(measure: Callable[[], Offers]) -> Offers:
    return measure()


def test_few_everyday_reports_reach_a_peer(capsys: pytest.CaptureFixture[str]) -> None:
    """At most four in a hundred, and some: a set that offers nothing would pass otherwise."""
    offers = _measured(of_everyday)

    with capsys.disabled():
        print(f"\n{offers.sentence('everyday reports')}")  # noqa: T201 - a figure for people
    assert offers.tiers.total() == 2_000
    assert 0.01 < offers.share <= LARGEST_EVERYDAY


def test_severe_reports_reach_a_peer(capsys: pytest.CaptureFixture[str]) -> None:
    """At least ninety-five in a hundred, and no trigger is missed every time."""
    offers = _measured(of_severe)

    with capsys.disabled():
        print(f"\n{offers.sentence('severe reports')}")  # noqa: T201 - a figure for people
    assert offers.tiers.total() == 200
    assert offers.share >= LEAST_SEVERE, offers.missed
    assert set(offers.missed) < set(SEVERE)


def test_no_single_rule_spends_the_budget() -> None:
    """The most frequent cause has less than half of all everyday offers."""
    offers = _measured(of_everyday)
    ((_, most),) = offers.causes.most_common(1)

    assert most < sum(count for tier, count in offers.tiers.items() if tier >= 2) / 2


def test_the_same_seed_gives_the_same_reports() -> None:
    """A figure that a document quotes must come out again."""
    assert list(everyday_reports(50)) == list(everyday_reports(50))
    assert list(severe_reports(50)) == list(severe_reports(50))
    assert list(everyday_reports(50)) != list(everyday_reports(50, seed=7))


def test_the_share_of_serious_events_is_the_published_one() -> None:
    """2.9 % of all reports (Pennsylvania 2019): moderate harm or more that began here."""
    serious = [
        report
        for report in everyday_reports()
        if report["kind"] == "incident"
        and any(p.get("harm") in ("moderate", "severe", "death") for p in report["patients"])
        and "present_on_arrival" not in report["circumstances"]
    ]

    assert 0.02 < len(serious) / 2_000 < 0.04


@pytest.mark.parametrize("name", RATES)
def test_every_rate_names_its_source(name: str) -> None:
    """A section of a design document, or a policy assumption that says so."""
    source = RATES[name].source

    assert 0 < RATES[name].share < 1
    assert "policy assumption" in source or source.startswith(("domain.md", "formats.md"))

"""peerline-default on published kinds of cases, from the publisher's report to the decision."""

import re
from dataclasses import replace
from typing import Any

import pytest

from shared.contracts.words import StaffRole
from tests.builders.published import Case, found_in, published_cases

CASES = list(published_cases())
# Who is easily forgotten (domain.md section 3, what follows for rules).
WHOLE_TEAM = {
    "pharmacist",
    "pharmacy_technician",
    "laboratory",
    "technician",
    "transport",
    "call_handler",
    "paramedic",
    "emt",
    "student",
    "resident",
    "midwife",
    "healthcare_assistant",
    "clerical",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_published_kind_of_case_finds_whom_it_touches(case: Case) -> None:
    """Everybody named, the team where somebody is not, nobody else; and group support."""
    found = found_in(case)

    fired = {
        reason.rule_id
        for subject in (*found.decision.persons, found.decision.team)
        if subject is not None
        for reason in subject.reasons
        if reason.counted
    }
    assert found.subjects == case.expect, (case.why, sorted(fired))
    assert found.group_support == case.group_support


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_why_in_a_sentence_with_its_source(case: Case) -> None:
    """A section of the domain document, or the word judgement, or the issue."""
    assert re.search(r"domain\.md|rules\.md|issue 5|nobody was hurt", case.why)
    assert case.why.endswith(".")


@pytest.mark.parametrize("field", ["kind", "place_type", "involvement"])
def test_what_many_systems_do_not_fill_costs_nobody_an_offer(field: str) -> None:
    """Left out of every clear case, one at a time; a staff event and an injury say something."""
    lost = [
        case.name
        for case in CASES
        if _expected(case) >= 2
        and case.report.get("kind") != "staff_event"
        and found_in(replace(case, report=_without(case.report, field))).tier < 2
    ]

    assert lost == []


def test_there_are_enough_cases_of_both_sorts() -> None:
    """At least forty that reach a peer, at least twenty that do not."""
    tiers = [_expected(case) for case in CASES]

    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(tier >= 2 for tier in tiers) >= 40
    assert sum(tier < 2 for tier in tiers) >= 20


def test_the_whole_care_team_reaches_a_peer_in_some_case() -> None:
    """Every role that is easily forgotten has an offer somewhere."""
    offered = {
        member["role"]
        for case in CASES
        for member in case.report.get("staff", ())
        if "role" in member and int(case.expect.get(member.get("who", ""), "0")[0]) >= 2
    }

    assert offered >= WHOLE_TEAM
    assert offered <= set(StaffRole)


def _expected(case: Case) -> int:
    return max((int(text[0]) for text in case.expect.values()), default=0)


def _without(node: Any, field: str) -> Any:
    if isinstance(node, dict):
        return {name: _without(value, field) for name, value in node.items() if name != field}
    return [_without(item, field) for item in node] if isinstance(node, list) else node

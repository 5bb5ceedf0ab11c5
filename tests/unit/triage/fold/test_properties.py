"""Properties of the fold over random histories."""

from collections.abc import Mapping
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.activation import ActiveRules
from services.triage.domain.ruleset_loader import rule_set_from_document
from services.triage.domain.state import State
from shared.contracts import IncidentReported
from shared.contracts.words import DecisionFlag, RulesMode
from tests.builders.canonical import fold
from tests.builders.fold_rules import a_rule_document, some_rules
from tests.unit.triage.fold.histories import decisions_of, histories, picture, probes, stands

RULES = some_rules()
SHUFFLERS = st.integers(0, 2**32).map(Random)  # cheaper than to draw each of its choices


@given(histories(), SHUFFLERS)
def test_the_order_of_reports_does_not_matter(
    history: list[IncidentReported], shuffler: Random
) -> None:
    """Grouping, persons, tiers, priorities and windows end alike whatever came first."""
    other = list(history)
    shuffler.shuffle(other)
    last = probes(history)

    one = decisions_of(fold([*history, *last], RULES)[-len(last) :])
    two = decisions_of(fold([*other, *last], RULES)[-len(last) :])

    assert [picture(d) for d in one if stands(d)] == [picture(d) for d in two if stands(d)]


@given(histories(), st.integers(0, 12), SHUFFLERS)
def test_a_restored_state_decides_like_one_that_never_stopped(
    history: list[IncidentReported], cut: int, shuffler: Random
) -> None:
    """Records of the state topic in any order give the same steps and the same records."""
    kept, restored = State(), State()
    fold(history[:cut], RULES, kept)
    records = list(kept.records())
    shuffler.shuffle(records)
    for key, value in records:
        restored.restore(key, value)

    uninterrupted = fold(history[cut:], RULES, kept)
    resumed = fold(history[cut:], RULES, restored)

    assert [step.decision for step in resumed] == [step.decision for step in uninterrupted]
    assert [step.requests for step in resumed] == [step.requests for step in uninterrupted]
    assert [step.memos for step in resumed] == [step.memos for step in uninterrupted]
    assert list(restored.records()) == list(kept.records())


@given(histories())
def test_a_repeat_of_the_newest_revision_produces_nothing(history: list[IncidentReported]) -> None:
    """Each report twice in a row: the same decisions, and no output for the second."""
    doubled = [report for report in history for _ in range(2)]

    once, twice = fold(history, RULES), fold(doubled, RULES)

    decided = [d.decision_id for d in decisions_of(once)]
    assert [d.decision_id for d in decisions_of(twice) if d.ordinal == 0] == decided
    for first, second in zip(twice[::2], twice[1::2], strict=True):
        stale = first.decision is not None and DecisionFlag.STALE in first.decision.flags
        assert stale or second.decision is None
        assert not second.requests


@given(histories())
def test_shadow_mode_requests_nothing(history: list[IncidentReported]) -> None:
    """Every tier of 1 or more is withheld with a code."""
    for step in fold(history, some_rules(mode=RulesMode.SHADOW)):
        assert not step.requests
        for person in step.decision.persons if step.decision else ():
            assert not person.tier or person.withheld_because is not None


@given(histories(revisions=1))
def test_requests_are_listed_in_the_decision(history: list[IncidentReported]) -> None:
    """What leaves is what the record says left."""
    for step in fold(history, RULES):
        if step.decision is not None:
            listed = [(r.case_ref, r.action, r.request_id) for r in step.decision.requests]
            assert listed == [(r.case_ref, r.action, r.request_id) for r in step.requests]


@given(histories(), SHUFFLERS)
def test_the_order_of_lists_and_keys_within_a_report_does_not_matter(
    history: list[IncidentReported], shuffler: Random
) -> None:
    """Patients, staff, proceedings, ids and keys of objects in any order: equal digests."""
    other = [
        IncidentReported.model_validate(_shuffled(report.to_document(), shuffler))
        for report in history
    ]

    one, two = decisions_of(fold(history, RULES)), decisions_of(fold(other, RULES))

    assert [d.output_digest for d in two] == [d.output_digest for d in one]


@given(histories(), st.permutations(a_rule_document()["rules"]))
def test_the_order_of_rules_does_not_matter(
    history: list[IncidentReported], rules: list[dict[str, Any]]
) -> None:
    """Persons, reasons, questions and requests are those of the set as it was written."""
    other = ActiveRules(rule_set_from_document({**a_rule_document(), "rules": rules}))

    one, two = fold(history, RULES), fold(history, other)

    assert [(d.persons, d.team, d.texts) for d in decisions_of(two)] == [
        (d.persons, d.team, d.texts) for d in decisions_of(one)
    ]
    assert [[(r.case_ref, r.action, r.criteria) for r in step.requests] for step in two] == [
        [(r.case_ref, r.action, r.criteria) for r in step.requests] for step in one
    ]


def _shuffled(node: Any, shuffler: Random) -> Any:
    """Return the same JSON with every list and every object in another order."""
    if isinstance(node, Mapping):
        items = [(key, _shuffled(value, shuffler)) for key, value in node.items()]
        shuffler.shuffle(items)
        return dict(items)
    if isinstance(node, list):
        return shuffler.sample([_shuffled(item, shuffler) for item in node], len(node))
    return node

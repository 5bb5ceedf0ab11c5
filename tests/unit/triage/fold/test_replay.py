"""Replay: the same reports decided again, recorded facts assessed again, differences named."""

from typing import Any

import pytest
from hypothesis import given

from services.triage.domain.activation import Rulebook
from services.triage.domain.replay import (
    Difference,
    RulesMissingError,
    compare,
    difference,
    recheck,
    replay,
)
from shared.contracts import IncidentReported, RuleSetActivated, TriageDecision
from shared.contracts.words import RulesMode
from tests.builders.canonical import DAY, NOON, a_canonical, a_nurse, a_patient, a_position, fold
from tests.builders.fold_rules import a_rule_set, some_rules
from tests.unit.triage.fold.histories import decisions_of, histories


def _book() -> Rulebook:
    rule_set = a_rule_set()
    activation = RuleSetActivated(
        tenant="*",
        effective_from=NOON - DAY,
        hash=rule_set.hash,
        mode=RulesMode.LIVE,
        approved_by="lead",
        key_name="key",
        signature="signed",
    )
    return Rulebook().with_set(rule_set).with_activation(activation)


def _decision(**fields: object) -> TriageDecision:
    facts: dict[str, Any] = {"patients": [a_patient(harm="severe")], "staff": [a_nurse()], **fields}
    (step,) = fold([a_canonical(**facts)], some_rules())
    assert step.decision is not None
    return step.decision


@given(histories())
def test_a_fold_over_the_reports_gives_the_recorded_decisions(
    history: list[IncidentReported],
) -> None:
    """Through the record and back, nothing differs."""
    recorded = decisions_of(fold(history, some_rules()))
    stored = [TriageDecision.model_validate_json(item.to_json()) for item in recorded]

    again = replay([(report, a_position(n)) for n, report in enumerate(history)], _book())

    expected = decisions_of(again)
    assert [compare(a, b) for a, b in zip(stored, expected, strict=True)] == [None] * len(stored)


@given(histories())
def test_recorded_facts_alone_give_the_recorded_findings(history: list[IncidentReported]) -> None:
    """From records: no memory is needed to check tiers, reasons and questions."""
    for decision in decisions_of(fold(history, some_rules())):
        stored = TriageDecision.model_validate_json(decision.to_json())

        assert recheck(stored, a_rule_set()) is None


def test_a_report_without_rules_in_force_is_refused() -> None:
    """Replay never guesses which set decided."""
    report = a_canonical(received_at=NOON - 2 * DAY)

    with pytest.raises(RulesMissingError) as refusal:
        list(replay([(report, a_position())], _book()))

    assert refusal.value.tenant == "alpha"


def test_the_first_differing_path_is_named_with_both_values() -> None:
    """An auditor is led to the place."""
    decision = _decision()
    changed = decision.persons[0].model_copy(update={"tier": 3})

    found = compare(decision.model_copy(update={"persons": (changed,)}), decision)

    assert found == Difference("/persons/0/tier", 3, 2)


def test_a_recorded_digest_that_does_not_fit_its_record_is_found() -> None:
    """The stored digest is compared as well as the content."""
    decision = _decision()

    found = compare(decision.model_copy(update={"output_digest": "sha256:0"}), decision)

    assert found is not None
    assert found.path == "/output_digest"


def test_another_decision_id_is_a_difference() -> None:
    """The id names event, ordinal, rule set and semantics, so it must be equal in every release."""
    decision = _decision()
    other = decision.model_copy(update={"decision_id": decision.event_id})

    found = compare(other, decision)

    assert found is not None
    assert found.path == "/decision_id"


def test_another_engine_or_input_is_no_difference() -> None:
    """Equal means equal findings, whatever release decided at whatever offset."""
    decision = _decision()
    other = decision.model_copy(update={"engine": "peerline/9", "input": a_position(7)})

    assert compare(other, decision) is None


def test_changed_facts_are_found_by_rechecking_the_record() -> None:
    """A record whose facts do not give its tier was tampered with."""
    decision = _decision()
    facts = (decision.facts[0], {**decision.facts[1], "patient.harm": "none"}, decision.facts[2])

    found = recheck(decision.model_copy(update={"facts": facts}), a_rule_set())

    assert found is not None
    assert found.path == "/persons/0/priority"


@pytest.mark.parametrize(
    ("recorded", "expected", "path"),
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1}, {"a": 2}, "/a"),
        ({"a": 1}, {}, "/a"),
        ({"a": [1, 2]}, {"a": [1]}, "/a/1"),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, "/a/1/b"),
        ([], {}, ""),
    ],
)
def test_differences_are_json_pointers(
    recorded: object, expected: object, path: str | None
) -> None:
    """Keys in order of their names, list items by index."""
    found = difference(recorded, expected)

    assert (found.path if found else None) == path

"""A value made of checked parts is the one that validation would give."""

from typing import Any

import pytest

from shared.contracts.triage_decision import IssuedRequest, Reason, TriageDecision, WindowValue
from tests.builders.canonical import a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import some_rules

REASON: dict[str, Any] = {
    "rule_id": "child_death",
    "title": "A child died",
    "family": "critical_event",
    "verdict": "fires",
    "text": 0,
}


def test_an_unchecked_value_equals_the_validated_one() -> None:
    """Same fields, defaults, order and JSON."""
    checked = Reason.model_validate(REASON)
    given = {name: getattr(checked, name) for name in REASON}

    made = Reason.of(given)

    assert made == checked
    assert made.to_json() == checked.to_json()
    assert made.model_fields_set == checked.model_fields_set


@pytest.mark.parametrize(
    "fields", [{"name": "w", "value": 1}, {"name": "w", "value": 1, "incident_keys": (), "x": 1}]
)
def test_a_missing_or_unknown_field_is_refused(fields: dict[str, Any]) -> None:
    """What nobody checks must at least be whole."""
    with pytest.raises(KeyError):
        WindowValue.of(fields)


def test_a_decision_survives_validation_unchanged() -> None:
    """Every value that deciding puts in is of the contract's own type."""
    report = a_canonical(patients=[a_patient(harm="death")], staff=[a_nurse(), a_nurse(None)])

    decision = fold([report], some_rules())[0].decision

    assert decision is not None
    assert isinstance(decision.requests[0], IssuedRequest)
    assert TriageDecision.model_validate(decision.model_dump()) == decision
    assert TriageDecision.model_validate_json(decision.to_json()) == decision

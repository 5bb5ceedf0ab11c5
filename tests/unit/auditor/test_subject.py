"""What an auditor may call a report by."""

import json
from pathlib import Path

import pytest

from services.auditor.domain.subject import Subject
from shared import contracts
from shared.contracts import TriageDecision, TriageRejected

EXAMPLES = Path(contracts.__file__).parent / "examples"


def _decision() -> TriageDecision:
    text = (EXAMPLES / "TriageDecision.team.json").read_text()
    return TriageDecision.model_validate(json.loads(text))


def _rejection() -> TriageRejected:
    text = (EXAMPLES / "TriageRejected.duplicate.json").read_text()
    return TriageRejected.model_validate(json.loads(text))


def test_a_decision_answers_to_each_of_its_names() -> None:
    """Decision id, event id, incident key and the bare record id all lead to it."""
    decision = _decision()
    names = (str(decision.decision_id), str(decision.event_id), decision.incident_key)

    assert all(Subject(name).is_decided_by(decision) for name in names)
    assert Subject(decision.incident_key.rsplit("|", 1)[1]).is_decided_by(decision)


@pytest.mark.parametrize("word", ["1003", "main|R-100", "riverside", ""])
def test_a_part_of_a_name_is_no_name(word: str) -> None:
    """An auditor never gets another report than the one asked for."""
    assert not Subject(word).is_decided_by(_decision())


def test_another_tenants_report_is_not_meant() -> None:
    """Record ids repeat between tenants."""
    decision = _decision()

    assert not Subject(str(decision.event_id), tenant="elsewhere").is_decided_by(decision)
    assert not Subject(str(decision.event_id), tenant="elsewhere").is_refused_by(_rejection())


def test_a_refusal_answers_to_its_event() -> None:
    """A duplicate is found by the event that it repeats."""
    rejection = _rejection()

    assert Subject(str(rejection.event_id)).is_refused_by(rejection)
    assert Subject(rejection.incident_key or "").is_refused_by(rejection)
    assert not Subject("other").is_refused_by(rejection)

"""What an auditor is told of one report."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.auditor import bootstrap
from services.auditor.domain.subject import Subject
from services.auditor.settings import AuditorSettings
from shared import contracts
from shared.contracts import TriageDecision

EXAMPLES = Path(contracts.__file__).parent / "examples"


class _Decided:
    """Topics with one decision and no rule set."""

    def __init__(self, decision: TriageDecision) -> None:
        self._decision = decision

    def decisions(self) -> list[TriageDecision]:
        return [self._decision]

    def __getattr__(self, _name: str) -> Any:
        return list


def test_a_decision_is_explained_although_its_rule_set_is_not_on_the_topic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Everything but the sources of the rules stands in the decision."""
    text = (EXAMPLES / "TriageDecision.team.json").read_text()
    decision = TriageDecision.model_validate(json.loads(text))
    monkeypatch.setattr(bootstrap, "topics", lambda _settings: _Decided(decision))

    found = bootstrap.explain(AuditorSettings(), Subject(decision.incident_key))

    assert any(decision.incident_key in line for line in found.lines)

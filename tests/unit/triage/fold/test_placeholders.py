"""A number that becomes or ceases to be a placeholder changes older occurrences too."""

from typing import Any

import pytest

from services.triage.domain import occurrence
from services.triage.domain.state import State, Step
from shared.contracts import IncidentReported
from tests.builders.canonical import DAY, HOUR, NOON, a_canonical, a_nurse, a_patient, fold
from tests.builders.fold_rules import some_rules

TIE = 5
RULES = some_rules()


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrence, "LARGEST_TIE", TIE)


def _far(number: int) -> IncidentReported:
    """Return an incident of the same patient, weeks away, that nobody's windows count."""
    return a_canonical(
        f"far{number}",
        at=NOON - (60 + 2 * number) * DAY,
        received_at=NOON + HOUR,
        categories=["restraint"],
        patients=[a_patient("t_one", harm="none")],
        staff=[],
    )


def _restarted(state: State) -> State:
    fresh = State()
    for key, value in state.records():
        fresh.restore(key, value)
    return fresh


def _told(step: Step) -> tuple[Any, ...]:
    assert step.decision is not None
    return step.decision.output_digest, step.memos, step.requests


@pytest.mark.parametrize("more", range(TIE + 1))
def test_a_restart_decides_alike_whatever_the_number_of_a_patients_incidents(more: int) -> None:
    """Two reports of one event, then as many others as may make the number a placeholder."""
    grave: dict[str, Any] = {"patients": [a_patient("t_one", harm="severe")], "staff": [a_nurse()]}
    pair = [a_canonical("a1", **grave), a_canonical("a2", **grave)]
    state = State()
    fold([*pair, *(_far(number) for number in range(more))], RULES, state)
    restarted = _restarted(state)
    later = [
        a_canonical("b1", at=NOON + DAY, unit="ward-7", patients=None, staff=[a_nurse()]),
        a_canonical("a2", revision=2, received_at=NOON + 2 * DAY, narrative_present=True, **grave),
        a_canonical("far0", revision=2, status="retracted", received_at=NOON + 3 * DAY),
    ]

    for live, anew in zip(fold(later, RULES, state), fold(later, RULES, restarted), strict=True):
        assert _told(live) == _told(anew)

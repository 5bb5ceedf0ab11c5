"""When a worker counts as stuck, alive, ready."""

import pytest

from services.triage.agent.health.progress import Phase, Progress
from services.triage.agent.health.watchdog import is_stuck

LIMIT = 60.0
NOW = 1000.0
STUCK = "stuck"
FINE = "fine"


def a_progress(**changes: object) -> Progress:
    """Return a running worker at offset 5 of partition 0 whose loop has just turned."""
    progress = Progress(phase=Phase.RUNNING, rules_ready=True, pulse_at=NOW, moved_at=NOW)
    progress.positions = {0: 5}
    for name, value in changes.items():
        setattr(progress, name, value)
    return progress


@pytest.mark.parametrize(
    ("changes", "end", "verdict"),
    [
        ({}, 9, FINE),
        ({"moved_at": NOW - 61}, 9, STUCK),
        ({"moved_at": NOW - 61}, 5, FINE),
        ({"moved_at": NOW - 61, "waiting": {0: NOW - 5}}, 9, FINE),
        ({"moved_at": NOW - 61, "waiting": {0: NOW - 70}}, 9, STUCK),
        ({"pulse_at": NOW - 61}, 5, STUCK),
        ({"in_hand_since": NOW - 61}, 5, STUCK),
        ({"in_hand_since": NOW - 5}, 5, FINE),
        ({"moved_at": NOW - 61, "phase": Phase.STARTING}, 9, FINE),
        ({"moved_at": NOW - 61, "positions": {}}, 9, FINE),
    ],
)
def test_a_worker_is_stuck_only_when_records_wait_and_nothing_moves(
    changes: dict[str, object], end: int, verdict: str
) -> None:
    """Lag and no movement, a dead loop, or a chunk that does not end; waiting for rules is none."""
    assert is_stuck(a_progress(**changes), {0: end}, NOW, LIMIT) == (verdict == STUCK)


def test_a_position_that_stands_still_is_no_movement() -> None:
    """Only change moves; the pulse counts by itself."""
    progress = a_progress(decided_to={0: 5})

    progress.see({0: 5}, {0: 5})

    assert progress.moved_at == NOW
    assert progress.pulse_at > 0


def test_a_position_that_changes_is_movement() -> None:
    """Reading or deciding further counts."""
    progress = a_progress(moved_at=0.0)

    progress.see({0: 6}, {0: 5})

    assert progress.moved_at > 0
    assert progress.positions == {0: 6}


@pytest.mark.parametrize("phase", list(Phase))
def test_only_a_running_worker_with_rules_is_ready(phase: Phase) -> None:
    """Starting and draining are not ready, nor is a worker without current rules."""
    assert a_progress(phase=phase).is_ready() is (phase is Phase.RUNNING)
    assert not a_progress(phase=phase, rules_ready=False).is_ready()

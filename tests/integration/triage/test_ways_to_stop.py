"""The eight behaviours through real processes that are killed, restarted and rebalanced.

Equal to the fold in memory, which nothing interrupts: decisions, requests, questions, refusals and
memory of every behaviour.
"""

import signal
from collections.abc import Callable, Iterator

import pytest

from services.triage.journal.crash_points import Step
from tests.builders.triage_behaviours import (
    BEHAVIOURS,
    fold_deciding,
    reports_of,
    rounds,
    tenant_of,
)
from tests.builders.triage_edges import a_reported_record
from tests.builders.triage_lives import Told, told_by_fold, told_by_partition
from tests.builders.triage_stage import Stage, WorkerProcess, eventually

PARTITIONS = 2
MOST_WORKERS = 3


class Play:
    """The rounds of all behaviours on one stage, every second behaviour on its own partition."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.suffix = stage.name.lower()
        self.sent = 0
        self._place = {
            tenant_of(behaviour, self.suffix): number % PARTITIONS
            for number, behaviour in enumerate(BEHAVIOURS)
        }

    def rounds(self) -> Iterator[int]:
        """Write one round after the other, yielding its number."""
        for number, reports in enumerate(rounds(self.suffix)):
            self.sent += self.stage.send(
                a_reported_record(report, partition=self._place[report.tenant])
                for report in reports
            )
            yield number

    def worker(self, slot: int = 0, **changes: object) -> WorkerProcess:
        """Start a worker with the real decider."""
        return self.stage.start(slot, decider="fold", **changes)

    def is_decided(self) -> bool:
        """Return whether everything written so far has its answer."""
        return sum(self.stage.outcomes().values()) >= self.sent

    def told(self) -> dict[str, Told]:
        """Return what was told by tenant."""
        by_partition = told_by_partition(self.stage, self.suffix)
        return {tenant: by_partition[number].of(tenant) for tenant, number in self._place.items()}

    def expected(self) -> dict[str, Told]:
        """Return what the fold in memory tells by tenant."""
        tenants = {tenant_of(behaviour, self.suffix): behaviour for behaviour in BEHAVIOURS}
        return {
            tenant: told_by_fold(fold_deciding(), reports_of(behaviour, tenant))
            for tenant, behaviour in tenants.items()
        }


@pytest.fixture
def play(new_stage: Callable[..., Stage]) -> Play:
    """Return a play on a stage of its own."""
    return Play(new_stage(partitions=PARTITIONS))


def test_kill_nine_in_every_round_changes_nothing(play: Play) -> None:
    """Each life commits one chunk and is killed in the next, at another step each time."""
    steps = [Step.AFTER_DECIDE, Step.AFTER_PRODUCE, Step.BEFORE_COMMIT]

    ends = [play.worker(crash_at=steps[n]).wait() for n in play.rounds() if n < len(steps)]
    last = play.worker()
    eventually(lambda: last.has_reached(play.sent))

    assert ends == [-signal.SIGKILL] * len(steps)
    assert play.told() == play.expected()


def test_a_restart_after_every_round_changes_nothing(play: Play) -> None:
    """SIGTERM while a round is being decided: exit code 0, the next life goes on."""
    codes = []
    for _ in play.rounds():
        life = play.worker()
        eventually(life.decided)
        codes.append(life.terminate())
    last = play.worker()
    eventually(lambda: last.has_reached(play.sent))

    assert set(codes) == {0}
    assert play.told() == play.expected()


def test_rebalances_in_a_row_change_nothing(play: Play) -> None:
    """1, 2, 3 and again 1 worker: decisions flow in every step, and nothing is told twice."""
    workers: list[WorkerProcess] = []
    for number in play.rounds():
        if number < MOST_WORKERS:
            workers.append(play.worker(number, instance=None))
        else:
            for worker in workers[:-1]:
                worker.terminate()
        eventually(play.is_decided)

    # The last one left may still be restoring what it was given when nothing is left to decide.
    eventually(lambda: workers[-1].progress().get("decided_to", {}).keys() == {"0", "1"})
    assert play.told() == play.expected()

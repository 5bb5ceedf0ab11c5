"""A triage worker with the fake decider (or the real one): what a forked process runs."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.triage.agent.health.progress import Progress
from services.triage.agent.stretch import Deciding
from services.triage.bootstrap import WorkerPlan, finish, run_worker
from services.triage.journal.crash_points import Step
from shared.kafka.client import KafkaClient
from shared.observability import configure_logging
from tests.builders.triage_behaviours import fold_deciding
from tests.builders.triage_edges import FakeMemory, FakeStep, ReadyRules, fake_deciding

DECIDERS: Mapping[str, Callable[[], Deciding]] = {
    "fake": fake_deciding,
    "fold": fold_deciding,
    "slow": lambda: fake_deciding(new_memory=SlowMemory),
}


def live(plan_file: Path, log_file: Path) -> None:
    """Run until told to stop; the plan file holds the fields of `WorkerPlan` and of the client."""
    _write_to(log_file)
    configure_logging("triage")
    plan = json.loads(plan_file.read_text())
    session = plan.pop("session_timeout_seconds", 6)
    client = KafkaClient(plan.pop("bootstrap"), "triage", session_timeout_seconds=session)
    folder = Path(plan.pop("folder"))
    reach = CrashAt(plan.pop("crash_at", None))
    deciding = DECIDERS[plan.pop("decider", "fake")]()
    wanted = WorkerPlan(kafka=client, folder=folder, reach=reach, **plan)
    finish(run_worker(wanted, deciding, ReadyRules(), Progress()))


class SlowMemory(FakeMemory):
    """Takes its time to restore, so that records arrive meanwhile."""

    def restore(self, key: str, value: bytes | None) -> None:
        time.sleep(0.05)
        super().restore(key, value)

    def apply(self, step: FakeStep) -> None:
        for key, value in step.memos.items():
            super().restore(key, value)


@dataclass(slots=True)
class CrashAt:
    """Kills the process at a step, once this life has committed a chunk and shown its progress."""

    wanted: str | None
    commits: int = 0

    def __call__(self, step: Step) -> None:
        if self.commits and step == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        self.commits += step is Step.AFTER_COMMIT


def _write_to(log_file: Path) -> None:
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)

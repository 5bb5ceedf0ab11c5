"""Runs a triage worker with the fake decider as a process of its own: `python -m … PLAN.json`."""

import json
import sys
from pathlib import Path

from services.triage.bootstrap import WorkerPlan, finish, run_worker
from services.triage.health.progress import Progress
from shared.kafka.client import KafkaClient
from shared.observability import configure_logging
from tests.builders.triage_edges import ReadyRules, fake_deciding


def main(plan_file: str) -> None:
    """Run until told to stop; the plan file holds the fields of `WorkerPlan`."""
    plan = json.loads(Path(plan_file).read_text())
    configure_logging("triage")
    session = plan.pop("session_timeout_seconds", 6)
    client = KafkaClient(plan.pop("bootstrap"), "triage", session_timeout_seconds=session)
    folder = Path(plan.pop("folder"))
    wanted = WorkerPlan(kafka=client, folder=folder, **plan)
    finish(run_worker(wanted, fake_deciding(), ReadyRules(), Progress()))


if __name__ == "__main__":
    main(sys.argv[1])

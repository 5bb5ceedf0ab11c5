"""A stage for triage workers on real Kafka: own topics, workers as processes, a ledger."""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from kafka import TopicPartition
from kafka.errors import TopicAlreadyExistsError

from shared.contracts.topics import DECISION, TRIAGE_REJECTED
from shared.identity import new_token
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Outgoing

LIFE_SECONDS = 30.0
# Importing takes longer than living here: a server imports once and forks each life.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.integration.triage.fake_worker"])


def _live(plan_file: Path, log_file: Path) -> None:
    from tests.integration.triage.fake_worker import live

    live(plan_file, log_file)


@dataclass(slots=True)
class WorkerProcess:
    """One life of a worker."""

    process: BaseProcess
    progress_file: Path

    def progress(self) -> dict[str, Any]:
        """Return what the worker says of itself; empty before it has said anything."""
        try:
            found: dict[str, Any] = json.loads(self.progress_file.read_text())
        except FileNotFoundError:
            return {}
        return found

    def decided(self) -> int:
        """Return how many decisions this life has committed."""
        return int(self.progress().get("decided", 0))

    def has_reached(self, offset: int) -> bool:
        """Return whether all partitions together are decided up to `offset`."""
        decided_to: dict[str, int] = self.progress().get("decided_to", {})
        return sum(decided_to.values()) == offset

    def is_alive(self) -> bool:
        """Return whether the process still runs."""
        return self.process.is_alive()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process and no other."""
        os.kill(self.process.pid or 0, number)

    def kill(self) -> None:
        """End it without warning."""
        self.signal(signal.SIGKILL)
        self.wait()

    def wait(self) -> int | None:
        """Wait for the end of the process and return its exit code."""
        self.process.join(LIFE_SECONDS)
        return self.process.exitcode

    def terminate(self) -> int | None:
        """Ask it to leave and return its exit code."""
        self.process.terminate()
        return self.wait()


@dataclass(slots=True)
class Stage:
    """Topics and a group of their own; outcomes are told apart by the input topic they name."""

    kafka: KafkaClient
    folder: Path
    partitions: int = 1
    name: str = field(default_factory=lambda: new_token()[:10].replace("_", "x").replace("-", "x"))
    workers: list[WorkerProcess] = field(default_factory=list)
    state_configs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Create the topics."""
        self._create(self.input_topic, {})
        self._create(self.state_topic, {"cleanup.policy": "compact"} | self.state_configs)

    def another_state(self) -> str:
        """Create an empty state topic beside the stage's own and return its name."""
        name = f"{self.state_topic}-2"
        self._create(name, {"cleanup.policy": "compact"})
        return name

    def lose_state(self) -> None:
        """Delete the state topic and create it again, empty."""
        admin = self.kafka.admin()
        admin.delete_topics([self.state_topic])
        admin.close()
        eventually(self._recreate_state)

    def _recreate_state(self) -> bool:
        try:
            self._create(self.state_topic, {"cleanup.policy": "compact"})
        except TopicAlreadyExistsError:
            # The broker deletes in its own time.
            return False
        return True

    def _create(self, topic: str, configs: dict[str, str]) -> None:
        admin = self.kafka.admin()
        wanted = {
            "num_partitions": self.partitions,
            "replication_factor": 1,
            "configs": configs,
        }
        admin.create_topics({topic: wanted})
        admin.wait_for_topics([topic])
        admin.close()

    def committed(self) -> int:
        """Return the group's committed offsets, summed over the partitions."""
        consumer = self.kafka.consumer(group_id=self.group)
        places = [TopicPartition(self.input_topic, number) for number in range(self.partitions)]
        offsets = [consumer.committed(place) or 0 for place in places]
        consumer.close()
        return sum(offsets)

    @property
    def input_topic(self) -> str:
        return f"reported-{self.name}"

    @property
    def state_topic(self) -> str:
        return f"state-{self.name}"

    @property
    def group(self) -> str:
        return f"triage-{self.name}"

    def send(self, records: Iterable[Outgoing]) -> int:
        """Write records to the input topic, durably, and return how many."""
        producer = self.kafka.producer()
        count = 0
        for record in records:
            producer.send(
                self.input_topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                partition=record.partition,
            )
            count += 1
        producer.flush()
        producer.close()
        return count

    def start(self, slot: int = 0, **changes: Any) -> WorkerProcess:
        """Start a worker; it runs the fake decider of `triage_edges`."""
        life = len(self.workers)
        folder = self.folder / f"life-{life}"
        plan = {
            "bootstrap": self.kafka.bootstrap,
            "group": self.group,
            "instance": f"{self.group}-{slot}",
            "input_topic": self.input_topic,
            "state_topic": self.state_topic,
            "folder": str(folder),
        }
        plan_file = self.folder / f"plan-{life}.json"
        plan_file.write_text(json.dumps(plan | changes))
        process = FORKS.Process(
            target=_live, args=(plan_file, self.log_file(life)), name=f"triage-{life}"
        )
        process.start()
        self.workers.append(WorkerProcess(process, folder / "progress.json"))
        return self.workers[-1]

    def log_file(self, life: int) -> Path:
        """Return where the worker of this life logs."""
        return self.folder / f"life-{life}.log"

    def outcomes(self) -> Counter[tuple[int, int]]:
        """Return how often each input record ended as a committed decision or rejection."""
        return Counter(place for place, _ in self.told())

    def decisions_written(self) -> int:
        """Return how many decisions were ever written, aborted ones included."""
        consumer = self.kafka.consumer(group_id=None, isolation_level="read_uncommitted")
        places = [TopicPartition(DECISION.name, number) for number in range(self.partitions)]
        consumer.assign(places)
        ends = consumer.end_offsets(places)
        consumer.seek_to_beginning()
        written = 0
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=200).values():
                written += sum(self.input_topic.encode() in record.value for record in records)
        consumer.close()
        return written

    def told(self) -> list[tuple[tuple[int, int], dict[str, Any]]]:
        """Return the committed decisions and rejections of this stage with their input places."""
        found = []
        ours = range(self.partitions)
        for record in read_range(self.kafka, DECISION.name, partitions=ours):
            decision = json.loads(record.value or b"{}")
            place = decision["input"]
            if place["topic"] == self.input_topic:
                found.append(((place["partition"], place["offset"]), decision))
        for record in read_range(self.kafka, TRIAGE_REJECTED.name, partitions=ours):
            refusal = json.loads(record.value or b"{}")
            if refusal["input_topic"] == self.input_topic:
                found.append(((refusal["partition"], refusal["offset"]), refusal))
        return found

    def rejections(self) -> dict[int, dict[str, Any]]:
        """Return the committed rejections by input offset."""
        return {place[1]: told for place, told in self.told() if "code" in told}

    def close(self) -> None:
        """End every worker that still lives."""
        for worker in self.workers:
            if worker.is_alive():
                worker.kill()


def eventually(holds: Callable[[], object], seconds: float = LIFE_SECONDS) -> None:
    """Wait until `holds` is true.

    Raises:
        AssertionError: it did not become true within `seconds`.
    """
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise AssertionError(f"{holds} did not come true within {seconds} s")
        time.sleep(0.05)

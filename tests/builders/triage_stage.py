"""A stage for triage workers on real Kafka: topics of its own, workers as processes, an independent ledger."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import TopicPartition

from shared.contracts.topics import DECISION, TRIAGE_REJECTED
from shared.identity import new_token
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Outgoing

LIFE_SECONDS = 30.0


@dataclass(slots=True)
class WorkerProcess:
    """One life of a worker."""

    process: subprocess.Popen[bytes]
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
        """Return whether the positions of all partitions together are at `offset`."""
        return sum(self.progress().get("positions", {}).values()) == offset

    def kill(self) -> None:
        """End it without warning."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(LIFE_SECONDS)

    def terminate(self) -> int:
        """Ask it to leave and return its exit code."""
        self.process.terminate()
        return self.process.wait(LIFE_SECONDS)


@dataclass(slots=True)
class Stage:
    """Topics and a group of their own; outcomes are told apart by the input topic they name."""

    kafka: KafkaClient
    folder: Path
    partitions: int = 1
    name: str = field(default_factory=lambda: new_token()[:10].replace("_", "x").replace("-", "x"))
    workers: list[WorkerProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Create the topics."""
        self._create(self.input_topic, {})
        self._create(self.state_topic, {"cleanup.policy": "compact"})

    def another_state(self) -> str:
        """Create an empty state topic beside the stage's own and return its name."""
        name = f"{self.state_topic}-2"
        self._create(name, {"cleanup.policy": "compact"})
        return name

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

    def group_offset(self, partition: int) -> int:
        """Return the group's committed offset."""
        consumer = self.kafka.consumer(group_id=self.group)
        place = TopicPartition(self.input_topic, partition)
        offset: int = consumer.committed(place) or 0
        consumer.close()
        return offset

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
        with self.log_file(life).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.triage.fake_worker", str(plan_file)],
                stderr=log,
                stdout=log,
            )
        self.workers.append(WorkerProcess(process, folder / "progress.json"))
        return self.workers[-1]

    def log_file(self, life: int) -> Path:
        """Return where the worker of this life logs."""
        return self.folder / f"life-{life}.log"

    def outcomes(self) -> Counter[tuple[int, int]]:
        """Return how often each input record ended as a committed decision or rejection."""
        return Counter(place for place, _ in self.told())

    def decisions_written(self) -> int:
        """Return how many decisions were ever written, also those that an aborted transaction took back."""
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
            if worker.process.poll() is None:
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

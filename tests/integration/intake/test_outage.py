"""A real broker that goes away and comes back: 503 in between, and every 202 is kept."""

import gc
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.intake.http.raw_log import KafkaRawLog, Patience
from shared.clock import monotonic
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import EmbeddedKafka
from tests.builders.broker import jar_folder, own_broker
from tests.builders.canaries.words import TELLING
from tests.builders.intake_edge import PARTITIONS, an_intake
from tests.builders.intake_processes import IntakeProcesses, eventually

# kafka-python 3.0.12 leaves a socket to the garbage collector when a connection is cut short.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


class Outage:
    """Intake's processes and a broker that can be stopped and started at the same address."""

    def __init__(self, folder: Path, broker: EmbeddedKafka) -> None:
        self._folder = folder
        self._broker = broker
        self._kafka = KafkaClient(broker.start(), "tests")
        self.processes = IntakeProcesses(folder / "home", self._kafka)

    def begin(self) -> None:
        """Stop the broker."""
        self._broker.stop()

    def end(self) -> None:
        """Start it again, with what it has kept."""
        port = int(self._kafka.bootstrap.rpartition(":")[2])
        again = EmbeddedKafka(self._folder / "kafka", jar_folder=jar_folder(), port=port)
        assert again.start() == self._kafka.bootstrap

    def post(self, record_id: str) -> httpx.Response:
        """Send a report."""
        return self.processes.post({"record_id": record_id, "narrative": TELLING})


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    """Give an intake on a broker of its own."""
    with own_broker(tmp_path / "kafka") as broker:
        made = Outage(tmp_path, broker)
        yield made
        made.processes.close()
        gc.collect()


def test_while_kafka_is_down_the_answer_is_503_and_no_202_is_lost(outage: Outage) -> None:
    """Quickly, again and again, until Kafka is back; then the same edge accepts again."""
    outage.processes.start("http")
    promised = {outage.post("before").json()["event_id"]}
    outage.begin()

    started = monotonic()
    refused = [outage.post("during") for _ in range(3)]
    assert {answer.status_code for answer in refused} == {503}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert monotonic() - started < 30
    assert "kafka" in outage.processes.get("/readyz").json()["failed"]

    outage.end()
    eventually(lambda: outage.post("after").status_code == 202)
    promised.add(outage.post("after").json()["event_id"])
    outage.processes.start("normalise")
    eventually(lambda: promised <= outage.processes.reported().keys())


def test_an_edge_that_starts_before_kafka_accepts_as_soon_as_it_is_there(outage: Outage) -> None:
    """No order of starting is needed."""
    outage.begin()
    outage.processes.start("http")
    assert outage.post("too early").status_code == 503

    outage.end()

    eventually(lambda: outage.post("in time").status_code == 202)


def test_another_partition_count_accepts_nothing(tmp_path: Path, kafka: KafkaClient) -> None:
    """A tenant's reports must not go to a partition that is not the tenant's."""
    log = KafkaRawLog(kafka, PARTITIONS + 1, Patience())
    intake = an_intake(tmp_path, raw_log=log)

    assert intake.post({"record_id": "1"}).status_code == 503
    log.close()

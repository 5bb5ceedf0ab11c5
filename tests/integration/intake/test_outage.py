"""A real broker that goes away and comes back: 503 in between, and every 202 is kept."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.http.raw_log import KafkaRawLog, Patience, RawLogUnavailableError
from shared.clock import monotonic
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import EmbeddedKafka
from shared.kafka.reader import read_range
from tests.builders.broker import jar_folder, own_broker
from tests.builders.intake_edge import PARTITIONS, IntakeStage, an_intake
from tests.builders.loops import eventually

# kafka-python 3.0.12 leaves sockets to the garbage collector when a broker does not answer.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
RAW = "incident.raw.v1"
PATIENCE = Patience(connect_seconds=1.0, delivery_seconds=2.0)


class Outage:
    """An intake whose broker can be stopped and started again at the same address."""

    def __init__(self, folder: Path, broker: EmbeddedKafka) -> None:
        self._folder = folder
        self._broker = broker
        self.kafka = KafkaClient(broker.start(), "tests")
        self.log = KafkaRawLog(self.kafka, PARTITIONS, PATIENCE)
        self.intake: IntakeStage = an_intake(folder / "site", raw_log=self.log)

    def begin(self) -> None:
        """Stop the broker."""
        self._broker.stop()

    def end(self) -> None:
        """Start it again, with what it has kept."""
        port = int(self.kafka.bootstrap.rpartition(":")[2])
        again = EmbeddedKafka(self._folder / "kafka", jar_folder=jar_folder(), port=port)
        assert again.start() == self.kafka.bootstrap

    def post(self, record_id: str) -> int:
        """Send a report and return the status."""
        return self.intake.post({"record_id": record_id}).status_code


@pytest.fixture
def outage(tmp_path: Path) -> Iterator[Outage]:
    """Give an intake on a broker of its own."""
    with own_broker(tmp_path / "kafka") as broker:
        made = Outage(tmp_path, broker)
        yield made
        made.log.close()
        gc.collect()  # what a client without a broker leaves open is noticed here, and allowed


def test_while_kafka_is_down_the_answer_is_503_and_no_202_is_lost(outage: Outage) -> None:
    """Quickly, again and again, until Kafka is back; then the same edge accepts again."""
    assert outage.post("before") == 202
    outage.begin()

    started = monotonic()
    assert {outage.post("during") for _ in range(3)} == {503}
    assert monotonic() - started < 30
    assert "kafka" in outage.intake.client.get("/readyz").json()["failed"]

    outage.end()
    eventually(lambda: outage.post("after") == 202)
    events = [dict(record.headers)["ce_id"] for record in read_range(outage.kafka, RAW)]
    # "during" may have been written after all: it was never promised, and repeats are harmless.
    assert len({event for event in events if event}) in (2, 3)


def test_an_edge_that_starts_before_kafka_accepts_as_soon_as_it_is_there(
    outage: Outage,
) -> None:
    """No order of starting is needed."""
    outage.begin()
    with pytest.raises(RawLogUnavailableError):
        outage.log.probe()
    assert outage.post("too early") == 503

    outage.end()

    eventually(lambda: outage.post("in time") == 202)


def test_another_partition_count_accepts_nothing(tmp_path: Path, kafka: KafkaClient) -> None:
    """A tenant's reports must not go to a partition that is not the tenant's."""
    log = KafkaRawLog(kafka, PARTITIONS + 1, PATIENCE)
    intake = an_intake(tmp_path, raw_log=log)

    assert intake.post({"record_id": "1"}).status_code == 503
    log.close()

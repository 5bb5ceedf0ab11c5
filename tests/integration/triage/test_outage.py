"""The broker stops in the middle of the load and comes back: nothing is lost, nothing doubled."""

from pathlib import Path

from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import EmbeddedKafka
from tests.builders.broker import jar_folder, own_broker
from tests.builders.triage_edges import a_reported, a_reported_record
from tests.builders.triage_stage import Stage, eventually

REPORTS = 12
MOST_LIVES = 8


def restart(home: Path, port: int) -> None:
    """Start the stopped broker of a folder on the port it had."""
    EmbeddedKafka(home, jar_folder=jar_folder(), port=port).start()


def test_an_outage_of_the_broker_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """A supervisor restarts whatever ends; when the broker is back everything is decided once."""
    with own_broker(tmp_path / "home") as broker:
        running = broker.status().running
        assert running is not None
        stage = Stage(KafkaClient(running.bootstrap, "tests"), tmp_path)
        sent = stage.send(a_reported_record(a_reported(f"slow-{n}")) for n in range(REPORTS))
        worker = stage.start()
        eventually(lambda: 0 < worker.decided() < sent)

        broker.stop()
        restart(tmp_path / "home", running.port)

        def settled() -> bool:
            nonlocal worker
            if not worker.is_alive() and len(stage.workers) < MOST_LIVES:
                worker = stage.start()
            return worker.has_reached(sent)

        eventually(settled, seconds=90)
        assert len(stage.outcomes()) == sent
        assert set(stage.outcomes().values()) == {1}
        assert worker.terminate() == 0

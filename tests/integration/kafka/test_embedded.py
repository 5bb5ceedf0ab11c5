"""The embedded Kafka itself: started, found again, survived, stopped, refused in words."""

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.kafka.client import KafkaClient
from shared.kafka.embedded import pid_file, ports, process
from shared.kafka.embedded.errors import EmbeddedKafkaError
from shared.kafka.embedded.pid_file import Running
from shared.kafka.embedded.server import BrokerFailedError, EmbeddedKafka, resolve_bootstrap
from tests.builders.broker import jar_folder
from tests.builders.loops import eventually, send, values

pytestmark = pytest.mark.kafka


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Give a home whose broker is stopped at the end."""
    yield tmp_path
    EmbeddedKafka(tmp_path).stop()


def broker(home: Path, port: int = 0) -> EmbeddedKafka:
    """Return the embedded Kafka of `home`, as any process would make it."""
    return EmbeddedKafka(home, jar_folder=jar_folder(), port=port)


def test_a_broker_is_found_again_and_its_data_outlive_it(home: Path) -> None:
    """Start, start again, stop, start: one broker, the same records."""
    first = broker(home)
    bootstrap = first.start()
    client = KafkaClient(bootstrap, "tests")
    admin = client.admin()
    admin.create_topics({"kept": {"num_partitions": 1, "replication_factor": 1}})
    admin.close()
    send(client, "kept", [b"record"])

    assert broker(home).start() == bootstrap
    assert resolve_bootstrap(None, home) == bootstrap
    assert stat.S_IMODE((home / "kafka").stat().st_mode) == 0o700
    assert first.stop()
    assert not first.stop()
    assert resolve_bootstrap(None, home) is None
    again = broker(home)
    assert values(KafkaClient(again.start(), "tests"), "kept") == [b"record"]
    again.stop()


def test_a_broker_that_was_killed_is_started_again(home: Path) -> None:
    """The pid file it left behind is stale, nothing else."""
    kafka = broker(home)
    kafka.start()
    running = kafka.status().running
    assert running is not None
    os.kill(running.pid, signal.SIGKILL)
    eventually(lambda: not process.runs(running.pid, running.mark))

    assert kafka.status().running is None
    assert kafka.start() == kafka.status().running.bootstrap  # type: ignore[union-attr]
    kafka.stop()


def test_a_stale_pid_file_never_ends_a_stranger(home: Path) -> None:
    """Its pid is ours, its start is not: stopping does not touch us."""
    data = home / "kafka" / "data"
    data.parent.mkdir()
    pid_file.write(home / "kafka" / "kafka.pid", Running(os.getpid(), "old", 1, 2, str(data)))

    assert not EmbeddedKafka(home).stop()
    assert not (home / "kafka" / "kafka.pid").exists()


def test_a_broker_that_cannot_start_says_where_to_look(home: Path) -> None:
    """Kafka's own words are in its log, not in our terminal."""
    data = home / "kafka" / "data"
    data.mkdir(parents=True)
    (data / "meta.properties").write_text("version=99\n")

    with pytest.raises(BrokerFailedError, match=r"ended while it was starting.*kafka\.log"):
        broker(home).start()


def test_a_data_folder_that_cannot_be_prepared_is_named(home: Path) -> None:
    """A file where the folder should be."""
    (home / "kafka").mkdir()
    (home / "kafka" / "data").write_text("")

    with pytest.raises(BrokerFailedError, match="could not prepare its data folder"):
        broker(home).start()


def test_a_broker_that_does_not_answer_in_time_is_given_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all, even a good one is too slow; it can still be stopped."""
    monkeypatch.setattr("shared.kafka.embedded.server._READY_SECONDS", 0)
    kafka = broker(home)

    with pytest.raises(BrokerFailedError, match="did not answer within 0 s"):
        kafka.start()

    assert kafka.stop()


def test_an_explicit_address_always_wins(home: Path) -> None:
    """Whatever runs here."""
    assert resolve_bootstrap("kafka.example:9092", home) == "kafka.example:9092"


def test_a_taken_port_is_passed_over() -> None:
    """The next one is used; what is asked to be left out is."""
    with socket.create_server((ports.LOOPBACK, 0)) as server:
        taken = int(server.getsockname()[1])

        assert ports.answers(taken)
        assert taken < ports.free_port(taken) < taken + 100
    assert ports.free_port(taken, frozenset({taken})) > taken
    assert not ports.answers(ports.free_port(0))
    lower = frozenset(range(1024, 46_000))
    assert lower.isdisjoint(ports.free_port(0, lower) for _ in range(20))


def test_no_free_port_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to choose another."""
    monkeypatch.setattr(ports, "_is_free", lambda _port: False)

    with pytest.raises(EmbeddedKafkaError, match=r"Ports 9092 to 9191.*--port 0"):
        ports.free_port(9092)

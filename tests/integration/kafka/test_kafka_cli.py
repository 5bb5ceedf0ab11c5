"""`peerline kafka`, as an operator meets it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.kafka_cli.cli import NOT_RUNNING, group
from shared.contracts.topics import TOPICS
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import BANNER, EmbeddedKafka
from tests.builders.broker import jar_folder


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Give a home that shares the jars of this user; its broker is stopped at the end."""
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "jars").symlink_to(jar_folder(), target_is_directory=True)
    yield tmp_path
    EmbeddedKafka(tmp_path).stop()


def peerline_kafka(home: Path, *arguments: str, servers: str | None = None) -> Result:
    """Run the command in an environment of its own."""
    return CliRunner().invoke(
        group,
        list(arguments),
        env={
            "PEERLINE_HOME": str(home),
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "PEERLINE_PARTITIONS": "2",
            "COLUMNS": "140",
        },
    )


@pytest.mark.kafka
def test_the_life_of_an_embedded_kafka(home: Path) -> None:
    """Start creates the topics, status and topics tell, stop ends it; the words stay calm."""
    steps = [
        peerline_kafka(home, "start", "--port", "0"),
        peerline_kafka(home, "status"),
        peerline_kafka(home, "topics"),
        peerline_kafka(home, "stop"),
        peerline_kafka(home, "stop"),
    ]

    started, status, topics, stopped, again = (step.output for step in steps)
    assert [step.exit_code for step in steps] == [0] * 5
    assert BANNER in started
    assert f"({len(TOPICS)} topics created)" in started
    assert "runs at 127.0.0.1:" in status
    assert all(name in topics for name in TOPICS)
    assert "is stopped" in stopped
    assert "was not running" in again
    assert not any(word in step.output for step in steps for word in ("WARN", "ERROR"))


def test_status_of_nothing_is_an_exit_code(tmp_path: Path) -> None:
    """For scripts; with the way to start it."""
    result = peerline_kafka(tmp_path, "status")

    assert result.exit_code == NOT_RUNNING
    assert "peerline kafka start" in result.output


def test_topics_of_nothing_say_what_to_do(tmp_path: Path) -> None:
    """No address, no broker."""
    result = peerline_kafka(tmp_path, "topics")

    assert result.exit_code == 1
    assert "KAFKA_BOOTSTRAP_SERVERS" in result.output


@pytest.mark.parametrize("command", ["start", "status"])
def test_a_kafka_of_ones_own_always_wins(tmp_path: Path, command: str) -> None:
    """Nothing is started, nothing is written."""
    result = peerline_kafka(tmp_path, command, servers="kafka.example:9092")

    assert result.exit_code == 0
    assert "kafka.example:9092" in result.output
    assert list(tmp_path.iterdir()) == []


def test_topics_are_created_on_a_kafka_of_ones_own(kafka: KafkaClient, tmp_path: Path) -> None:
    """As the operator; a site with another partition count is refused."""
    created = peerline_kafka(
        tmp_path, "topics", "--create", "--partitions", "6", servers=kafka.bootstrap
    )
    refused = peerline_kafka(tmp_path, "topics", servers=kafka.bootstrap)

    assert "0 topics created." in created.output
    assert type(refused.exception).__name__ == "PartitionCountError"


@pytest.mark.parametrize("command", [("--check",), ("--apply",)])
def test_rights_on_a_broker_that_checks_none_are_no_rights(
    kafka: KafkaClient, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """It is refused: a list that nobody obeys would look like safety."""
    refused = peerline_kafka(tmp_path, "acls", *command, servers=kafka.bootstrap)

    assert type(refused.exception).__name__ == "NoAuthoriserError"
    assert "StandardAuthorizer" in refused.exception.hint  # type: ignore[union-attr]

"""The broker of one machine listens to that machine only."""

import re
from pathlib import Path

import pytest

from shared.contracts.topics import source_topic
from shared.kafka.embedded.settings_file import server_properties

ROOT = Path(__file__).resolve().parents[5]
DEPLOYED = {
    "embedded": server_properties(Path("/data"), 1, 2),
    "compose": (ROOT / "docker-compose.yml").read_text(),
    "a Kafka of your own": (ROOT / "docs/operator.md").read_text(),
}


def read(text: str) -> dict[str, str]:
    """Return the settings of a properties file."""
    return dict(line.split("=", 1) for line in text.splitlines())


def test_every_address_is_the_loopback() -> None:
    """It has no access control: nobody else may reach it."""
    settings = read(server_properties(Path("/data"), 9092, 9093))

    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:9093"


def test_one_node_asks_for_one_copy_of_everything() -> None:
    """Or nothing that Kafka makes for itself would ever be made."""
    settings = read(server_properties(Path("/data"), 1, 2))

    copies = {value for name, value in settings.items() if name.endswith("replication.factor")}
    assert copies == {"1"}
    assert settings["auto.create.topics.enable"] == "false"
    assert settings["log.dirs"] == "/data"


@pytest.mark.parametrize("where", DEPLOYED)
def test_offsets_are_remembered_longer_than_source_topics_are_kept(where: str) -> None:
    """A source topic that is read again from its beginning brings back what was erased."""
    found = re.search(
        r"offsets.retention.minutes(?:=|: )(\d+)", DEPLOYED[where].lower().replace("_", ".")
    )

    assert found is not None
    assert int(found[1]) * 60_000 > source_topic("any").retention_ms

"""The broker of one machine listens to that machine only."""

from pathlib import Path

from shared.kafka.embedded.settings_file import server_properties


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

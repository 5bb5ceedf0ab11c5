"""One value makes the settings of every client."""

import ssl
from pathlib import Path

from shared.kafka.client import KafkaClient


def test_a_plain_client_says_who_and_where() -> None:
    """Several brokers are one text with commas."""
    settings = KafkaClient("one:9092,two:9092", "triage").aiokafka()

    assert settings == {
        "bootstrap_servers": ["one:9092", "two:9092"],
        "client_id": "triage",
        "security_protocol": "PLAINTEXT",
    }


def test_a_password_is_read_when_a_client_is_made(tmp_path: Path) -> None:
    """So that a rotated one needs no new settings; it is never part of the value."""
    password = tmp_path / "password"
    password.write_text("first\n")
    client = KafkaClient(
        "one:9092",
        "triage",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username="triage",
        password_file=password,
    )
    password.write_text("rotated-secret\n")

    settings = client.aiokafka()

    assert settings["sasl_plain_password"] == "rotated-secret"
    assert settings["sasl_plain_username"] == "triage"
    assert isinstance(settings["ssl_context"], ssl.SSLContext)
    assert "rotated-secret" not in repr(client)


def test_a_synchronous_client_checks_the_brokers_certificate(tmp_path: Path) -> None:
    """Against the site's own authority, if it has one; against the machine's otherwise."""
    client = KafkaClient("one:9093", "x", security_protocol="SSL", ca_file=tmp_path / "ca.pem")

    assert client._connection()["ssl_cafile"] == str(tmp_path / "ca.pem")
    assert "ssl_cafile" not in KafkaClient("one:9093", "x", security_protocol="SSL")._connection()


def test_a_login_without_a_password_file_has_none() -> None:
    """Some mechanisms need none; the broker decides."""
    client = KafkaClient("one:9092", "x", sasl_mechanism="PLAIN", username="x")

    assert client.aiokafka()["sasl_plain_password"] is None

"""Settings come from the environment under the names that all services share."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.triage.settings import TriageSettings


def test_the_shared_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """One broker, one home, one partition count for every service of a site."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "broker:9092")
    monkeypatch.setenv("PEERLINE_HOME", "/srv/peerline")
    monkeypatch.setenv("PEERLINE_PARTITIONS", "48")
    monkeypatch.delenv("PEERLINE_CONFIG", raising=False)

    settings = TriageSettings()

    assert (settings.bootstrap_servers, settings.partitions) == ("broker:9092", 48)
    assert settings.config_folder == Path("/srv/peerline/config")
    assert settings.folder == Path("/srv/peerline/data/triage-0")


def test_what_is_triages_own_is_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TRIAGE_<GROUP>__<NAME>`, with units in the names."""
    monkeypatch.setenv("TRIAGE_SLOT", "3")
    monkeypatch.setenv("TRIAGE_KAFKA__SESSION_TIMEOUT_SECONDS", "10")
    monkeypatch.setenv("TRIAGE_HEALTH__WATCHDOG_SECONDS", "30")

    settings = TriageSettings()

    assert settings.slot == 3
    assert settings.kafka.session_timeout_seconds == 10
    assert settings.health.watchdog_seconds == 30


def test_the_session_is_six_seconds_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faust's own 60 s would let partitions stand still for a minute after a kill."""
    monkeypatch.delenv("TRIAGE_KAFKA__SESSION_TIMEOUT_SECONDS", raising=False)

    assert TriageSettings().kafka.session_timeout_seconds == 6


@pytest.mark.parametrize(
    ("name", "value"), [("PEERLINE_PARTITIONS", "0"), ("TRIAGE_KAFKA__SESION", "6")]
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A count of none, and a misspelt name within a group."""
    monkeypatch.setenv(name, value)

    with pytest.raises(ValidationError):
        TriageSettings()

"""One environment configures a site: every service reads the names that all share the same way."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from services.auditor.settings import AuditorSettings
from services.demo.settings import DemoSettings
from services.intake.settings import IntakeSettings
from services.notifier.settings import NotifierSettings
from services.offline.settings import OfflineSettings
from services.supervisor.settings import SupervisorSettings
from services.tenants.settings import TenantSettings
from services.triage.settings import TriageSettings

SERVICES = (IntakeSettings, TriageSettings, NotifierSettings, AuditorSettings)
PLACED = (*SERVICES, OfflineSettings, SupervisorSettings, TenantSettings)
CONNECTING = (*SERVICES, SupervisorSettings, TenantSettings)


def _security(settings: BaseModel) -> set[str]:
    fields = type(settings).model_fields
    group = "kafka" if "kafka" in fields else "peerline_kafka"
    return set(type(getattr(settings, group)).model_fields) - {"session_timeout_seconds"}


@pytest.mark.parametrize("kind", PLACED)
def test_a_home_may_be_written_with_a_tilde(
    kind: type[IntakeSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nobody gets a folder that is called `~`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PEERLINE_HOME", "~/site")
    monkeypatch.delenv("PEERLINE_CONFIG", raising=False)

    assert kind().config_folder == tmp_path / "site" / "config"


@pytest.mark.parametrize("kind", PLACED)
def test_the_configuration_may_lie_elsewhere(
    kind: type[IntakeSettings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """PEERLINE_CONFIG wins over the folder under the home, with a tilde too."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PEERLINE_CONFIG", "~/etc")

    assert kind().config_folder == tmp_path / "etc"


@pytest.mark.parametrize("kind", SERVICES)
def test_a_service_may_have_a_broker_address_of_its_own(
    kind: type[IntakeSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All take KAFKA_BOOTSTRAP_SERVERS; the service's own name wins where both are set."""
    prefix = str(kind.model_config["env_prefix"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "all:9092")
    assert kind().bootstrap_servers == "all:9092"

    monkeypatch.setenv(f"{prefix}BOOTSTRAP_SERVERS", "own:9092")
    assert kind().bootstrap_servers == "own:9092"


@pytest.mark.parametrize("kind", [NotifierSettings, TriageSettings, IntakeSettings])
def test_partitions_are_counted_once_for_a_site(
    kind: type[IntakeSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PEERLINE_PARTITIONS is no service's own."""
    monkeypatch.setenv("PEERLINE_PARTITIONS", "48")

    assert kind().partitions == 48


@pytest.mark.parametrize("kind", CONNECTING)
def test_all_connect_with_the_same_names(kind: type[BaseModel]) -> None:
    """An operator learns five names once."""
    assert _security(kind()) == _security(IntakeSettings())


def test_the_demo_keeps_to_its_own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It empties that folder, so it must never be a site's."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PEERLINE_HOME", "~/site")

    assert DemoSettings().folder == tmp_path / "site" / "demo"

"""Where the demo lives: its own folder under the home, and the broker if one is named."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class DemoSettings(BaseSettings):
    """`PEERLINE_HOME` and `KAFKA_BOOTSTRAP_SERVERS`, which always wins over the embedded broker."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    peerline_home: Path = Path("~/.local/share/peerline")
    kafka_bootstrap_servers: str | None = None

    @property
    def home(self) -> Path:
        """Return Peerline's home; the jars of the embedded Kafka are shared there."""
        return self.peerline_home.expanduser().absolute()

    @property
    def folder(self) -> Path:
        """Return the demo's own folder, emptied at each start."""
        return self.home / "demo"

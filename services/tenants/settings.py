"""Where the site's configuration is, read from the environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path("~/.local/share/peerline")


class TenantSettings(BaseSettings):
    """`PEERLINE_HOME`, `PEERLINE_CONFIG` (default: config under home), the broker if set."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    peerline_home: Path = HOME
    peerline_config: Path | None = None
    kafka_bootstrap_servers: str | None = None
    peerline_partitions: int = Field(default=6, ge=1, le=10_000)

    @property
    def home(self) -> Path:
        """Return the folder for data and logs."""
        return self.peerline_home.expanduser()

    @property
    def config_folder(self) -> Path:
        """Return the folder that `Site` reads."""
        chosen = self.peerline_config or self.home / "config"
        return chosen.expanduser()

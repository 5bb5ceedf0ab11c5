"""Where the site's configuration is, read from the environment."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path("~/.local/share/peerline")


class KafkaSettings(BaseModel):
    """How the principal rules-admin connects (`PEERLINE_KAFKA__…`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class TenantSettings(BaseSettings):
    """`PEERLINE_HOME`, `PEERLINE_CONFIG` (default: config under home), the broker if set."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_nested_delimiter="__")

    peerline_home: Path = HOME
    peerline_config: Path | None = None
    kafka_bootstrap_servers: str | None = None
    peerline_kafka: KafkaSettings = KafkaSettings()

    @property
    def home(self) -> Path:
        """Return the folder for data and logs."""
        return self.peerline_home.expanduser()

    @property
    def config_folder(self) -> Path:
        """Return the folder that `Site` reads."""
        chosen = self.peerline_config or self.home / "config"
        return chosen.expanduser()

"""Settings of the auditor's commands, from the environment: `AUDITOR_…` and the shared few."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path.home() / ".local" / "share" / "peerline"
Folder: TypeAlias = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class KafkaSettings(BaseModel):
    """How the auditor connects (`AUDITOR_KAFKA__…`), with a principal that may write nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class AuditorSettings(BaseSettings):
    """Everything that can be set; there is no database and no directory to configure."""

    model_config = SettingsConfigDict(
        env_prefix="AUDITOR_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    bootstrap_servers: str | None = Field(
        None, validation_alias=AliasChoices("AUDITOR_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS")
    )
    home: Folder = Field(HOME, validation_alias="PEERLINE_HOME")
    config: Folder | None = Field(None, validation_alias="PEERLINE_CONFIG")
    kafka: KafkaSettings = KafkaSettings()

    @property
    def config_folder(self) -> Path:
        """Return the site's configuration folder; only public keys are read from it."""
        return self.config or self.home / "config"

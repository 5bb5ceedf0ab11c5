"""Settings of triage, from the environment: `TRIAGE_…`, and the few that all services share."""

from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path.home() / ".local" / "share" / "peerline"
Folder: TypeAlias = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class KafkaSettings(BaseModel):
    """How triage connects (`TRIAGE_KAFKA__…`); times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 6
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class RulesAdminSettings(BaseModel):
    """How rule sets are activated (`PEERLINE_KAFKA__…`): the principal rules-admin, not triage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class HealthSettings(BaseModel):
    """Health endpoint and watchdog (`TRIAGE_HEALTH__…`).

    `port` is on loopback; None serves nothing. The watchdog ends a worker that stood still for so
    long.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    port: Annotated[int | None, Field(ge=0, le=65535)] = None
    watchdog_seconds: Annotated[float, Field(ge=5, le=3600)] = 60


class TriageSettings(BaseSettings):
    """Everything that can be set; `slot` names this worker and survives its restarts."""

    model_config = SettingsConfigDict(
        env_prefix="TRIAGE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    bootstrap_servers: str | None = Field(
        None, validation_alias=AliasChoices("TRIAGE_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS")
    )
    home: Folder = Field(HOME, validation_alias="PEERLINE_HOME")
    config: Folder | None = Field(None, validation_alias="PEERLINE_CONFIG")
    partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        6, validation_alias="PEERLINE_PARTITIONS"
    )
    slot: Annotated[int, Field(ge=0, le=999)] = 0
    kafka: KafkaSettings = KafkaSettings()
    rules_admin: RulesAdminSettings = Field(RulesAdminSettings(), validation_alias="PEERLINE_KAFKA")
    health: HealthSettings = HealthSettings()

    @property
    def config_folder(self) -> Path:
        """Return the site's configuration folder."""
        return self.config or self.home / "config"

    @property
    def folder(self) -> Path:
        """Return where this worker keeps its progress file."""
        return self.home / "data" / f"triage-{self.slot}"

"""Settings of `peerline up`: where the product lives on this host and which ports it takes."""

import os
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Port: TypeAlias = Annotated[int, Field(ge=1, le=65_535)]


class KafkaSettings(BaseModel):
    """A login on a Kafka of your own: rules-admin's and the operator's, see SupervisorSettings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class SupervisorSettings(BaseSettings):
    """`PEERLINE_…` and the broker; ports are on 127.0.0.1.

    Rules are activated with `PEERLINE_KAFKA__…` (rules-admin), topics created with
    `OPERATOR_KAFKA__…`; where that is not set, with the former.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_nested_delimiter="__")

    peerline_home: Path = Path("~/.local/share/peerline")
    peerline_config: Path | None = None
    peerline_partitions: Annotated[int, Field(ge=1, le=1_000)] = 6
    peerline_intake_port: Port = 8080
    peerline_console_port: Port = 8081
    peerline_triage_health_port: Port = 8082
    peerline_notifier_health_port: Port = 8083
    peerline_mailbox_port: Port = 8025
    peerline_mailbox_smtp_port: Port = 1025
    kafka_bootstrap_servers: str | None = None
    peerline_kafka: KafkaSettings = KafkaSettings()
    operator_kafka: KafkaSettings | None = None

    @property
    def home(self) -> Path:
        """Return the folder for data and logs."""
        return self.peerline_home.expanduser().absolute()

    @property
    def config_folder(self) -> Path:
        """Return the site's configuration folder."""
        return (self.peerline_config or self.home / "config").expanduser().absolute()


def inherited_environment(**extra: str) -> dict[str, str]:
    """Return this process's environment with `extra` on top, for a child."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **extra}

"""Settings of `peerline up`: where the product lives on this host and which ports it takes."""

import os
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

Port: TypeAlias = Annotated[int, Field(ge=1, le=65_535)]


class SupervisorSettings(BaseSettings):
    """`PEERLINE_…` and the broker; ports are on 127.0.0.1."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    peerline_home: Path = Path("~/.local/share/peerline")
    peerline_config: Path | None = None
    peerline_partitions: Annotated[int, Field(ge=1, le=1_000)] = 6
    peerline_intake_port: Port = 8080
    peerline_console_port: Port = 8081
    peerline_triage_health_port: Port = 8082
    kafka_bootstrap_servers: str | None = None

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

"""Where the site's configuration is, for a tenant that has one."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path("~/.local/share/peerline")


class OfflineSettings(BaseSettings):
    """`PEERLINE_HOME` and `PEERLINE_CONFIG` (default: config under home)."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    peerline_home: Path = HOME
    peerline_config: Path | None = None

    @property
    def config_folder(self) -> Path:
        """Return the folder that `Site` reads."""
        return (self.peerline_config or self.peerline_home / "config").expanduser()

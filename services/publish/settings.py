"""Where reports go and as whom, from the environment; a token never stands on a command line."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class PublishSettings(BaseSettings):
    """`PEERLINE_URL`, `PEERLINE_TOKEN` or `PEERLINE_TOKEN_FILE`, `PEERLINE_CA_FILE`."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    peerline_url: str = "http://127.0.0.1:8080"
    peerline_token: SecretStr | None = None
    peerline_token_file: Path | None = None
    peerline_ca_file: Path | None = None

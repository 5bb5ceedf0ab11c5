"""Settings of the notifier, from the environment: `NOTIFIER_…`, and the few all services share."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME = Path.home() / ".local" / "share" / "peerline"
Folder: TypeAlias = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class KafkaSettings(BaseModel):
    """How the notifier connects (`NOTIFIER_KAFKA__…`); times in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session_timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 6
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class SmtpSettings(BaseModel):
    """Where mail is handed over (`NOTIFIER_SMTP__…`); default is the local sink of the demo."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)] = 1025
    tls: Literal["none", "starttls", "implicit"] = "none"
    username: str | None = None
    password_file: Path | None = None
    timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 10


class SendingSettings(BaseModel):
    """How sending runs (`NOTIFIER_SENDING__…`).

    `switch` off: everything runs, each send is recorded as `sending_off` (rehearsal, restore).
    `lease_seconds` must be longer than the mail server may take: five times its time-out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    switch: Literal["on", "off"] = "on"
    workers: Annotated[int, Field(ge=1, le=16)] = 2
    lease_seconds: Annotated[float, Field(ge=1, le=3_600)] = 60


class ConsoleSettings(BaseModel):
    """How the console is served (`NOTIFIER_CONSOLE__…`).

    `trusted_proxies` are the addresses, comma-separated, whose X-Forwarded-For is believed; empty
    when nothing stands in front.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8081
    trusted_proxies: str = ""


class NotifierSettings(BaseSettings):
    """Everything that can be set; `slot` names this process among its siblings, for good.

    `database_url` None is SQLite in `$PEERLINE_HOME/data`. A PostgreSQL URL has no password in it:
    that is read from `database_password_file`. `console_url` is the console's address as it stands
    in mails.
    """

    model_config = SettingsConfigDict(
        env_prefix="NOTIFIER_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    bootstrap_servers: str | None = Field(
        None, validation_alias=AliasChoices("NOTIFIER_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS")
    )
    home: Folder = Field(HOME, validation_alias="PEERLINE_HOME")
    config: Folder | None = Field(None, validation_alias="PEERLINE_CONFIG")
    partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        6, validation_alias="PEERLINE_PARTITIONS"
    )
    database_url: str | None = None
    database_password_file: Path | None = None
    console_url: str = "http://127.0.0.1:8081"
    health_port: Annotated[int | None, Field(ge=0, le=65_535)] = None
    slot: Annotated[int, Field(ge=0, le=999)] = 0
    kafka: KafkaSettings = KafkaSettings()
    smtp: SmtpSettings = SmtpSettings()
    sending: SendingSettings = SendingSettings()
    console: ConsoleSettings = ConsoleSettings()

    @property
    def config_folder(self) -> Path:
        """Return the site's configuration folder."""
        return self.config or self.home / "config"

    @property
    def database(self) -> str:
        """Return the database's SQLAlchemy URL."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.home / 'data' / 'notifier.sqlite'}"

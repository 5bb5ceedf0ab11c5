"""Settings of intake, from the environment: `INTAKE_…`, and the few that all services share."""

from pathlib import Path
from typing import Annotated, Final, Self, TypeAlias

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

HOME: Final = Path.home() / ".local" / "share" / "peerline"
Folder: TypeAlias = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class KafkaSettings(_Group):
    """How intake connects (`INTAKE_KAFKA__…`); times in seconds."""

    session_timeout_seconds: Annotated[int, Field(ge=1, le=120)] = 6
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None


class HttpSettings(_Group):
    """The HTTP edge (`INTAKE_HTTP__…`): where it listens, how long it waits, what it takes.

    `delivery_seconds` bounds the wait for Kafka's acknowledgement before the sender gets a 503.
    `requests_per_second` and `burst` are per tenant. `proxy_addresses` are the networks of proxies
    whose Client-Cert header is believed, for publishers with a certificate of `client_ca_file`.
    `connections` is how many there may be at once; more get a 503. `documentation` serves /docs,
    /openapi.json and /metrics; switch it off where the port is open to the internet, and let
    `health_port` serve /healthz, /readyz and /metrics on loopback.
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    connect_seconds: Annotated[float, Field(ge=0.1, le=60)] = 3.0
    delivery_seconds: Annotated[float, Field(ge=0.1, le=60)] = 5.0
    body_seconds: Annotated[float, Field(ge=0.1, le=600)] = 30.0
    request_bytes: Annotated[int, Field(ge=1024, le=10_485_760)] = 10_485_760
    requests_per_second: Annotated[float, Field(gt=0, le=100_000)] = 100.0
    burst: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    connections: Annotated[int, Field(ge=1, le=100_000)] = 500
    documentation: bool = True
    health_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    proxy_addresses: tuple[IPvAnyNetwork, ...] = ()
    client_ca_file: Path | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.proxy_addresses) != (self.client_ca_file is not None):
            raise ValueError("set both proxy_addresses and client_ca_file, or neither")
        return self


class KeyStoreSettings(_Group):
    """The database of data keys (`INTAKE_KEYSTORE__…`).

    `url` None is a SQLite file under the home. A PostgreSQL URL (`postgresql+psycopg://…`) has no
    password in it: that is read from `password_file`.
    """

    url: str | None = None
    password_file: Path | None = None


class StatusSettings(_Group):
    """What publishers may ask of their reports (`INTAKE_STATUS__…`), and for how many days."""

    keep_days: Annotated[int, Field(ge=1, le=4000)] = 400


class NormaliserSettings(_Group):
    """The normaliser (`INTAKE_NORMALISER__…`).

    `slot` names this process among its siblings, the same after every restart. It ends itself when
    its loop stood still for `watchdog_seconds`. `health_port` serves /healthz, /readyz and /metrics
    on loopback. `records_per_transaction` bounds one poll.
    """

    slot: Annotated[int, Field(ge=0, le=999)] = 0
    health_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    watchdog_seconds: Annotated[float, Field(ge=5, le=3600)] = 60.0
    records_per_transaction: Annotated[int, Field(ge=1, le=5000)] = 500


class ImporterSettings(_Group):
    """The importer (`INTAKE_IMPORTER__…`); as the normaliser's.

    Every `reread_seconds` it looks whether tenants bind other source topics than before.
    """

    slot: Annotated[int, Field(ge=0, le=999)] = 0
    health_port: Annotated[int, Field(ge=0, le=65_535)] | None = None
    watchdog_seconds: Annotated[float, Field(ge=5, le=3600)] = 60.0
    records_per_transaction: Annotated[int, Field(ge=1, le=5000)] = 100
    reread_seconds: Annotated[float, Field(ge=0.1, le=3600)] = 30.0


class IntakeSettings(BaseSettings):
    """Everything that can be set; a broker that is named always wins over the embedded one."""

    model_config = SettingsConfigDict(
        env_prefix="INTAKE_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        populate_by_name=True,
    )

    bootstrap_servers: str | None = Field(
        None, validation_alias=AliasChoices("INTAKE_BOOTSTRAP_SERVERS", "KAFKA_BOOTSTRAP_SERVERS")
    )
    home: Folder = Field(HOME, validation_alias="PEERLINE_HOME")
    config: Folder | None = Field(None, validation_alias="PEERLINE_CONFIG")
    partitions: Annotated[int, Field(ge=1, le=1000)] = Field(
        6, validation_alias="PEERLINE_PARTITIONS"
    )
    kafka: KafkaSettings = KafkaSettings()
    http: HttpSettings = HttpSettings()
    keystore: KeyStoreSettings = KeyStoreSettings()
    status: StatusSettings = StatusSettings()
    normaliser: NormaliserSettings = NormaliserSettings()
    importer: ImporterSettings = ImporterSettings()

    @property
    def config_folder(self) -> Path:
        """Return the site's configuration folder."""
        return self.config or self.home / "config"

    @property
    def data_folder(self) -> Path:
        """Return where intake keeps what is not configuration."""
        return self.home / "data" / "intake"

    @property
    def keystore_url(self) -> str:
        """Return the URL of the key store, without a password."""
        return self.keystore.url or f"sqlite:///{self.data_folder / 'keys.db'}"

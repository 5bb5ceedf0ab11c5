"""What every process of intake is built from: the broker, the key store, the status store."""

from sqlalchemy import Engine

from services.intake.keystore.sql import SqlKeyStore, open_engine, sqlite_file
from services.intake.settings import IntakeSettings
from services.intake.status.sql import SqlStatusStore
from shared.clock import Clock
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.server import resolve_bootstrap


class BrokerUnknownError(RuntimeError):
    """No broker is named, and none of ours runs here."""

    def __init__(self) -> None:
        """Say what to do."""
        super().__init__(
            "There is no Kafka to write to: KAFKA_BOOTSTRAP_SERVERS is not set and no embedded "
            "broker runs here. Set it, or start one with 'peerline kafka start'."
        )


def kafka_client(settings: IntakeSettings, client_id: str) -> KafkaClient:
    """Return the client of the broker in the settings.

    Raises:
        BrokerUnknownError: there is none.
    """
    bootstrap = resolve_bootstrap(settings.bootstrap_servers, settings.home)
    if bootstrap is None:
        raise BrokerUnknownError
    return KafkaClient(bootstrap, client_id=client_id, **settings.kafka.model_dump())


def key_engine(settings: IntakeSettings) -> Engine:
    """Return the engine of the key store; the folder of a SQLite file is made, mode 0700."""
    file = sqlite_file(settings.keystore_url)
    if file is not None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = settings.keystore.password_file
    return open_engine(settings.keystore_url, secret.read_text().strip() if secret else None)


def key_store(engine: Engine, clock: Clock) -> SqlKeyStore:
    """Return the key store with its tables in place.

    Raises:
        KeyStoreError: the database does not answer, or was made by another version.
    """
    keys = SqlKeyStore(engine, clock)
    keys.prepare()
    return keys


def status_store(engine: Engine) -> SqlStatusStore:
    """Return the status store with its tables in place; raises as `key_store` does."""
    statuses = SqlStatusStore(engine)
    statuses.prepare()
    return statuses

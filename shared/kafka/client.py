"""How Peerline connects to Kafka: one frozen value makes every client, with our guarantees set."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer

from shared.contracts.topics import MIB
from shared.kafka.consumer import Consumer

# A record of the largest topic plus room for its headers; the broker enforces each topic's limit.
MAX_REQUEST_BYTES: Final = 2 * MIB + 128 * 1024
# The library's own 16 KiB are ten reports: a request for each ten costs more than the reports.
BATCH_BYTES: Final = 256 * 1024
MAX_POLL_SECONDS: Final = 120
_HEARTBEATS_PER_SESSION: Final = 4


@dataclass(frozen=True, slots=True)
class KafkaClient:
    """The address and identity of one service on Kafka.

    `bootstrap` is `host:port`, several separated by commas. `password_file` is read each time a
    client is made, so that a rotated password needs no new settings.
    """

    bootstrap: str
    client_id: str
    session_timeout_seconds: int = 6
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None

    def producer(self, **overrides: object) -> KafkaProducer:
        """Return an idempotent producer that waits for all replicas (`acks=all`)."""
        settings = {
            "acks": "all",
            "enable_idempotence": True,
            "max_request_size": MAX_REQUEST_BYTES,
            "batch_size": BATCH_BYTES,
            "allow_auto_create_topics": False,
        }
        return KafkaProducer(**(self._connection() | settings | overrides))

    def consumer(self, **overrides: object) -> Consumer:
        """Return a consumer of committed records, from the earliest; it commits when told."""
        session_ms = self.session_timeout_seconds * 1000
        settings = {
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "allow_auto_create_topics": False,
            "max_partition_fetch_bytes": MAX_REQUEST_BYTES,
            "session_timeout_ms": session_ms,
            "heartbeat_interval_ms": session_ms // _HEARTBEATS_PER_SESSION,
            "max_poll_interval_ms": MAX_POLL_SECONDS * 1000,
        }
        return Consumer(**(self._connection() | settings | overrides))

    def admin(self, **overrides: object) -> KafkaAdminClient:
        """Return an admin client; services hold no admin rights, installers and operators do."""
        return KafkaAdminClient(**(self._connection() | overrides))

    def aiokafka(self) -> dict[str, Any]:
        """Return the keyword arguments that every aiokafka client of this service takes."""
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
        }
        if self.uses_tls:
            settings["ssl_context"] = ssl.create_default_context(cafile=self.ca_file)
        return settings | self._login()

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.security_protocol.endswith("SSL")

    def _connection(self) -> dict[str, Any]:
        settings: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "client_id": self.client_id,
            "security_protocol": self.security_protocol,
        }
        if self.uses_tls and self.ca_file is not None:
            settings["ssl_cafile"] = str(self.ca_file)
        return settings | self._login()

    def _login(self) -> dict[str, Any]:
        if self.sasl_mechanism is None:
            return {}
        return {
            "sasl_mechanism": self.sasl_mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self._password(),
        }

    def _password(self) -> str | None:
        return self.password_file.read_text().strip() if self.password_file else None

"""A Kafka as in production: TLS, SCRAM-SHA-512, an authoriser that denies the unmentioned."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from shared.identity import new_token
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.ports import LOOPBACK
from shared.kafka.embedded.server import EmbeddedKafka
from shared.kafka.embedded.settings_file import server_properties
from tests.builders.broker import jar_folder
from tests.builders.certificates import Authority

ADMIN = "admin"
MECHANISM = "SCRAM-SHA-512"
PROTOCOL = "SASL_SSL"
_BROKER = "broker-1"
_JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required"


@dataclass(frozen=True, slots=True)
class SaslKafka:
    """Its address, the certificate to trust, and a folder with a password file per login."""

    bootstrap: str
    ca_file: Path
    passwords: Path

    def client(self, login: str) -> KafkaClient:
        """Return the client of a service that logs in with its own password file."""
        return KafkaClient(
            self.bootstrap,
            login,
            security_protocol=PROTOCOL,
            sasl_mechanism=MECHANISM,
            username=login,
            password_file=self.passwords / login,
            ca_file=self.ca_file,
        )

    def settings(self, prefix: str, login: str) -> dict[str, str]:
        """Return the environment of docs/operator.md: `prefix` is INTAKE or so."""
        return {
            f"{prefix}_KAFKA__SECURITY_PROTOCOL": PROTOCOL,
            f"{prefix}_KAFKA__SASL_MECHANISM": MECHANISM,
            f"{prefix}_KAFKA__USERNAME": login,
            f"{prefix}_KAFKA__PASSWORD_FILE": str(self.passwords / login),
            f"{prefix}_KAFKA__CA_FILE": str(self.ca_file),
        }


@contextmanager
def sasl_broker(home: Path) -> Iterator[SaslKafka]:
    """Run a broker that knows one login, the super user ADMIN; stop it at the end."""
    authority = Authority(now=datetime.now(UTC))
    passwords = home / "passwords"
    passwords.mkdir(mode=0o700, parents=True)
    password = new_token()
    (passwords / ADMIN).write_text(password)
    (home / "ca.pem").write_bytes(authority.pem)
    (home / "broker.pem").write_bytes(authority.broker(_BROKER))
    broker = EmbeddedKafka(
        home,
        jar_folder=jar_folder(),
        port=0,
        settings=lambda *places: server_properties(*places) + _secured(home, password, *places[1:]),
        format_options=("--add-scram", f"{MECHANISM}=[name={ADMIN},password={password}]"),
    )
    try:
        yield SaslKafka(broker.start(), home / "ca.pem", passwords)
    finally:
        broker.stop()


def _secured(home: Path, password: str, port: int, controller_port: int) -> str:
    """Return what operations.md section 1 asks of a server; the last of two settings counts."""
    clients = f"{PROTOCOL}://{LOOPBACK}:{port}"
    settings: Mapping[str, str] = {
        "listeners": f"{clients},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": clients,
        "listener.security.protocol.map": f"{PROTOCOL}:{PROTOCOL},CONTROLLER:SSL",
        "listener.name.controller.ssl.client.auth": "required",
        "inter.broker.listener.name": PROTOCOL,
        "sasl.enabled.mechanisms": MECHANISM,
        "sasl.mechanism.inter.broker.protocol": MECHANISM,
        f"listener.name.{PROTOCOL.lower()}.{MECHANISM.lower()}.sasl.jaas.config": (
            f'{_JAAS} username="{ADMIN}" password="{password}";'
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(home / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(home / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN};User:CN={_BROKER}",
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())

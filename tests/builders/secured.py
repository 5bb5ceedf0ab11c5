"""A site on a Kafka with access control, set up by the commands of docs/operator.md."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from click.testing import CliRunner

from services.demo.stage import Stage
from services.kafka_cli.cli import group
from services.supervisor.child import Child
from shared.contracts.topics import Principal
from shared.kafka.client import KafkaClient
from shared.site.site import Site
from tests.builders.guides import block_with
from tests.builders.sasl_broker import SaslKafka, sasl_broker

ROOT = Path(__file__).parents[2]
# Which settings name which login, as docs/operator.md has it; intake-http has INTAKE's for itself.
LOGINS = {
    "INTAKE": Principal.INTAKE,
    "TRIAGE": Principal.TRIAGE,
    "NOTIFIER": Principal.NOTIFIER,
    "AUDITOR": Principal.AUDITOR,
    "PEERLINE": Principal.RULES_ADMIN,
    "OPERATOR": Principal.OPERATOR,
}


def peerline_kafka(kafka: SaslKafka, site: Site, login: str, *arguments: str) -> str:
    """Run `peerline kafka …` with the operator's settings naming `login`; it must succeed."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        "PEERLINE_CONFIG": str(site.root),
        "COLUMNS": "160",
        **kafka.settings("OPERATOR", login),
    }
    done = CliRunner(env=environment).invoke(group, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@contextmanager
def secured_kafka(home: Path, site: Site) -> Iterator[SaslKafka]:
    """Run a broker on which every login of the site has its password and its rights."""
    with sasl_broker(home) as kafka:
        run_guide(kafka, site, block_with("operator.md", "peerline kafka acls --apply"))
        yield kafka


def run_guide(kafka: SaslKafka, site: Site, commands: str) -> None:
    """Run commands of a guide in a shell, with the places of this broker for those of the guide."""
    places = {
        "kafka:9092": kafka.bootstrap,
        "/etc/peerline/kafka-ca.pem": str(kafka.ca_file),
        "/etc/peerline/kafka": str(kafka.passwords),
        "PARTITIONS=48": "PARTITIONS=6",
        "--replication 3": "--replication 1",
    }
    for shown, here in places.items():
        commands = commands.replace(shown, here)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PEERLINE_HOME": str(site.root.parent),
        "PEERLINE_CONFIG": str(site.root),
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
        **kafka.settings("OPERATOR", Principal.OPERATOR),
    }
    done = subprocess.run(
        ["sh", "-euc", commands],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(slots=True)
class SecuredStage(Stage):
    """The whole product, each service with its own login."""

    sasl: SaslKafka | None = None

    @property
    def secured(self) -> SaslKafka:
        """The broker."""
        assert self.sasl is not None
        return self.sasl

    @property
    def operator(self) -> KafkaClient:
        """The operator's client."""
        return self.secured.client(Principal.OPERATOR)

    @property
    def kafka(self) -> KafkaClient:
        """The auditor's client."""
        return self.secured.client(Principal.AUDITOR)

    def environment(self) -> Mapping[str, str]:
        """Return the settings of every process: all logins, each service takes its own."""
        given = dict(super(SecuredStage, self).environment())
        given["INTAKE_IMPORTER__REREAD_SECONDS"] = "0.5"
        for prefix, login in LOGINS.items():
            given |= self.secured.settings(prefix, login)
        return given

    def children(self) -> tuple[Child, ...]:
        """Return the processes; the HTTP edge has a login of its own."""
        edge = self.secured.settings("INTAKE", Principal.INTAKE_HTTP)
        return tuple(
            replace(child, environment={**(child.environment or {}), **edge})
            if child.name == "intake-http"
            else child
            for child in super(SecuredStage, self).children()
        )

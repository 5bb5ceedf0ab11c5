"""The public images that Peerline stands on, one at a time, by testcontainers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.builders.mail import free_port

# docker-compose.yml lets a site swap these, under the same names.
KAFKA_IMAGE = os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.1")
POSTGRES_IMAGE = os.environ.get("POSTGRES_IMAGE", "postgres:15-bookworm")


@contextmanager
def a_postgresql() -> Iterator[str]:
    """Run a PostgreSQL server and give its URL."""
    from testcontainers.community.postgres import PostgresContainer

    server = PostgresContainer(POSTGRES_IMAGE, driver=None)
    # A test asks what SQL does, not what a power cut does: no waiting for the disk.
    with server.with_command("-c fsync=off"):
        yield server.get_connection_url()


@contextmanager
def a_kafka() -> Iterator[str]:
    """Run one Kafka node and give its address; the library's own class wants another image."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    port = free_port()  # the advertised address must be known before the start
    node = DockerContainer(KAFKA_IMAGE)
    node.ports["9092/tcp"] = ("127.0.0.1", port)  # with_bind_ports would open it to the network
    for name, value in _node(port).items():
        node = node.with_env(name, value)
    started = LogMessageWaitStrategy("Kafka Server started").with_startup_timeout(90)
    with node.waiting_for(started):
        yield f"127.0.0.1:{port}"


def _node(port: int) -> dict[str, str]:
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": "CONTROLLER://localhost:9093,INSIDE://localhost:9094,HOST://:9092",
        # The broker ends transactions over a connection to itself, which the host's port is not.
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:9094,HOST://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
            "CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,HOST:PLAINTEXT"
        ),
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
        "KAFKA_LOG_DIRS": "/var/lib/kafka/data",
        "KAFKA_HEAP_OPTS": "-Xms384m -Xmx384m",
    }

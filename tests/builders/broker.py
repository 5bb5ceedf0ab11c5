"""Brokers and topics for tests: real ones, each used by nobody else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from shared.identity import new_token
from shared.kafka.admin import create_topics
from shared.kafka.client import KafkaClient
from shared.kafka.embedded.progress import download_bar
from shared.kafka.embedded.server import EmbeddedKafka


def jar_folder() -> Path:
    """Return where this user's jars of Kafka are kept, so that no test downloads them twice."""
    home = os.environ.get("PEERLINE_HOME") or Path.home() / ".local" / "share" / "peerline"
    return Path(home) / "kafka" / "jars"


@contextmanager
def own_broker(home: Path, *, topics: bool = True) -> Iterator[EmbeddedKafka]:
    """Run an embedded Kafka under `home` on free ports; stop it at the end."""
    broker = EmbeddedKafka(home, jar_folder=jar_folder(), port=0)
    try:
        with download_bar(Console(stderr=True)) as progress:
            bootstrap = broker.start(progress)
        if topics:
            create_topics(KafkaClient(bootstrap, "tests"))
        yield broker
    finally:
        broker.stop()


class FreshTopics:
    """Makes topics whose names no other test has."""

    def __init__(self, client: KafkaClient) -> None:
        """Choose a prefix; `prefix` also serves for group names."""
        self.prefix = "t" + "".join(c for c in new_token() if c.isalnum())[:10].lower()
        self._client = client

    def __call__(self, *names: str, partitions: int = 1) -> tuple[str, ...]:
        """Create one topic per name; return their full names in the same order."""
        full = tuple(f"{self.prefix}.{name}" for name in names)
        admin = self._client.admin()
        try:
            admin.create_topics(
                {name: {"num_partitions": partitions, "replication_factor": 1} for name in full},
                wait_for_metadata=True,
            )
        finally:
            admin.close()
        return full

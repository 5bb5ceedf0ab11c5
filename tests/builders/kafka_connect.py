"""A real Kafka Connect worker for tests: jars of Maven Central, the Java of the embedded Kafka."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jgo
import pytest

from shared.identity import new_token
from shared.kafka.embedded.jars import KAFKA_VERSION
from shared.kafka.embedded.java import java
from shared.kafka.embedded.ports import LOOPBACK, free_port
from shared.kafka.embedded.trust import as_this_machine_trusts
from tests.builders.guides import DOCS
from tests.builders.intake_processes import eventually

ENDPOINT = "+".join(
    (
        f"org.apache.kafka:connect-runtime:{KAFKA_VERSION}",
        f"org.apache.kafka:connect-file:{KAFKA_VERSION}",
        f"org.apache.kafka:kafka-clients:{KAFKA_VERSION}",
        "org.slf4j:slf4j-simple:1.7.36",
    )
)
README = DOCS.parent / "deploy" / "kafka-connect" / "README.md"
LOCK = Path(__file__).with_name("kafka_connect_jars.lock")
_JVM_FLAGS = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_LOG = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
_READY = 200


def class_path() -> str:
    """Return the class path of a worker, each jar as the lock file says; skip where none is had."""
    try:
        with as_this_machine_trusts():
            found = [artifact.resolve() for artifact in jgo.resolve(ENDPOINT)]
    except (OSError, RuntimeError, AssertionError, ValueError) as error:
        reason = f"its jars cannot be fetched ({type(error).__name__})"
        pytest.skip(f"NOT TESTED: Kafka Connect; {reason}")
    assert sorted(map(_locked, found)) == LOCK.read_text().splitlines()
    return os.pathsep.join(map(str, found))


def _locked(jar: Path) -> str:
    return f"{jar.name} {hashlib.sha256(jar.read_bytes()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Worker:
    """A standalone worker; connectors are posted to it as to any Connect."""

    url: str
    log: Path

    @contextmanager
    def running(self, recipe: Mapping[str, Any]) -> Iterator[None]:
        """Run a connector, posted as deploy/kafka-connect/README.md does; remove it at the end."""
        # Connect keeps what was read under the connector's name: another test begins anew.
        document = {**recipe, "name": f"{recipe['name']}-{new_token()}"}
        answer = httpx.post(f"{self.url}/connectors", json=document, timeout=60)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        eventually(lambda: self._states(document["name"]) == ["RUNNING", "RUNNING"])
        try:
            yield
        finally:
            states = self._states(document["name"])
            httpx.delete(f"{self.url}/connectors/{document['name']}", timeout=60)
        assert states == ["RUNNING", "RUNNING"]

    def need(self, connector: str) -> None:
        """Skip where the worker has no connector of this class."""
        plugins = httpx.get(f"{self.url}/connector-plugins", timeout=30).json()
        if connector not in {each["class"] for each in plugins}:
            pytest.skip(f"NOT TESTED: {connector}; not in the folder PEERLINE_CONNECT_PLUGINS")

    def _states(self, name: str) -> list[str]:
        answer = httpx.get(f"{self.url}/connectors/{name}/status", timeout=10)
        if answer.status_code != _READY:
            return []
        document = answer.json()
        states = [document["connector"], *document["tasks"]]
        assert not [each for each in states if each["state"] == "FAILED"], json.dumps(states)
        return [each["state"] for each in states]

    def is_ready(self) -> bool:
        """Return whether it answers."""
        with suppress(httpx.TransportError):
            return httpx.get(self.url, timeout=5).status_code == _READY
        return False


def readme_settings(secrets: Path, *, login: str | None = None) -> dict[str, str]:
    """Return the worker's settings of the README: for secrets, and with `login` for access control.

    `secrets` is the folder that stands for the README's.
    """
    block = README.read_text(encoding="utf-8").partition("```properties\n")[2].partition("```")[0]
    shown = block.replace("/etc/kafka-connect", str(secrets)).splitlines()
    given = dict(row.split("=", 1) for row in shown)
    if login is None:
        return {name: text for name, text in given.items() if name.startswith("config.")}
    publisher = "publisher-northwick-datix"
    return {name: text.replace(publisher, login) for name, text in given.items()}


@contextmanager
def connect_worker(home: Path, bootstrap: str, settings: Mapping[str, str]) -> Iterator[Worker]:
    """Run a worker under `home` with `settings` beside what every worker needs."""
    path = class_path()
    url = f"http://{LOOPBACK}:{free_port(0)}"
    properties = {
        "bootstrap.servers": bootstrap,
        "listeners": url,
        "offset.storage.file.filename": str(home / "connect.offsets"),
        "key.converter": "org.apache.kafka.connect.json.JsonConverter",
        "value.converter": "org.apache.kafka.connect.json.JsonConverter",
        # Looking through every jar for connectors takes a while; ours say what they hold.
        "plugin.discovery": "hybrid_warn" if "plugin.path" in settings else "service_load",
        **settings,
    }
    home.mkdir(parents=True, exist_ok=True)
    file = home / "worker.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
    worker = Worker(url, home / "connect.log")
    program = "org.apache.kafka.connect.cli.ConnectStandalone"
    command = [str(java()), *_JVM_FLAGS, _LOG, "-cp", path, program, str(file)]
    with worker.log.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        eventually(lambda: worker.is_ready() or _has_ended(process, worker.log))
        yield worker
    finally:
        process.terminate()
        process.wait(30)


def _has_ended(process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text()[-2000:]
    return False

"""One Apache Kafka node on this machine: formatted, started, found again, stopped."""

import base64
import fcntl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from shared.clock import monotonic
from shared.identity import new_key
from shared.kafka.embedded import jars, pid_file, process
from shared.kafka.embedded.errors import EmbeddedKafkaError
from shared.kafka.embedded.java import java
from shared.kafka.embedded.pid_file import Running
from shared.kafka.embedded.ports import answers, free_port
from shared.kafka.embedded.settings_file import server_properties

BANNER: Final = (
    "Embedded Apache Kafka: for trying out, not for patients. One node, this machine only, "
    "no access control, no copies."
)
PREFERRED_PORT: Final = 9092
# The folder for data, the port for clients, the port for the controller.
SettingsText: TypeAlias = Callable[[Path, int, int], str]
_JVM_FLAGS: Final = (
    "-Xms192m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
)
# The broker outlives the command that starts it: the shell leaves it to the init process.
_DETACHED: Final = '"$@" </dev/null >>"$0" 2>&1 & echo $!'
_READY_SECONDS: Final = 90.0
_STOP_SECONDS: Final = 15.0
_LOOK_AGAIN_SECONDS: Final = 0.05
_CLUSTER_ID_BYTES: Final = 16


class BrokerFailedError(EmbeddedKafkaError):
    """Kafka ended, or did not come up, after it was started."""

    def __init__(self, what: str, log: Path) -> None:
        """Say what happened and where Kafka's own words are."""
        super().__init__(
            f"The embedded Kafka {what}. Its own account is in {log}; the usual causes are a full "
            "disk, less than 600 MB of free memory, or data written by a newer Kafka. Its data are "
            "for trying out: 'peerline kafka stop', then delete the folder beside that log, and "
            "start again."
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What is known of the embedded Kafka of a folder; `running` None means it is stopped."""

    running: Running | None
    data: Path
    log: Path


def no_progress(_done: int, _total: int) -> None:
    """Show nothing while jars are fetched."""


class EmbeddedKafka:
    """The Kafka of one home folder: `<home>/kafka/{data,jars,…}`, mode 0700.

    `jar_folder` lets several homes share one set of jars. `port` is tried first, then those above
    it; 0 takes any free one. `settings` gives the text of `server.properties` and `format_options`
    are added when its data are prepared: tests make a broker with access control by them.
    """

    def __init__(
        self,
        home: Path,
        *,
        jar_folder: Path | None = None,
        port: int = PREFERRED_PORT,
        settings: SettingsText = server_properties,
        format_options: Sequence[str] = (),
    ) -> None:
        """Only remember the places; nothing is made before `start`."""
        self._folder = home.expanduser().absolute() / "kafka"
        self._jars = jar_folder or self._folder / "jars"
        self._port = port
        self._settings = settings
        self._format_options = tuple(format_options)
        self._data = self._folder / "data"
        self._log = self._folder / "kafka.log"
        self._pid_file = self._folder / "kafka.pid"

    def start(self, progress: jars.Progress = no_progress) -> str:
        """Return the address of the running broker; start it if need be and wait until it answers.

        `progress` is told of bytes while the jars are fetched, the first time.

        Raises:
            EmbeddedKafkaError: it cannot be had (download, Java, ports) or does not come up.
        """
        with self._alone():
            running = self.status().running
            if running is None:
                class_path = jars.class_path(self._jars, progress)
                running = self._launch(class_path)
            self._await_ready(running)
        return running.bootstrap

    def stop(self) -> bool:
        """End the broker and wait for its end; return whether there was one."""
        with self._alone():
            running = self.status().running
            if running is not None:
                process.end(running.pid, running.mark, _STOP_SECONDS)
            self._pid_file.unlink(missing_ok=True)
        return running is not None

    def status(self) -> Status:
        """Return whether a broker of this folder runs and where it keeps what."""
        return Status(pid_file.read(self._pid_file, self._data), self._data, self._log)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        with (self._folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _launch(self, class_path: str) -> Running:
        port = free_port(self._port)
        controller_port = free_port(0, frozenset({port}))
        properties = self._folder / "server.properties"
        properties.write_text(self._settings(self._data, port, controller_port))
        if not (self._data / "meta.properties").exists():
            self._format(class_path, properties)
        pid = self._run(class_path, "kafka.Kafka", str(properties))
        mark = process.start_mark(pid) or ""
        running = Running(pid, mark, port, controller_port, str(self._data))
        pid_file.write(self._pid_file, running)
        return running

    def _format(self, class_path: str, properties: Path) -> None:
        cluster = "P" + base64.urlsafe_b64encode(new_key(_CLUSTER_ID_BYTES)).decode()[1:22]
        command = self._command(
            *(class_path, "kafka.tools.StorageTool", "format", "-t", cluster),
            *("-c", str(properties), *self._format_options),
        )
        with self._log.open("wb") as log:
            ended = subprocess.run(  # noqa: S603 - our own Java and our own arguments
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False
            )
        if ended.returncode != 0:
            raise BrokerFailedError("could not prepare its data folder", self._log)

    def _run(self, class_path: str, *arguments: str) -> int:
        started = subprocess.run(  # noqa: S603 - our own Java and our own arguments
            ["/bin/sh", "-c", _DETACHED, str(self._log), *self._command(class_path, *arguments)],
            stdout=subprocess.PIPE,
            cwd=self._folder,
            start_new_session=True,  # Ctrl-C in our terminal is for us, not for the broker
            check=True,
        )
        return int(started.stdout)

    @staticmethod
    def _command(class_path: str, *arguments: str) -> list[str]:
        return [str(java()), *_JVM_FLAGS, "-cp", class_path, *arguments]

    def _await_ready(self, running: Running) -> None:
        until = monotonic() + _READY_SECONDS
        while not answers(running.port):
            if not process.runs(running.pid, running.mark):
                raise BrokerFailedError("ended while it was starting", self._log)
            if monotonic() > until:
                raise BrokerFailedError(f"did not answer within {_READY_SECONDS:g} s", self._log)
            time.sleep(_LOOK_AGAIN_SECONDS)


def resolve_bootstrap(explicit: str | None, home: Path) -> str | None:
    """Return the address to use: an explicit one, else that of the broker we started, else None."""
    if explicit:
        return explicit
    running = EmbeddedKafka(home).status().running
    return running.bootstrap if running else None

"""Who runs the embedded Kafka of a folder: pid and start, ports and data, in one small file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from shared.kafka.embedded import process
from shared.kafka.embedded.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Running:
    """A broker that was started; `mark` tells its process from a later one with its pid."""

    pid: int
    mark: str
    port: int
    controller_port: int
    data: str

    @property
    def bootstrap(self) -> str:
        """The address that clients use."""
        return f"{LOOPBACK}:{self.port}"


def write(path: Path, running: Running) -> None:
    """Replace the file in one step, so that nobody reads half of it."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(asdict(running), indent=2) + "\n")
    part.replace(path)


def read(path: Path, data: Path) -> Running | None:
    """Return the broker that runs on `data`; None if the file is stale, foreign or unreadable."""
    try:
        running = Running(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if running.data != str(data) or not process.runs(running.pid, running.mark):
        return None
    return running

"""What the supervisor is told about a service: how to run it and how to know that it is ready."""

import http.client
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_ASK_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Child:
    """One service. `program` is a whole command line, its first part an absolute path.

    `environment` None means the supervisor's own. `is_ready` None means: ready once it runs.
    Time-outs in seconds; after `stop_seconds` a service that ignores SIGTERM is killed.
    """

    name: str
    program: tuple[str, ...]
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    is_ready: Callable[[], bool] | None = None
    ready_seconds: float = 60.0
    stop_seconds: float = 15.0


def peerline(*arguments: str) -> tuple[str, ...]:
    """Return the command line of `peerline ARGUMENTS…` in this very Python."""
    return (sys.executable, "-m", "services.cli", *arguments)


def answers_ready(url: str) -> Callable[[], bool]:
    """Return a check that GETs `url` (http, loopback; never through a proxy) and wants a 2xx."""
    parts = urlsplit(url)
    host, port, path = parts.hostname or "127.0.0.1", parts.port, parts.path or "/"

    def ask() -> bool:
        connection = http.client.HTTPConnection(host, port, timeout=_ASK_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status // 100 == 2  # noqa: PLR2004 - the class of success
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def file_exists(path: Path) -> Callable[[], bool]:
    """Return a check that wants a file which the service writes when it is ready."""
    return path.exists


class State(StrEnum):
    """Where a service stands."""

    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Standing:
    """What may be known of a service; `exit_code` is of its latest end, negative a signal."""

    name: str
    state: State
    pid: int | None
    restarts: int
    exit_code: int | None

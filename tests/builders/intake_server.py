"""The edge behind uvicorn as the product starts it, on loopback, and a client of bare sockets."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread
from time import sleep

import uvicorn

from services.intake.bootstrap.serving import server_config
from services.intake.settings import HttpSettings
from shared.clock import monotonic
from shared.kafka.embedded.ports import free_port
from tests.builders.intake_edge import IntakeStage

_PATIENCE_SECONDS = 20.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
BODY = b'{"record_id": "1"}'


@dataclass(frozen=True, slots=True)
class Told:
    """What a connection gave: the statuses of all answers, every byte, whether it was closed."""

    statuses: tuple[int, ...]
    text: bytes
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A running edge."""

    stage: IntakeStage
    port: int

    def connect(self) -> socket.socket:
        """Open a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def send(self, *parts: bytes, wait: float = 5.0) -> Told:
        """Send bytes in as many pieces, then read until the end or `wait` seconds of silence."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return read(connection, wait)

    def head(self, *lines: bytes, line: bytes = b"POST /v1/incidents HTTP/1.1") -> bytes:
        """Return the head of a request with a token and the given lines."""
        own = [line, b"Host: intake", b"Authorization: Bearer " + self.stage.token.encode()]
        return b"\r\n".join([*own, b"Content-Type: application/json", *lines, b"", b""])


def read(connection: socket.socket, wait: float) -> Told:
    """Return what comes until the connection ends, or for `wait` seconds nothing."""
    connection.settimeout(wait)
    text, is_closed = b"", False
    try:
        while chunk := connection.recv(65_536):
            text += chunk
        is_closed = True
    except ConnectionResetError:
        is_closed = True
    except TimeoutError:
        pass
    return Told(tuple(int(found) for found in _STATUS.findall(text)), text, is_closed)


def chunked(*chunks: bytes, trailer: bytes = b"") -> bytes:
    """Return a body in chunks."""
    written = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return written + b"0\r\n" + trailer + b"\r\n"


@contextmanager
def served(stage: IntakeStage, **settings: int) -> Iterator[Served]:
    """Serve a stage until the end of the block."""
    http = HttpSettings(port=free_port(0), **settings)
    server = uvicorn.Server(server_config(stage.client.app, http))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    until = monotonic() + _PATIENCE_SECONDS
    while not server.started:
        assert monotonic() < until, "the server did not start"
        sleep(0.01)
    try:
        yield Served(stage, http.port)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)

"""A TCP port in front of a unix socket: Java's PostgreSQL driver knows no other way in."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.kafka.embedded.ports import LOOPBACK

_CHUNK = 65_536


@contextmanager
def tcp_port_of(unix_socket: Path) -> Iterator[int]:
    """Give a loopback port behind which the server of the socket answers."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
                server.connect(str(unix_socket))
                back = threading.Thread(target=_pump, args=(server, self.request))
                back.start()
                _pump(self.request, server)
                back.join()

    with socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler) as relay:
        threading.Thread(target=relay.serve_forever, daemon=True).start()
        yield int(relay.server_address[1])
        relay.shutdown()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)

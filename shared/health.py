"""Answers on loopback whether the process lives and is ready; never the outside world's fault."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, TypeAlias

Checks: TypeAlias = Mapping[str, Callable[[], bool]]


def serve_health(port: int, checks: Checks, metrics: Callable[[], str]) -> ThreadingHTTPServer:
    """Serve the paths of `checks` (200 or 503) and `/metrics` on 127.0.0.1; port 0 picks one.

    The caller shuts the returned server down.
    """
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(checks, metrics))
    server.daemon_threads = True
    Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def _handler(checks: Checks, metrics: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(HTTPStatus.OK, "text/plain; version=0.0.4", metrics())
                return
            check = checks.get(self.path)
            if check is None:
                self._answer(HTTPStatus.NOT_FOUND, "application/json", '{"status": "unknown"}')
                return
            holds = check()
            status = HTTPStatus.OK if holds else HTTPStatus.SERVICE_UNAVAILABLE
            body = json.dumps({"status": "ok" if holds else "no"})
            self._answer(status, "application/json", body)

        def _answer(self, status: HTTPStatus, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401
            """Say nothing: probes come every few seconds."""

    return Health

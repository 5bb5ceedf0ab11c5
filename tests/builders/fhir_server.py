"""A small FHIR server: a search for AdverseEvent by `_lastUpdated`, with a token."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from shared.kafka.embedded.ports import LOOPBACK


@dataclass(slots=True)
class FhirServer:
    """Its resources, each with `meta.lastUpdated`, and the searches that it was asked."""

    token: str
    url: str = ""
    resources: list[dict[str, Any]] = field(default_factory=list)
    searches: list[dict[str, list[str]]] = field(default_factory=list)

    def search(self, asked: dict[str, list[str]]) -> dict[str, Any]:
        """Return what was changed at or after the moment asked for, oldest first."""
        self.searches.append(asked)
        (wanted,) = asked["_lastUpdated"]
        found = [each for each in self.resources if f"ge{each['meta']['lastUpdated']}" >= wanted]
        found.sort(key=lambda each: each["meta"]["lastUpdated"])
        entries = [{"resource": each, "search": {"mode": "match"}} for each in found]
        kept = entries[: int(asked["_count"][0])]
        return {"resourceType": "Bundle", "type": "searchset", **({"entry": kept} if kept else {})}


@contextmanager
def fhir_server(token: str) -> Iterator[FhirServer]:
    """Serve on a free loopback port."""
    server = FhirServer(token)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            allowed = self.headers["Authorization"] == f"Bearer {server.token}"
            status = 200 if allowed and parts.path == "/AdverseEvent" else 401
            answer = server.search(parse_qs(parts.query)) if status == 200 else {}
            self.send_response(status)
            self.send_header("Content-Type", "application/fhir+json")
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((LOOPBACK, 0), Handler) as running:
        server.url = f"http://{LOOPBACK}:{running.server_address[1]}/AdverseEvent"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield server
        running.shutdown()

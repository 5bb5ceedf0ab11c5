"""A loopback HTTP server of three paths for supervisors: /healthz, /startupz, /readyz."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

from services.triage.agent.health.progress import Phase, Progress

ALIVE_WITHIN_SECONDS: Final = 10.0
REQUEST_SECONDS: Final = 2.0
LONGEST_REQUEST: Final = 4096

PATHS: Final[Mapping[str, Callable[[Progress], bool]]] = {
    "/healthz": lambda progress: progress.is_alive(ALIVE_WITHIN_SECONDS),
    "/startupz": lambda progress: progress.phase is not Phase.STARTING,
    "/readyz": lambda progress: progress.is_ready(),
}


async def serve_health(progress: Progress, port: int) -> asyncio.Server:
    """Answer on 127.0.0.1:`port` (0 picks a free one) until the returned server is closed."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), REQUEST_SECONDS)
            writer.write(response(line, progress))
            await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            pass  # a caller that does not finish its question gets no answer
        finally:
            writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", port, limit=LONGEST_REQUEST)


def response(request_line: bytes, progress: Progress) -> bytes:
    """Return the HTTP answer to one request line: 200 true, 503 false, 404 no such path."""
    words = request_line.decode("ascii", "replace").split()
    check = PATHS.get(words[1]) if len(words) > 1 and words[0] in {"GET", "HEAD"} else None
    if check is None:
        return _answer("404 Not Found", {"status": "unknown"})
    status = "200 OK" if check(progress) else "503 Service Unavailable"
    return _answer(status, {"status": "ok" if check(progress) else "no", "phase": progress.phase})


def _answer(status: str, document: Mapping[str, str]) -> bytes:
    body = json.dumps(document).encode()
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body

"""A loopback HTTP server for supervisors and monitoring: three checks, and /metrics."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Final

from services.triage.agent.health.progress import Phase, Progress
from shared.clock import Clock, SystemClock, monotonic

ALIVE_WITHIN_SECONDS: Final = 10.0
REQUEST_SECONDS: Final = 2.0
LONGEST_REQUEST: Final = 4096

METRICS_PATH: Final = "/metrics"
METRICS_TYPE: Final = "text/plain; version=0.0.4"
CLOCK: Final = SystemClock()

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
    if words[:2] == ["GET", METRICS_PATH]:
        return _answer("200 OK", metrics_text(progress).encode(), METRICS_TYPE)
    check = PATHS.get(words[1]) if len(words) > 1 and words[0] in {"GET", "HEAD"} else None
    if check is None:
        return _answer("404 Not Found", _document({"status": "unknown"}))
    status = "200 OK" if check(progress) else "503 Service Unavailable"
    word = "ok" if check(progress) else "no"
    return _answer(status, _document({"status": word, "phase": progress.phase}))


def metrics_text(progress: Progress, clock: Clock = CLOCK) -> str:
    """Return the counts of this life in Prometheus' text format, with the ages as of now."""
    metrics = progress.metrics
    metrics.gauge("process_progress_age_seconds", max(0.0, monotonic() - progress.moved_at))
    now_ms = clock.now().timestamp() * 1000
    oldest_ms = min([*progress.undecided_ms.values()], default=now_ms)
    metrics.gauge("triage_oldest_undecided_seconds", max(0.0, (now_ms - oldest_ms) / 1000))
    return metrics.text()


def _document(document: Mapping[str, str]) -> bytes:
    return json.dumps(document).encode()


def _answer(status: str, body: bytes, content_type: str = "application/json") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body

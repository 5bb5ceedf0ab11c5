"""Requests by HTTP/1.1 over connections that stay open: as little client as will do."""

import asyncio
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answered:
    """A run: how long it took by the clock, each answer's milliseconds, what was not a 2xx."""

    seconds: float
    milliseconds: tuple[float, ...]
    refused: int

    def percentile(self, share: int) -> float:
        """Return the milliseconds that `share` per cent of the answers took at most."""
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[share - 1]


def request(port: int, token: str, body: bytes, media_type: str, query: str = "") -> bytes:
    """Return the bytes of one POST to /v1/incidents."""
    head = (
        f"POST /v1/incidents{query} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {token}\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post_all(port: int, requests: Sequence[bytes], connections: int) -> Answered:
    """Send all requests, each connection one after the other, and wait for every answer."""
    return asyncio.run(_post_all(port, requests, connections))


async def _post_all(port: int, requests: Sequence[bytes], connections: int) -> Answered:
    found: list[tuple[bytes, float]] = []
    rest = iter(requests)
    began = time.monotonic()
    await asyncio.gather(*(_send(port, rest, found) for _ in range(connections)))
    seconds = time.monotonic() - began
    refused = sum(not status.startswith(b"2") for status, _ in found)
    return Answered(seconds, tuple(took for _, took in found), refused)


async def _send(port: int, requests: Iterator[bytes], found: list[tuple[bytes, float]]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for each in requests:
            began = time.monotonic()
            writer.write(each)
            status = await _answer(reader)
            found.append((status, (time.monotonic() - began) * 1000))
    finally:
        writer.close()
        await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    _, _, rest = head.lower().partition(b"content-length:")
    await reader.readexactly(int(rest.partition(b"\r\n")[0]))
    return head.split(b" ", 2)[1]

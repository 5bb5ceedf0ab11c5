"""Limits on a request's body, enforced while it streams in, before anything is parsed.

BodyRefusedError
├── BodyTooLargeError        more bytes than a request may have, as sent or after gzip
├── BodyUndecodableError     gzip that is broken or cut short; the bytes as sent are kept
├── EncodingUnknownError     a content encoding other than gzip
└── BodyTooSlowError         the body did not arrive in time
"""

import asyncio
import zlib
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool

from shared.contracts.topics import MIB

_LONGEST_LENGTH: Final = 18  # digits; what they say fits into 64 bits
_GZIP: Final = 31  # zlib's window bits for a gzip header and trailer
# zlib copies what lies behind a member's end: of a window, not of all that is left.
_WINDOW: Final = 16 * 1024
# Policy. 10 MiB in the blocks of `bgzip`, 64 KiB each, are 161; each member costs by itself.
MOST_MEMBERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost: bytes (also after gzip), gzip's ratio, seconds to arrive."""

    request_bytes: int = 10 * MIB
    gzip_ratio: int = 20
    body_seconds: float = 30.0


class BodyRefusedError(Exception):
    """The body of a request is not taken."""


class BodyTooLargeError(BodyRefusedError):
    """The body passes a limit; `size` is what is known of its bytes: declared, or read so far.

    The limits are those of `Limits` and the number of gzip's members.
    """

    def __init__(self, size: int) -> None:
        """Keep the size: it is all that the rejection record tells."""
        super().__init__(f"a body of at least {size} bytes is over the limit")
        self.size = size


class BodyUndecodableError(BodyRefusedError):
    """The body is not the gzip it claims to be; `received` are the bytes as sent."""

    def __init__(self, received: bytes) -> None:
        """Keep the bytes: a refused body is made durable like any other."""
        super().__init__("the body is not valid gzip")
        self.received = received


class EncodingUnknownError(BodyRefusedError):
    """The body has a content encoding that we do not read; `received` are the bytes as sent."""

    def __init__(self, received: bytes) -> None:
        """Keep the bytes."""
        super().__init__("the content encoding is not gzip")
        self.received = received


class BodyTooSlowError(BodyRefusedError):
    """The body did not arrive within the limit."""


async def read_body(
    chunks: AsyncIterable[bytes], declared: str | None, encoding: str, limits: Limits
) -> bytes:
    """Return the whole body, decompressed; `declared` is the Content-Length header.

    Raises:
        BodyRefusedError: one of its kinds, as soon as it is certain.
    """
    if declared is not None and declared.isdecimal():
        # Of a number that no body has, the first digits say enough.
        size = int(declared[:_LONGEST_LENGTH])
        if size > limits.request_bytes:
            raise BodyTooLargeError(size)
    try:
        async with asyncio.timeout(limits.body_seconds):
            received = await _collect(chunks, limits.request_bytes)
    except TimeoutError:
        raise BodyTooSlowError from None
    match encoding.strip().lower():
        case "" | "identity":
            return received
        case "gzip" | "x-gzip":
            # Megabytes take a while, in which the event loop answers others.
            return await run_in_threadpool(_inflate, received, limits)
        case _:
            raise EncodingUnknownError(received)


async def _collect(chunks: AsyncIterable[bytes], most: int) -> bytes:
    received = bytearray()
    async for chunk in chunks:
        received += chunk
        if len(received) > most:
            raise BodyTooLargeError(len(received))
    return bytes(received)


def _inflate(received: bytes, limits: Limits) -> bytes:
    most = min(limits.request_bytes, limits.gzip_ratio * len(received))
    plain = bytearray()
    start = members = 0
    while start < len(received):  # gzip may consist of several members, one after the other
        members += 1
        if members > MOST_MEMBERS:
            raise BodyTooLargeError(len(received))
        start = _inflate_member(received, start, plain, most)
    return bytes(plain)


def _inflate_member(received: bytes, start: int, plain: bytearray, most: int) -> int:
    # Appends to `plain` and returns where the member that begins at `start` ends.
    member = zlib.decompressobj(_GZIP)
    for at in range(start, len(received), _WINDOW):
        window = memoryview(received)[at : at + _WINDOW]
        try:
            plain += member.decompress(window, most - len(plain) + 1)
        except zlib.error:
            raise BodyUndecodableError(received) from None
        if len(plain) > most:
            raise BodyTooLargeError(len(plain))
        if member.eof:
            return at + len(window) - len(member.unused_data)
    raise BodyUndecodableError(received)

"""Requests that no HTTP library sends: broken, cut off, slow, huge; markers in every part."""

import gzip
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import sleep
from typing import Final

from tests.builders.canaries.plan import marker

_ANSWER_SECONDS: Final = 20.0
_M: Final = marker(90_000)  # a word that no planned payload has
_REPORT: Final = f'{{"record_id": "rough", "narrative": "{_M}"}}'.encode()


@dataclass(frozen=True, slots=True)
class Rough:
    """One connection: what is written to it, in which pieces, and whether it is then cut.

    `status` is what must be answered; None where nothing can be: the sender is gone.
    `kept` is the body that is to be found in the raw store, if any.
    """

    name: str
    pieces: tuple[bytes, ...] = field(repr=False)
    status: int | None
    kept: bytes | None = field(default=None, repr=False)
    pause_seconds: float = 0.0

    def converse(self, port: int) -> bytes:
        """Write everything and return all that is answered until the other side closes."""
        with socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_SECONDS) as connection:
            for piece in self.pieces:
                connection.sendall(piece)
                sleep(self.pause_seconds)
            if self.status is None:
                return b""
            return b"".join(iter(lambda: _received(connection), b""))


def rough_requests(token: str) -> Iterator[Rough]:
    """Yield the requests; `token` opens a source system."""
    yield from _unparsable(token)
    yield from _unroutable(token)
    yield from _refused_early()
    yield from _broken_bodies(token)


def _unparsable(token: str) -> Iterator[Rough]:
    good = _head(token)
    yield Rough("no HTTP", (f"{_M}\r\n\r\n".encode(),), 400)
    yield Rough("a method that is none", (b"PO ST " + _head(token)[5:],), 400)
    yield Rough("a header without a colon", (good[:-2] + f"{_M}\r\n\r\n".encode(),), 400)
    yield Rough("a header with a NUL", (good[:-2] + f"x-note: \0{_M}\r\n\r\n".encode(),), 400)
    huge = f"x-note: {_M * 8_000}\r\n\r\n".encode()
    yield Rough("a header of 100 kB", (good[:-2] + huge,), 400)
    many = "".join(f"x-{n}: {_M}\r\n" for n in range(4_000)).encode()
    yield Rough("four thousand headers", (good[:-2] + many + b"\r\n",), 400)
    yield Rough("two lengths", (_head(token, length="9\r\ncontent-length: 8"),), 400)
    yield Rough("a length that is none", (_head(token, length=_M),), 400)
    chunked = _head(token, {"transfer-encoding": "chunked"}, length=None)
    yield Rough("chunks without a size", (chunked, f"{_M}\r\n".encode()), None)
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _M.encode()
    yield Rough("HTTP/2", (preface,), 400)


def _unroutable(token: str) -> Iterator[Rough]:
    for method in ("DELETE", "PATCH", "TRACE", "OPTIONS", _M):
        yield Rough(f"the method {method}", (_whole(token, method=method),), 405)
    yield Rough("an unknown path", (_whole(token, path=f"/v1/{_M}/%0a{_M}?{_M}={_M}"),), 404)
    yield Rough(
        "an odd query", (_whole(token, path=f"/v1/rejections?since={_M}", method="GET"),), 400
    )
    yield Rough("an odd event id", (_whole(token, path=f"/v1/incidents/{_M}", method="GET"),), 404)
    upgrade = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": _M}
    whole = _whole(token, {**upgrade, "sec-websocket-version": "13"})
    yield Rough("an upgrade that nobody offers", (whole,), 202, _REPORT)


def _refused_early() -> Iterator[Rough]:
    yield Rough("a token that is none", (_whole(f"plt_{_M}_{_M}"),), 401)
    yield Rough("another scheme", (_whole("x", {"authorization": f"Basic {_M}"}),), 401)
    certificate = {"client-cert": f":{_M}:", "x-forwarded-for": _M, "authorization": ""}
    yield Rough("a certificate from anywhere", (_whole("x", certificate),), 401)


def _broken_bodies(token: str) -> Iterator[Rough]:
    said = {"traceparent": _M, "cookie": _M, "user-agent": _M, "x-request-id": _M}
    yield Rough("headers that say too much", (_whole(token, said),), 202, _REPORT)
    packed = gzip.compress(_REPORT)
    gzipped = {"content-encoding": "gzip"}
    yield Rough("gzip", (_whole(token, gzipped, body=packed),), 202, _REPORT)
    yield Rough("gzip cut short", (_whole(token, gzipped, body=packed[:-9]),), 400, packed[:-9])
    yield Rough("no gzip", (_whole(token, gzipped, body=_REPORT),), 400, _REPORT)
    other = {"content-encoding": _M}
    yield Rough("an unknown encoding", (_whole(token, other),), 415, _REPORT)
    bomb = gzip.compress(_M.encode() * 200_000)
    yield Rough("a gzip bomb", (_whole(token, gzipped, body=bomb),), 413)
    huge = _head(token, length=str(11 * 1024 * 1024))
    yield Rough("a length over the limit", (huge, _REPORT), 413)
    half = len(_REPORT) // 2
    yield Rough("an aborted upload", (_head(token, length=str(len(_REPORT))), _REPORT[:half]), None)
    chunked = _head(token, {"transfer-encoding": "chunked"}, length=None)
    chunk = b"%x\r\n%s\r\n" % (half, _REPORT[:half])
    yield Rough("aborted chunks", (chunked, chunk), None)
    media = {"content-type": f"application/json; note={_M}", "expect": "100-continue"}
    yield Rough("a media type with a note", (_whole(token, media),), 202, _REPORT)


def slow_request(token: str) -> Rough:
    """Return one whose body does not arrive in time."""
    return Rough("a slow body", (_head(token, length=str(len(_REPORT))), _REPORT[:9]), 408)


def _whole(
    token: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/v1/incidents",
    body: bytes = _REPORT,
) -> bytes:
    return _head(token, headers, method=method, path=path, length=str(len(body))) + body


def _head(
    token: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    path: str = "/v1/incidents",
    length: str | None = "0",
) -> bytes:
    usual = {
        "host": "intake",
        "authorization": f"Bearer {token}",
        "content-type": "application/json",
        "connection": "close",
    }
    sized = {} if length is None else {"content-length": length}
    given = {**usual, **(headers or {}), **sized}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65_536)
    except ConnectionResetError:  # it was answered, and what we still wrote was not wanted
        return b""

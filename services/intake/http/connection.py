"""HTTP/1.1 without leniency: what two readers could take for different requests is refused.

A proxy and a server that disagree about where a request ends let one sender write the beginning of
another's (request smuggling, ASVS 4.2.1). RFC 9112 allows a server to be lenient with line ends,
folded lines and doubled lengths; here each of them is a 400 and the end of the connection.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar, Final, cast

import h11
from h11._receivebuffer import ReceiveBuffer
from uvicorn.protocols.http.h11_impl import H11Protocol

from services.intake.http.parting import PartingConnection, PartingTransport

MOST_HEADERS: Final = 100
# A client certificate, the longest header, may have 16 KiB: see client_certificates.
LONGEST_HEAD: Final = 32_768
_LENGTH: Final = b"content-length"
_CODING: Final = b"transfer-encoding"


class StrictHttp(H11Protocol):
    """uvicorn's protocol on h11, with a strict reader of heads and a deadline for them.

    A connection on which no whole head arrives within `head_seconds` is closed, the first time and
    between requests. One whose request was answered before its body was whole is closed too,
    `rest_seconds` after the answer at the latest; what comes meanwhile is not read.
    """

    head_seconds: ClassVar[float] = 10.0
    rest_seconds: ClassVar[float] = 5.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's own
        """Take what uvicorn gives every protocol."""
        super().__init__(*args, **kwargs)
        self.conn = PartingConnection(h11.SERVER, LONGEST_HEAD)
        self.conn._receive_buffer = _StrictBuffer()  # noqa: SLF001 - h11 offers no other place
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first head."""
        self._parting = PartingTransport(
            transport, lambda: self.conn.their_state is h11.SEND_BODY, self.rest_seconds
        )
        super().connection_made(cast("asyncio.Transport", self._parting))
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        """Read on, and watch how long a head takes."""
        if self._parting.is_parting:
            return
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._unwatch()
        self._parting.forget()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self.transport.close)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _StrictBuffer(ReceiveBuffer):
    def maybe_extract_lines(self) -> list[bytearray] | None:
        before = bytes(self)
        lines = super().maybe_extract_lines()
        if lines is not None:
            taken = before[: len(before) - len(self)]
            if _is_ambiguous(taken):
                raise h11.RemoteProtocolError("the head can be read in two ways")
        return lines


def _is_ambiguous(head: bytes) -> bool:
    lines = head.split(b"\r\n")
    return (
        len(head) > LONGEST_HEAD
        or len(lines) > MOST_HEADERS
        or any(b"\n" in line or b"\r" in line or line[:1] in {b" ", b"\t"} for line in lines)
        or _has_two_lengths(lines)
    )


def _has_two_lengths(lines: Sequence[bytes]) -> bool:
    fields = [line.partition(b":") for line in lines]
    lengths = [value.strip() for name, _, value in fields if name.strip().lower() == _LENGTH]
    codings = [name for name, _, _ in fields if name.strip().lower() == _CODING]
    is_old = lines[0].endswith(b"HTTP/1.0")
    return (
        len(lengths) + len(codings) > 1
        or any(not length.isdigit() for length in lengths)
        or bool(codings and is_old)
    )

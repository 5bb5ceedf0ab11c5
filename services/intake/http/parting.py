"""What ends a connection whose request was answered before all of it had come.

The rest of such a body would come without a limit of size or time: nobody waits for it any more.
Closing at once would be worse for an honest sender, though: what is on its way meets a closed
socket, and the reset may overtake the answer (RFC 9112, section 9.6). So the answer says `close`,
our side of the connection ends with it, and for a short while what still comes is thrown away.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

import h11

_CLOSE: Final = (b"connection", b"close")


class PartingConnection(h11.Connection):
    """h11's connection, which says `close` in an answer that is given before the body's end."""

    def send_with_data_passthrough(self, event: h11.Event) -> list[bytes] | None:
        """Return what to write; `send` does it by this."""
        if isinstance(event, h11.Response) and self.their_state is h11.SEND_BODY:
            event = _closing(event)
        return super().send_with_data_passthrough(event)


class PartingTransport:
    """A transport whose first `close` waits up to `seconds` for the sender, if there `is_more`.

    All else is the transport's own.
    """

    def __init__(
        self, transport: asyncio.Transport, is_more: Callable[[], bool], seconds: float
    ) -> None:
        """Take the transport, and what tells whether its sender is in the middle of a body."""
        self._transport = transport
        self._is_more = is_more
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the transport has it
        """Return what the transport has by that name."""
        return getattr(self._transport, name)

    @property
    def is_parting(self) -> bool:
        """Whether the answer is given and the rest of the body unwanted."""
        return self._timer is not None

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.is_parting or self._transport.is_closing()

    def close(self) -> None:
        """Close: a second time at once."""
        if self.is_parting or not self._is_more():
            self._transport.close()
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._seconds, self._transport.close)
        self._transport.resume_reading()
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def forget(self) -> None:
        """Wait no longer: the connection is lost."""
        if self._timer is not None:
            self._timer.cancel()


def _closing(answer: h11.Response) -> h11.Response:
    headers = [field for field in answer.headers if field[0] != _CLOSE[0]]
    return h11.Response(
        status_code=answer.status_code, headers=[*headers, _CLOSE], reason=answer.reason
    )

"""A real SMTP server that behaves as a test wants, and keeps what it took."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass  # no slots: aiosmtpd looks at every member, which Python before 3.11.3 cannot bear
class Behaviour:
    """What the server answers; `drop` cuts the line after the data, `tarpit_seconds` delays it."""

    hello: str | None = None
    rcpt: str | None = None
    data: str = "250 taken"
    drop: bool = False
    tarpit_seconds: float = 0.0
    received: list[Message] = field(default_factory=list)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """Let the client in, or not."""
        del server, envelope
        session.host_name = name
        return answers if self.hello is None else [self.hello]

    async def handle_HELO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, name: str
    ) -> str:
        """As EHLO."""
        del envelope
        session.host_name = name
        return self.hello or f"250 {server.hostname}"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take or refuse the recipient."""
        del server, session, options
        if self.rcpt is not None:
            return self.rcpt
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take the mail; then wait, cut the line or answer."""
        del session
        content = envelope.content
        assert isinstance(content, bytes)
        if self.data.startswith("250"):
            self.received.append(BytesParser().parsebytes(content))
        await asyncio.sleep(self.tarpit_seconds)
        if self.drop:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return self.data


@contextmanager
def a_mail_server(behaviour: Behaviour, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the server on a free port of 127.0.0.1 and give the port; `tls` makes TLS implicit."""
    port = free_port()
    controller = Controller(behaviour, hostname="127.0.0.1", port=port, ssl_context=tls)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

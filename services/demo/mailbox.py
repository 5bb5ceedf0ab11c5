"""A mail sink for trying out: takes every mail over SMTP, delivers none, shows them on a page.

Each mail becomes one fsynced line of a JSON Lines file, so that a test can count what was really
received, whatever happened to the sender.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.clock import Clock
from shared.contracts.values import write_moment


@dataclass(frozen=True, slots=True)
class Mail:
    """One received mail; `number` is its place in the mailbox, from 1."""

    number: int
    received_at: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    message_id: str
    headers: tuple[tuple[str, str], ...]
    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The file of received mails."""

    path: Path

    def append(self, mail: Mail) -> None:
        """Write one mail durably."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({name: getattr(mail, name) for name in Mail.__slots__})
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())

    def __iter__(self) -> Iterator[Mail]:
        """Yield the mails in the order of their arrival."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            fields = json.loads(line)
            fields["recipients"] = tuple(fields["recipients"])
            fields["headers"] = tuple((name, value) for name, value in fields["headers"])
            yield Mail(**fields)

    def __len__(self) -> int:
        """Count the mails."""
        return sum(1 for _ in self)


@dataclass  # no slots: aiosmtpd looks at every member, which Python before 3.11.3 cannot bear
class _Handler:
    mailbox: Mailbox
    clock: Clock
    received: int

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        self.received += 1
        self.mailbox.append(self._mail(envelope))
        return "250 taken"

    def _mail(self, envelope: Envelope) -> Mail:
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        message = message_from_bytes(raw, policy=policy.default)
        return Mail(
            number=self.received,
            received_at=write_moment(self.clock.now()),
            recipients=tuple(envelope.rcpt_tos),
            sender=str(message["From"] or envelope.mail_from or ""),
            subject=str(message["Subject"] or ""),
            message_id=str(message["Message-ID"] or "").strip(),
            headers=tuple((name, str(value)) for name, value in message.items()),
            text=_text(message),
        )


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    return str(part.get_content()) if part is not None else ""


def smtp_server(mailbox: Mailbox, clock: Clock, host: str, port: int) -> Any:  # noqa: ANN401 -- aiosmtpd publishes no types
    """Return an SMTP controller (`start()`, `stop()`) that fills `mailbox`."""
    handler = _Handler(mailbox, clock, received=len(mailbox))
    return Controller(handler, hostname=host, port=port, decode_data=False)

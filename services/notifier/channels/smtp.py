"""E-mail over SMTP: maps every way a hand-over can end to one of the four answers."""

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Final

from services.notifier.domain.channel import Answer, Mail, Refused, Retryable, Sent, Uncertain

_PERMANENT: Final = 500
_RETRY_SECONDS: Final = 30.0
_OK: Final = 250


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed over; `tls` is none, starttls or implicit."""

    host: str
    port: int = 25
    tls: str = "none"
    username: str | None = None
    password_file: Path | None = None
    timeout_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class SmtpChannel:
    """Hands over one mail per connection; blocks at most a few times `timeout_seconds`."""

    server: SmtpServer

    def send(self, mail: Mail, idempotency_key: str) -> Answer:
        """Hand over the mail. `idempotency_key` has no place in SMTP: the Message-ID is it.

        Refused connection or 4xx before the data: Retryable. 5xx: Refused. 250: Sent. Lost after
        the data have begun: Uncertain.
        """
        del idempotency_key
        try:
            connection = self._connect()
        except smtplib.SMTPResponseException as refusal:
            return _answered(refusal.smtp_code)
        except (OSError, smtplib.SMTPException):
            return Retryable("unreachable")
        try:
            return self._hand_over(connection, mail)
        finally:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        kind = smtplib.SMTP_SSL if server.tls == "implicit" else smtplib.SMTP
        connection = kind(server.host, server.port, timeout=server.timeout_seconds)
        try:
            connection.ehlo_or_helo_if_needed()
            if server.tls == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.username is not None and server.password_file is not None:
                connection.login(server.username, server.password_file.read_text().strip())
        except BaseException:
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: smtplib.SMTP, mail: Mail) -> Answer:
        try:
            answer = _envelope(connection, mail)
        except (OSError, smtplib.SMTPException):
            return Retryable("lost_before_data")
        if answer is not None:
            return answer
        return _data(connection, mail)


def _envelope(connection: smtplib.SMTP, mail: Mail) -> Answer | None:
    for code, _ in (connection.mail(mail.sender), connection.rcpt(mail.recipient)):
        if code not in (_OK, 251):
            return _answered(code)
    return None


def _data(connection: smtplib.SMTP, mail: Mail) -> Answer:
    """From here on the server may have the mail although we never hear of it."""
    try:
        code, _ = connection.data(written(mail))
    except smtplib.SMTPDataError as refusal:
        return _answered(refusal.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Uncertain("lost_after_data")
    if code != _OK:
        return _answered(code)
    return Sent(mail.message_id)


def _answered(code: int) -> Answer:
    if code >= _PERMANENT:
        return Refused(f"smtp_{code}")
    return Retryable(f"smtp_{code}", _RETRY_SECONDS)


def written(mail: Mail) -> bytes:
    """Return the mail as bytes: neutral headers, always a text part."""
    message = EmailMessage(policy=SMTP)
    message["From"] = mail.sender
    message["To"] = mail.recipient
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if mail.unsubscribe is not None:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message.as_bytes()

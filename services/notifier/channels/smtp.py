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
_BY_ITS_DIGIT: Final = 100  # RFC 5321, 4.2.1: the first digit says how it went
_TAKEN, _LATER, _NEVER = 2, 4, 5


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

        Refused connection or login, a certificate that does not hold, or 4xx: Retryable. 5xx, or an
        address that no envelope can carry: Refused. 2xx after the data: Sent. Lost after the data
        have begun, or answered by no code we know: Uncertain.
        """
        del idempotency_key
        content = _content(mail)
        if content is None:
            return Refused("address")
        try:
            connection = self._connect()
        except smtplib.SMTPResponseException as refusal:
            # It has heard of no mail yet: a wrong password is no verdict on whom we write to.
            return Retryable(f"smtp_{refusal.smtp_code}", _RETRY_SECONDS)
        except (OSError, smtplib.SMTPException, ValueError):
            return Retryable("unreachable")
        try:
            return self._hand_over(connection, mail, content)
        finally:
            connection.close()

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        where, wait = (server.host, server.port), server.timeout_seconds
        connection: smtplib.SMTP
        if server.tls == "implicit":  # without a context of ours any certificate would do
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(*where, timeout=wait, context=context)
        else:
            connection = smtplib.SMTP(*where, timeout=wait)
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

    def _hand_over(self, connection: smtplib.SMTP, mail: Mail, content: bytes) -> Answer:
        try:
            answer = _envelope(connection, mail)
        except (OSError, smtplib.SMTPException):
            return Retryable("lost_before_data")
        if answer is not None:
            return answer
        return _data(connection, mail, content)


def _envelope(connection: smtplib.SMTP, mail: Mail) -> Answer | None:
    for code, _ in (connection.mail(mail.sender), connection.rcpt(mail.recipient)):
        if code not in (_OK, 251):
            return _answered(code)
    return None


def _data(connection: smtplib.SMTP, mail: Mail, content: bytes) -> Answer:
    """From here on the server may have the mail although we never hear of it."""
    try:
        code, _ = connection.data(content)
    except smtplib.SMTPDataError as refusal:  # the answer to DATA itself: nothing has left
        return _answered(refusal.smtp_code)
    except (OSError, smtplib.SMTPException):
        return Uncertain("lost_after_data")
    if code // _BY_ITS_DIGIT == _TAKEN:
        return Sent(mail.message_id)
    if code // _BY_ITS_DIGIT in (_LATER, _NEVER):
        return _answered(code)
    return Uncertain("garbled_after_data")  # smtplib's -1: a reply without a code


def _content(mail: Mail) -> bytes | None:
    """Return the mail as bytes, None when SMTP without SMTPUTF8 cannot carry its addresses."""
    if not (mail.sender.isascii() and mail.recipient.isascii()):
        return None
    try:
        return written(mail)
    except (ValueError, AttributeError, TypeError, LookupError):  # what the header parser raises
        return None


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

"""One contract suite for every channel: the fake and SMTP against a real server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest

from services.notifier.channels.smtp import SmtpChannel, SmtpServer, written
from services.notifier.domain.channel import (
    Answer,
    Channel,
    Mail,
    Refused,
    Retryable,
    Sent,
    Uncertain,
)
from tests.builders.certificates import Authority
from tests.builders.mail import Behaviour, a_mail_server, free_port
from tests.builders.notifier import Post

MAIL = Mail(
    recipient="ada@northwick.example",
    sender="support@northwick.example",
    subject="Ein Gruß",
    text="Guten Tag Ada,\n\nhttps://console.example/l/token\n",
    message_id="<abc@northwick.example>",
    unsubscribe="https://console.example/l/token/opt_out",
)
SITUATIONS: dict[str, tuple[Behaviour | None, Answer]] = {
    "taken": (Behaviour(), Sent("x")),
    "nobody_listens": (None, Retryable("unreachable", 30)),
    "not_let_in": (Behaviour(hello="554 not you"), Retryable("smtp_554", 30)),
    "busy_before_data": (Behaviour(rcpt="451 later"), Retryable("smtp_451", 30)),
    "busy_at_data": (Behaviour(data="452 full"), Retryable("smtp_452", 30)),
    "refused_recipient": (Behaviour(rcpt="550 unknown"), Refused("smtp_550")),
    "refused_at_data": (Behaviour(data="554 no"), Refused("smtp_554")),
    "garbled_after_data": (Behaviour(data="OK queued as 47"), Uncertain("garbled_after_data")),
    "any_2xx": (Behaviour(data="252 taken"), Sent("x")),
    "lost_after_data": (Behaviour(drop=True), Uncertain("lost_after_data")),
    "tarpit": (Behaviour(tarpit_seconds=5), Uncertain("lost_after_data")),
}
Make = Callable[[Behaviour | None, Answer], Channel]


@pytest.fixture(params=["fake", "smtp"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Give a way to make each channel in a situation."""
    with ExitStack() as servers:

        def smtp(behaviour: Behaviour | None, _: Answer) -> Channel:
            port = servers.enter_context(a_mail_server(behaviour)) if behaviour else free_port()
            return SmtpChannel(SmtpServer("127.0.0.1", port, timeout_seconds=1))

        yield smtp if request.param == "smtp" else lambda _, answer: Post(answers=[answer])


@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_end_is_one_of_four_answers(make: Make, situation: str) -> None:
    """Only 250 is Sent; what may have arrived is Uncertain; nothing is raised."""
    behaviour, expected = SITUATIONS[situation]
    channel = make(behaviour, expected)

    answer = channel.send(MAIL, "key")

    assert type(answer) is type(expected)
    assert getattr(answer, "reason", None) == getattr(expected, "reason", None)


def test_headers_are_neutral_and_the_message_id_is_ours() -> None:
    """Auto-Submitted, one-click unsubscribe, a text part; nothing else about the recipient."""
    behaviour = Behaviour()
    with a_mail_server(behaviour) as port:
        channel = SmtpChannel(SmtpServer("127.0.0.1", port, timeout_seconds=5))

        for _ in range(2):
            assert isinstance(channel.send(MAIL, "key"), Sent)

    one, two = behaviour.received
    assert one["Message-ID"] == two["Message-ID"] == MAIL.message_id
    assert one["Auto-Submitted"] == "auto-generated"
    assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert one.get_content_type() == "text/plain"
    assert str(one["From"]) == MAIL.sender


def test_html_is_an_alternative_never_alone() -> None:
    """A mail with HTML keeps its text part first."""
    mail = message_from_bytes(written(replace(MAIL, html="<p>Hello</p>")))

    kinds = [part.get_content_type() for part in mail.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]


def test_implicit_tls_hands_over_only_to_a_server_whose_certificate_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sits between us and the mail server gets neither the password nor a name."""
    authority = Authority(now=datetime.now(UTC))
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    (tmp_path / "own.pem").write_bytes(authority.broker("mail"))
    context, behaviour = SSLContext(PROTOCOL_TLS_SERVER), Behaviour()
    context.load_cert_chain(tmp_path / "own.pem")

    with a_mail_server(behaviour, context) as port:
        channel = SmtpChannel(SmtpServer("127.0.0.1", port, tls="implicit", timeout_seconds=5))
        assert channel.send(MAIL, "key") == Retryable("unreachable")
        assert behaviour.received == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert isinstance(channel.send(MAIL, "key"), Sent)


@pytest.mark.parametrize("address", ["jörg@northwick.example", "x@[y.z", "x@\x85y.z"])
def test_an_address_that_no_mail_can_carry_is_refused_before_anything_is_sent(address: str) -> None:
    """One row of the directory does not end the sender for everybody."""
    behaviour = Behaviour()
    with a_mail_server(behaviour) as port:
        channel = SmtpChannel(SmtpServer("127.0.0.1", port, timeout_seconds=5))

        assert channel.send(replace(MAIL, recipient=address), "key") == Refused("address")
        assert channel.send(replace(MAIL, sender=address), "key") == Refused("address")

    assert behaviour.received == []

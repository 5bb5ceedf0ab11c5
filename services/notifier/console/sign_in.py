"""One-time sign-in links: made for people of the directory who have a role at the console."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from services.notifier.console.pages import environment
from services.notifier.console.programmes import Programmes
from services.notifier.domain.channel import Channel, Mail, Sent
from services.notifier.domain.directory import Person
from services.notifier.domain.errors import NotifierError
from services.notifier.store.engine import Store
from shared.clock import Clock
from shared.identity import message_id, sha256_hex
from shared.observability import event_log

LINK_LIFE: Final = timedelta(minutes=15)
MOST_LINKS: Final = 3  # mails to one person within the life of a link
FORGOTTEN_AFTER: Final = timedelta(days=1)
_TARGET: Final = re.compile(r"/(today|closed|mine|cases/[0-9a-f-]{36})")
log = event_log("console")


class NobodyToSignInError(NotifierError):
    """The address belongs to nobody who may sign in."""

    hint = "Give the person the role supporter, coordinator or programme_lead in the directory CSV."

    def __init__(self) -> None:
        """Say what is needed, not which address."""
        super().__init__("Nobody with a role at the console has this e-mail address here")


@dataclass(frozen=True, slots=True)
class SignIn:
    """What making and using links needs; `base_url` is the console's address in mails."""

    store: Store
    clock: Clock
    base_url: str
    new_token: Callable[[], str]

    def link_for(self, tenant: str, email: str) -> str:
        """Return a new link for one person of a tenant; nothing is mailed.

        Raises:
            NobodyToSignInError: the tenant has nobody with this address and a role.
        """
        with self.store.begin() as unit:
            for person in unit.sessions.holders(email, tenant):
                token = self.new_token()
                now = self.clock.now()
                unit.sessions.add_link(token, person, now, now + LINK_LIFE)
                return self.address(token)
        raise NobodyToSignInError

    def address(self, token: str, target: str = "/") -> str:
        """Return the link's address; `target` is the page that opens afterwards."""
        after = f"?next={quote(target, safe='')}" if target != "/" else ""
        return f"{self.base_url}/sign-in/{token}{after}"

    def enter(self, token: str) -> str | None:
        """Use a link up and begin a session; return the session's token, None if unusable."""
        now = self.clock.now()
        with self.store.begin() as unit:
            unit.sessions.forget(now - FORGOTTEN_AFTER)
            who = unit.sessions.use_link(token, now)
            if who is None:
                return None
            session = self.new_token()
            unit.sessions.open(session, *who, now)
        return session

    def leave(self, session: str) -> None:
        """End a session."""
        with self.store.begin() as unit:
            unit.sessions.close(session)


@dataclass(frozen=True, slots=True)
class LinkMail:
    """Mails sign-in links; `message_id_key` makes Message-IDs."""

    sign_in: SignIn
    channel: Channel
    programmes: Programmes
    message_id_key: bytes

    def send(self, email: str, target: str) -> None:
        """Mail a link to whoever has this address and a role; silence for everybody else.

        Runs after the answer has gone out, so that nobody learns from it who is known.
        """
        now = self.sign_in.clock.now()
        for person, token in self._tokens(email, now):
            answer = self.channel.send(self._mail(person, token, target), "")
            if not isinstance(answer, Sent):
                log.notice("sign_in_mail_failed", tenant=person.tenant, reason=answer.reason)

    def _tokens(self, email: str, now: datetime) -> list[tuple[Person, str]]:
        made: list[tuple[Person, str]] = []
        with self.sign_in.store.begin() as unit:
            for person in unit.sessions.holders(email):
                if unit.sessions.links_since(person, now - LINK_LIFE) >= MOST_LINKS:
                    log.notice("sign_in_mail_limited", tenant=person.tenant)
                    continue
                token = self.sign_in.new_token()
                unit.sessions.add_link(token, person, now, now + LINK_LIFE)
                made.append((person, token))
        return made

    def _mail(self, person: Person, token: str, target: str) -> Mail:
        programme = self.programmes.of(person.tenant)
        text = (
            environment()
            .get_template("sign_in_mail.txt")
            .render(
                first_name=person.given_name,
                link=self.sign_in.address(token, target),
                programme=programme,
                minutes=int(LINK_LIFE.total_seconds() // 60),
            )
        )
        subject, _, body = text.partition("\n")
        return Mail(
            recipient=person.email,
            sender=programme.from_address,
            subject=" ".join(subject.removeprefix("Subject: ").split()),
            text=body.strip() + "\n",
            message_id=message_id(self.message_id_key, "sign_in", sha256_hex(token.encode())),
        )


def page_after(wanted: str | None) -> str:
    """Return the page to open after sign-in: one of ours, else the start page."""
    return wanted if wanted and _TARGET.fullmatch(wanted) else "/"

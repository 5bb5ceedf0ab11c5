"""What a template may say: an allow-list of inputs, so that nothing else can get into a mail."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.notifier.domain.case import Case, Message
from services.notifier.domain.directory import Person
from services.notifier.domain.policy import Policy
from services.notifier.domain.states import TO_PERSON, MessageKind, TimerKind

LANGUAGES: Final = ("en", "de")
LINK_LIFE: Final = timedelta(days=14)
_LINKED: Final = frozenset({MessageKind.SUPPORTER_OFFER, *TO_PERSON})


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a template may use; all text, nothing about what happened.

    `until` is a time of day with its zone ("17:30 CET"), `page` the address of the console page,
    `link` the address of the recipient's own link ("" where the kind has none). `supporter` is the
    supporter's given name and empty before somebody has accepted.
    """

    first_name: str
    supporter: str
    programme: str
    telephone: str
    crisis_line: str
    reason: str
    until: str
    page: str
    link: str
    limits: str


def has_link(kind: MessageKind) -> bool:
    """Say whether the message carries a link of its own that needs no sign-in."""
    return kind in _LINKED


def language_of(person: Person, policy: Policy) -> str:
    """Return the person's language, else the tenant's, else English."""
    wished = person.language or policy.language
    return wished if wished in LANGUAGES else LANGUAGES[0]


def content(
    case: Case,
    message: Message,
    recipient: Person,
    supporter: Person | None,
    policy: Policy,
    addresses: tuple[str, str],
) -> Content:
    """Return the inputs of one message; `addresses` are (console page, own link or "")."""
    page, link = addresses
    return Content(
        first_name=recipient.given_name,
        supporter=supporter.given_name if supporter is not None else "",
        programme=policy.programme.name,
        telephone=policy.programme.telephone,
        crisis_line=policy.programme.crisis_line,
        reason=message.reason or "",
        until=_until(case, message.kind, recipient, policy),
        page=page,
        link=link,
        limits=policy.programme.privilege_regime,
    )


def _until(case: Case, kind: MessageKind, recipient: Person, policy: Policy) -> str:
    """Return until when an answer helps, in the recipient's own time; never a date."""
    at = _moment(case, kind)
    if at is None:
        return ""
    return at.astimezone(ZoneInfo(recipient.zone or policy.zone)).strftime("%H:%M %Z")


def _moment(case: Case, kind: MessageKind) -> datetime | None:
    if kind is MessageKind.SUPPORTER_OFFER:
        return case.timers.get(TimerKind.ACKNOWLEDGE)
    if kind is MessageKind.SUPPORTER_TASK:
        return case.timers.get(TimerKind.CONTACT_BY)
    if kind is MessageKind.CONFIRM_REQUEST:
        return case.timers.get(TimerKind.CONFIRM_WINDOW, case.timers.get(TimerKind.CONFIRM_DUE))
    return None

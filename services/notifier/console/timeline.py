"""What happened to a case, and every message that was or was not sent, with its reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from services.notifier.console import words
from services.notifier.console.moments import moment
from services.notifier.pages import CasePage
from services.notifier.store.attempt_rows import AttemptState
from services.notifier.store.history_rows import Line, Sort
from shared.contracts.words import ActorRole

_MAILS = (Sort.SENT, Sort.NOT_SENT, Sort.DEFERRED)
_REASONS = {**words.ATTENTION, **words.CLOSINGS, **words.DISMISSALS, **words.REASONS}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when, what, why, who; `result` only for messages."""

    when: str
    iso: str
    what: str
    reason: str
    who: str
    result: str = ""


def happenings(page: CasePage, zone: str) -> tuple[Entry, ...]:
    """Return what happened, newest first."""
    lines = [one for one in page.timeline if one.sort not in _MAILS]
    return tuple(_happening(one, page.names, zone) for one in reversed(lines))


def mails(page: CasePage, zone: str) -> tuple[Entry, ...]:
    """Return every send and non-send, newest first; those under way on top."""
    written = [one for one in page.timeline if one.sort in _MAILS]
    return (*_pending(page, zone), *(_mail(one, page, zone) for one in reversed(written)))


def _happening(one: Line, names: Mapping[str, str], zone: str) -> Entry:
    reason = words.say(_REASONS, one.reason)
    if one.sort == Sort.MATCH and one.details:
        ranked, excluded = one.details["ranked"], one.details["excluded"]
        reason = f"{len(ranked)} could be asked, {len(excluded)} could not"
    return Entry(
        when=moment(one.at, zone),
        iso=one.at.isoformat(),
        what=words.say(words.EVENTS, one.name),
        reason=reason,
        who=_actor(one, names),
    )


def _actor(one: Line, names: Mapping[str, str]) -> str:
    role = words.say(words.ROLES, one.actor.role)
    if one.actor.role == ActorRole.PERSON:
        return role
    name = names.get(one.actor.ref or "")
    return f"{name}, {role}" if name else role


def _mail(one: Line, page: CasePage, zone: str) -> Entry:
    in_doubt = one.reason == AttemptState.UNCERTAIN
    return Entry(
        when=moment(one.at, zone),
        iso=one.at.isoformat(),
        what=words.say(words.MESSAGES, one.name),
        reason="" if in_doubt else words.say(words.REASONS, one.reason),
        who=_recipient(one.recipient, page),
        result=words.say(words.RESULTS, one.reason if in_doubt else one.sort),
    )


def _pending(page: CasePage, zone: str) -> Iterator[Entry]:
    for one in page.attempts:
        if one.state is AttemptState.SENDING and one.claimed_at is not None:
            yield Entry(
                when=moment(one.claimed_at, zone),
                iso=one.claimed_at.isoformat(),
                what=words.say(words.MESSAGES, one.key.kind),
                reason="",
                who=_recipient(one.key.recipient_ref, page),
                result=words.say(words.RESULTS, one.state),
            )


def _recipient(ref: str | None, page: CasePage) -> str:
    return page.names.get(ref or "", "")

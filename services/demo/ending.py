"""Checks that the story ended as it must: on the topics, in the mailbox, and by replay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from services.demo.link_page import press
from services.demo.play import PATIENCE_SECONDS, Play, Played
from services.demo.watching import wait_for
from shared.contracts import IncidentRejected, TriageDecision
from shared.contracts.topics import REJECTED
from shared.contracts.words import CaseEvent, RejectionCode
from shared.kafka.reader import read_range

_OK: Final = range(200, 300)
_PEER: Final = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the story and whether it was kept."""

    promise: str
    is_kept: bool


def checks(play: Play) -> Iterator[Check]:
    """Yield every check, in the order of the story; the accept link is pressed on the way."""
    for number, played in enumerate(play.played, start=1):
        yield Check(f"report {number} became what it must", _as_it_must(played))
    yield Check("one occurrence was made of reports 1 and 2", _joined(play.played))
    offers = wait_for(lambda: list(play.offers()) or None, PATIENCE_SECONDS) or []
    yield Check("a supporter was asked by mail", bool(offers))
    yield Check("the mail says nothing clinical", all(_is_neutral(m.text) for m, _ in offers))
    yield Check("its link accepts", bool(offers) and press(offers[0][1]) in _OK)
    yield Check("the case moved to its supporter", _seen(play, CaseEvent.SUPPORTER_ACCEPTED))
    yield Check("the broken report is refused with a reason", _refused(play))
    replay = play.stage.peerline("audit", "replay")
    yield Check("replay decides the same", replay.returncode == 0)


def _as_it_must(played: Played) -> bool:
    chapter, decision = played.chapter, played.decision
    if played.answer.status != chapter.status:
        return False
    if decision is None:
        return not chapter.tier
    persons = sum(1 for person in decision.persons if person.tier >= _PEER)
    team = decision.team is not None and decision.team.tier > 0
    return (
        _highest(decision) in chapter.tier and persons == chapter.persons and team == chapter.team
    )


def _highest(decision: TriageDecision) -> int:
    tiers = [person.tier for person in decision.persons]
    return max([*tiers, decision.team.tier if decision.team else 0], default=0)


def _joined(played: list[Played]) -> bool:
    first, second = played[0].decision, played[1].decision
    return bool(first and second and first.occurrence_id == second.occurrence_id)


def _is_neutral(text: str) -> bool:
    told = ("child", "death", "dose", "medication", "incident", "ward", "patient")
    return not any(word in text.lower() for word in told)


def _seen(play: Play, wanted: CaseEvent) -> bool:
    def look() -> bool | None:
        return any(one.event is wanted for one in play.witness.case_events()) or None

    return bool(wait_for(look, PATIENCE_SECONDS))


def _refused(play: Play) -> bool:
    def look() -> bool | None:
        records = read_range(play.stage.kafka, REJECTED.name)
        found = [IncidentRejected.model_validate_json(record.value or b"{}") for record in records]
        return any(one.code is RejectionCode.NO_RECORD_ID for one in found) or None

    return bool(wait_for(look, PATIENCE_SECONDS))


def failed(found: list[Check], say: Callable[[str], None]) -> list[str]:
    """Say each check and return the promises that were not kept."""
    for check in found:
        say(f"   {'kept  ' if check.is_kept else 'BROKEN'} {check.promise}")
    return [check.promise for check in found if not check.is_kept]

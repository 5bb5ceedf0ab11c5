"""Who could be asked for a case, best first, and why the others could not."""

from dataclasses import dataclass
from typing import Final

from services.notifier.console import words
from services.notifier.domain.matching import Candidate, Exclusion, Ranking

# A coordinator who has spoken to somebody may still assign them (outreach.md section 6).
_MAY_AGREE: Final = (
    Exclusion.ABSENT,
    Exclusion.PAUSED,
    Exclusion.OFF_SHIFT,
    Exclusion.LOAD_LIMIT,
)


@dataclass(frozen=True, slots=True)
class SupporterLine:
    """One supporter; `rank` from 1, 0 for those who are excluded with the reason in words."""

    person_id: str
    name: str
    role: str
    load: str
    rank: int
    reason: str
    may_be_assigned: bool


def supporter_lines(
    ranking: Ranking, candidates: tuple[Candidate, ...]
) -> tuple[SupporterLine, ...]:
    """Return the ranked, then the excluded."""
    known = {one.person.person_id: one for one in candidates}
    ranked = [
        _line(known[ref], place, None)
        for place, ref in enumerate(ranking.ranked, 1)
        if ref in known
    ]
    excluded = [_line(known[ref], 0, reason) for ref, reason in ranking.excluded if ref in known]
    return (*ranked, *excluded)


def _line(one: Candidate, rank: int, reason: Exclusion | None) -> SupporterLine:
    cases = "1 open case" if one.open_cases == 1 else f"{one.open_cases} open cases"
    return SupporterLine(
        person_id=one.person.person_id,
        name=one.person.name,
        role=words.say(words.STAFF, one.person.role),
        load=cases,
        rank=rank,
        reason=words.say(words.EXCLUSIONS, reason),
        may_be_assigned=reason is None or reason in _MAY_AGREE,
    )

"""What another rule set would change: the same reports, decided by both, compared one by one."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from services.offline.outcomes import Outcome
from services.offline.trial import Tried
from services.triage.domain.ruleset import RuleSet
from shared.contracts.canonical import digest

OFFER: Final = 2


class Change(NamedTuple):
    """Somebody who would get something else; None is somebody who is not in that decision."""

    place: str
    record_id: str
    before: Outcome | None
    after: Outcome | None


def changes(before: Sequence[Tried], after: Sequence[Tried]) -> Iterator[Change]:
    """Yield who of which report would get another tier, priority or withholding."""
    for old, new in zip(before, after, strict=True):
        mine = {outcome.key: outcome for outcome in old.outcomes}
        theirs = {outcome.key: outcome for outcome in new.outcomes}
        for key in dict.fromkeys((*mine, *theirs)):
            pair = mine.get(key), theirs.get(key)
            if _result(pair[0]) != _result(pair[1]):
                yield Change(old.place, old.record_id, *pair)


def what_if_digest(
    sets: tuple[RuleSet, RuleSet], reports: Sequence[Tried], found: Sequence[Change]
) -> str:
    """Return the digest that an activation records: which reports, both sets, what would change."""
    told = [[c.place, _result(c.before), _result(c.after)] for c in found]
    return digest(
        {
            "before": sets[0].hash,
            "after": sets[1].hash,
            "reports": [tried.content_hash for tried in reports],
            "changes": told,
        }
    )


def change_line(change: Change) -> str:
    """Return a change in words, with the rules that are new in it and those that went."""
    who = (change.after or change.before or _NOBODY).who
    old, new = change.before or _NOBODY, change.after or _NOBODY
    gained = sorted(set(new.because) - set(old.because))
    lost = sorted(set(old.because) - set(new.because))
    because = [f"+{rule}" for rule in gained] + [f"-{rule}" for rule in lost]
    why = f"   {' '.join(because)}" if because else ""
    return f"{change.record_id}, {who}: {_told(old)} → {_told(new)}{why}"


def summary(before: Sequence[Tried], after: Sequence[Tried], found: Sequence[Change]) -> str:
    """Return how many reports there are, how many differ, and the offers before and after."""
    differing = {change.place for change in found}
    told = [new.place for old, new in zip(before, after, strict=True) if old != new]
    reasons = len(set(told) - differing)
    return (
        f"{len(after)} reports: {len(differing)} decided otherwise, {reasons} more for other "
        f"reasons only; people and teams with an offer: {_offers(before)} → {_offers(after)}"
    )


def tiers(reports: Sequence[Tried]) -> Mapping[int, int]:
    """Return how many reports have which highest tier."""
    return Counter(highest(tried) for tried in reports)


def highest(tried: Tried) -> int:
    """Return the highest tier that anybody of a report gets."""
    return max(outcome.tier for outcome in tried.outcomes)


def _offers(reports: Sequence[Tried]) -> int:
    return sum(
        outcome.tier >= OFFER and outcome.withheld is None
        for tried in reports
        for outcome in tried.outcomes
    )


_NOBODY: Final = Outcome("nobody", "(nobody)", 0, "none")


def _result(outcome: Outcome | None) -> list[object]:
    """Return what counts as a difference; nothing for somebody without a tier is no difference."""
    shown = outcome or _NOBODY
    return [shown.tier, shown.priority, shown.withheld or "" if shown.tier else ""]


def _told(outcome: Outcome) -> str:
    withheld = f", withheld ({outcome.withheld})" if outcome.withheld and outcome.tier else ""
    return f"tier {outcome.tier}{f' {outcome.priority}' if outcome.tier else ''}{withheld}"

"""Rule windows: which occurrences of a person or unit count, kept in order of event time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from services.triage.domain.account import Account, tell
from services.triage.domain.facts import Scene
from services.triage.domain.lens import Lens
from services.triage.domain.occurrence import Group, occurrence_of
from services.triage.domain.plan import Plan

Entry: TypeAlias = tuple[datetime, str]


class Counted(NamedTuple):
    """An occurrence that satisfies a window's `where` for one person or unit."""

    window: str
    subject: str
    at: datetime
    root: str


class WindowIndex:
    """The occurrences that count for each window of one rule set, by person or unit."""

    __slots__ = ("_entries", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._entries: dict[tuple[str, str], list[Entry]] = {}

    def fill(self, lens: Lens) -> None:
        """Count every occurrence that is remembered."""
        done: set[str] = set()
        for key in lens.memory.memos:
            group = occurrence_of(lens, key, self.plan.rule_set.merge)
            if group is not None and group.root not in done:
                done.add(group.root)
                self.replace((), (group,))

    def replace(self, before: Iterable[Group], after: Iterable[Group]) -> None:
        """Count the occurrences `after` in place of those `before`."""
        for group in before:
            for counted in self.counted(group):
                entries = self._entries[counted.window, counted.subject]
                del entries[bisect_left(entries, (counted.at, counted.root))]
        for group in after:
            for counted in self.counted(group):
                insort(
                    self._entries.setdefault((counted.window, counted.subject), []),
                    (counted.at, counted.root),
                )

    def counted(self, group: Group) -> Iterator[Counted]:
        """Yield what one occurrence counts for; nothing where all of it is retracted."""
        if group.live:
            yield from self.counted_in(tell(group.live), group.root)

    def counted_in(self, account: Account, root: str) -> Iterator[Counted]:
        """Yield what an occurrence, already told, counts for."""
        at = account.event_time
        for window in self.plan.unit_windows:
            if account.units and window.where(Scene(account.shared, account.patients)):
                for unit in account.units:
                    yield Counted(window.name, unit, at, root)
        for window in self.plan.person_windows:
            for person in account.people:
                scene = Scene(account.shared, account.patients, person.facts)
                if person.ref is not None and window.where(scene):
                    yield Counted(window.name, person.ref, at, root)

    def around(self, window: str, subject: str, at: datetime, within: timedelta) -> Sequence[Entry]:
        """Return the entries at most `within` away from `at`."""
        entries = self._entries.get((window, subject))
        if not entries:
            return ()
        low = bisect_left(entries, (at - within, ""))
        return entries[low : bisect_right(entries, (at + within, "\U0010ffff"))]


def fullest(entries: Iterable[Entry], at: datetime, within: timedelta) -> list[str]:
    """Return the roots in the fullest interval `within` long around `at`; the earliest wins."""
    ordered = sorted(entries)
    times = [when for when, _ in ordered]
    best = slice(0, 0)
    for start in sorted({*(when for when in times if at - within <= when <= at), at}):
        low, high = bisect_left(times, start), bisect_right(times, start + within)
        if high - low > best.stop - best.start:
            best = slice(low, high)
    return [root for _, root in ordered[best]]

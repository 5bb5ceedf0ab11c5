"""Rule windows: which occurrences of a person or unit count, kept in order of event time."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias

from services.triage.domain.account import Account, tell
from services.triage.domain.facts import Facts, Scene
from services.triage.domain.lens import Lens
from services.triage.domain.occurrence import Group, occurrence_of
from services.triage.domain.plan import Plan
from services.triage.domain.ruleset import WindowRule

Entry: TypeAlias = tuple[datetime, str]


class Counted(NamedTuple):
    """An occurrence that satisfies a window's `where` for one person or unit."""

    window: str
    subject: str
    at: datetime
    root: str


class WindowIndex:
    """The occurrences that count for each window of one rule set, by person or unit."""

    __slots__ = ("_entries", "_members", "plan")

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._entries: dict[tuple[str, str], list[Entry]] = {}
        self._members: dict[str, tuple[str, ...]] = {}

    def fill(self, lens: Lens) -> None:
        """Count every occurrence that is remembered."""
        done: set[str] = set()
        for key in lens.memory.memos:
            # Finding an occurrence costs a walk through all of it: once, not once per member.
            group = None if key in done else occurrence_of(lens, key, self.plan.rule_set.merge)
            if group is not None:
                done.update(memo.key for memo in group.members)
                self.replace((), (group,))

    def replace(self, before: Iterable[Group], after: Iterable[Group]) -> None:
        """Count the occurrences `after` in place of those `before`."""
        for group in before:
            self._members.pop(group.root, None)
            for counted in self.counted(group):
                entries = self._entries[counted.window, counted.subject]
                del entries[bisect_left(entries, (counted.at, counted.root))]
        for group in after:
            if len(group.live) != 1 or group.live[0].key != group.root:
                self._members[group.root] = tuple(memo.key for memo in group.live)
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
        if account.units and self.plan.unit_windows:
            for window in _satisfied(self.plan.unit_windows, account, {}):
                for unit in account.units:
                    yield Counted(window.name, unit, at, root)
        for person in account.people:
            if person.ref is not None:
                for window in _satisfied(self.plan.person_windows, account, person.facts):
                    yield Counted(window.name, person.ref, at, root)

    def members(self, root: str) -> tuple[str, ...]:
        """Return the live incidents of an occurrence, in order of time; most have one."""
        return self._members.get(root) or (root,)

    def around(self, window: str, subject: str, at: datetime, within: timedelta) -> Sequence[Entry]:
        """Return the entries at most `within` away from `at`."""
        entries = self._entries.get((window, subject))
        if not entries:
            return ()
        low = bisect_left(entries, (at - within, ""))
        return entries[low : bisect_right(entries, (at + within, "\U0010ffff"))]


def _satisfied(
    windows: Sequence[WindowRule], account: Account, person: Facts
) -> Iterator[WindowRule]:
    scene = Scene(account.shared, account.patients, person)
    return (window for window in windows if window.where(scene))


def fullest(entries: Iterable[Entry], at: datetime, within: timedelta) -> list[str]:
    """Return the roots in the fullest interval `within` long around `at`; the earliest wins."""
    ordered = sorted(entries)
    times = [when for when, _ in ordered]
    best = slice(0, 0)
    low = high = 0
    for start in sorted({*(when for when in times if at - within <= when <= at), at}):
        low, high = bisect_left(times, start, low), bisect_right(times, start + within, high)
        if high - low > best.stop - best.start:
            best = slice(low, high)
    return [root for _, root in ordered[best]]

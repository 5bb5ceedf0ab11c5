"""The value of each rule window for one decision, with the incidents it counts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from services.triage.domain.account import Account
from services.triage.domain.facts import FactValue
from services.triage.domain.lens import BEGINNING, Lens
from services.triage.domain.occurrence import Change, Group, occurrence_of
from services.triage.domain.plan import Plan
from services.triage.domain.ruleset import MergeRule, WindowRule
from services.triage.domain.window_index import Counted, Entry, WindowIndex, fullest


class WindowCount(NamedTuple):
    """One window's value: how many occurrences, and which incidents they consist of (sorted)."""

    name: str
    value: int
    incident_keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows as one decision sees them: the index, corrected by what the report changes."""

    plan: Plan
    index: WindowIndex
    lens: Lens
    after: tuple[Group, ...]
    gone: frozenset[str]
    fresh: tuple[Counted, ...]

    def of_person(self, ref: str | None, at: datetime) -> tuple[WindowCount, ...]:
        """Return the windows per person; a person nobody can name has none behind them."""
        subjects = () if ref is None else (ref,)
        return tuple(self._count(window, subjects, at) for window in self.plan.person_windows)

    def of_units(self, units: Sequence[str], at: datetime) -> tuple[WindowCount, ...]:
        """Return the windows per unit; of several units the fullest counts."""
        return tuple(self._count(window, units, at) for window in self.plan.unit_windows)

    def _count(self, window: WindowRule, subjects: Iterable[str], at: datetime) -> WindowCount:
        best: list[str] = []
        for subject in subjects:
            known = self.index.around(window.name, subject, at, window.within)
            entries = [entry for entry in known if entry[1] not in self.gone] if known else []
            if self.fresh:
                entries += self._fresh(window, subject, at)
            if entries:
                best = max(best, fullest(entries, at, window.within), key=len)
        return (
            WindowCount(window.name, len(best), self._keys(best)) if best else _empty(window.name)
        )

    def _fresh(self, window: WindowRule, subject: str, at: datetime) -> Iterator[Entry]:
        for counted in self.fresh:
            if (
                counted.window == window.name
                and counted.subject == subject
                and abs(counted.at - at) <= window.within
            ):
                yield counted.at, counted.root

    def _keys(self, roots: Iterable[str]) -> tuple[str, ...]:
        changed = {group.root: group for group in self.after}
        keys: list[str] = []
        for root in roots:
            group = changed.get(root)
            keys += self._members(root) if group is None else [memo.key for memo in group.live]
        return tuple(sorted(keys))

    def _members(self, root: str) -> Iterable[str]:
        members = self.index.members(root)
        if all(self.lens.memo(key) is not None for key in (root, *members)):
            return members
        # Some of them are about to be forgotten, which may part the others.
        group = occurrence_of(self.lens, root, self.plan.rule_set.merge)
        return [memo.key for memo in group.live] if group else []


@lru_cache
def _empty(name: str) -> WindowCount:
    return WindowCount(name, 0, ())


def look(
    plan: Plan,
    index: WindowIndex,
    lens: Lens,
    change: Change,
    accounts: Mapping[str, Account],
    expired: Sequence[str],
) -> Windows:
    """Return the windows as they are once the report's change is made.

    `lens` shows that change; `accounts` tell the changed occurrences by root; `expired` incidents
    are in the index until the step is applied, but count no more.
    """
    fresh: list[Counted] = []
    gone = {group.root for group in change.before}
    shown = change.after
    if plan.has_windows:
        for root in sorted(accounts):
            fresh += index.counted_in(accounts[root], root)
        lost = _losing(lens, expired, plan.rule_set.merge)
        gone.update(group.root for group in lost.before)
        changed = {group.root for group in change.after}
        left = tuple(group for group in lost.after if group.root not in changed)
        for group in left:
            fresh += index.counted(group)
        shown += left
    return Windows(plan, index, lens, shown, frozenset(gone), tuple(fresh))


def _losing(lens: Lens, expired: Sequence[str], merge: MergeRule) -> Change:
    """Return the occurrences that lose expired members: as indexed, and what is left of them."""
    indexed = Lens(lens.memory, BEGINNING)
    before = {group.root: group for key in expired if (group := occurrence_of(indexed, key, merge))}
    members = {memo.key for group in before.values() for memo in group.members}
    after = {
        group.root: group for key in sorted(members) if (group := occurrence_of(lens, key, merge))
    }
    return Change(tuple(before.values()), tuple(after.values()))


def facts_of(counts: Iterable[WindowCount]) -> dict[str, FactValue]:
    """Return window values as facts (`windows.NAME`)."""
    return {f"windows.{count.name}": count.value for count in counts}

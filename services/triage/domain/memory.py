"""What triage remembers of one tenant: the memos of its incidents and what derives from them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from heapq import heappop, heappush
from typing import Final

from services.triage.domain.lens import BEGINNING, Lens
from services.triage.domain.memo import Memo
from services.triage.domain.occurrence import affected_groups
from services.triage.domain.plan import Plan
from services.triage.domain.window_index import WindowIndex

PLANS_KEPT: Final = 4


class Memory:
    """Memos by incident key; who shares a group id or patient; ages; windows per rule set.

    Everything but the memos is derived, so memos may be put in any order; no decision shows how
    they came here.
    """

    __slots__ = ("_ages", "_by_group", "_by_patient", "_memos", "_next", "_windows")

    def __init__(self) -> None:
        self._next: int | None = 0
        self._memos: dict[str, Memo] = {}
        self._by_group = Index()
        self._by_patient = Index()
        self._ages: list[tuple[datetime, str]] = []
        self._windows: dict[str, WindowIndex] = {}

    @property
    def arrivals(self) -> int:
        """The number of the next new incident: above all remembered ones, so restarts agree."""
        if self._next is None:
            self._next = 1 + max((memo.arrival for memo in self._memos.values()), default=-1)
        return self._next

    @property
    def memos(self) -> Mapping[str, Memo]:
        """All memos by incident key."""
        return self._memos

    def sharing_group(self, group: str) -> Collection[str]:
        """Return the incidents that carry a group id."""
        return self._by_group.keys(group)

    def sharing_patient(self, pseudonym: str) -> Collection[str]:
        """Return the incidents that concern a patient."""
        return self._by_patient.keys(pseudonym)

    def windows(self, plan: Plan) -> WindowIndex:
        """Return the window index of a rule set; built once, then kept up to date by `put`."""
        index = self._windows.get(plan.rule_set.hash)
        if index is None:
            index = WindowIndex(plan)
            if plan.has_windows:
                index.fill(Lens(self, BEGINNING))
            if len(self._windows) >= PLANS_KEPT:
                del self._windows[next(iter(self._windows))]
            self._windows[plan.rule_set.hash] = index
        return index

    def put(self, key: str, memo: Memo | None) -> None:
        """Remember `memo`, or forget the incident, and bring every index up to date."""
        old = self._memos.get(key)
        if old is not None and memo is not None and old.tells_as(memo):
            self._memos[key] = memo
            return
        moved = [
            (index, affected_groups(Lens(self, BEGINNING), key, memo, index.plan.rule_set.merge))
            for index in self._windows.values()
            if index.plan.has_windows
        ]
        if old is not None:
            self._unlink(old)
        if memo is None:
            self._memos.pop(key, None)
            if old is not None and old.arrival + 1 == self._next:
                self._next = None
        else:
            self._link(memo)
            if old is None:
                heappush(self._ages, (memo.active_at, key))
        for index, change in moved:
            index.replace(change.before, change.after)

    def due(self, horizon: datetime) -> list[str]:
        """Return the incidents whose newest activity is older than `horizon`, sorted."""
        found = []
        slots = [0]
        while slots:
            slot = slots.pop()
            if slot < len(self._ages) and self._ages[slot][0] < horizon:
                key = self._ages[slot][1]
                memo = self._memos.get(key)
                if memo is not None and memo.active_at < horizon:
                    found.append(key)
                slots += (2 * slot + 1, 2 * slot + 2)
        return sorted(set(found))

    def tidy(self, horizon: datetime) -> None:
        """Move incidents that were active again to their new place among the ages."""
        while self._ages and self._ages[0][0] < horizon:
            _, key = heappop(self._ages)
            memo = self._memos.get(key)
            if memo is not None:
                heappush(self._ages, (memo.active_at, key))
                if memo.active_at < horizon:
                    return

    def _link(self, memo: Memo) -> None:
        self._memos[memo.key] = memo
        if self._next is not None:
            self._next = max(self._next, memo.arrival + 1)
        for group in memo.groups:
            self._by_group.add(group, memo.key)
        for pseudonym in memo.pseudonyms:
            self._by_patient.add(pseudonym, memo.key)

    def _unlink(self, memo: Memo) -> None:
        for group in memo.groups:
            self._by_group.discard(group, memo.key)
        for pseudonym in memo.pseudonyms:
            self._by_patient.discard(pseudonym, memo.key)


class Index:
    """Which incidents carry a term; one key is kept bare, as most terms have only one."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: dict[str, str | dict[str, None]] = {}

    def keys(self, term: str) -> Collection[str]:
        """Return the incident keys of a term, in no order that may matter."""
        found = self._found.get(term, ())
        return (found,) if isinstance(found, str) else found

    def add(self, term: str, key: str) -> None:
        """Let the term lead to the key."""
        found = self._found.setdefault(term, key)
        if isinstance(found, dict):
            found[key] = None
        elif found != key:
            self._found[term] = {found: None, key: None}

    def discard(self, term: str, key: str) -> None:
        """Let the term lead to the key no more."""
        found = self._found.get(term)
        if found == key:
            del self._found[term]
        elif isinstance(found, dict) and key in found:
            del found[key]
            if len(found) == 1:
                self._found[term] = next(iter(found))

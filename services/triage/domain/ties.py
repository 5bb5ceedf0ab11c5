"""What ties two incidents of one patient (unit, categories, time), and a walk along such ties."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

from services.triage.domain.memo import Memo
from services.triage.domain.ruleset import MergeRule

_NOBODY: Final[tuple[str, ...]] = ()


def may_be_one(left: Memo, right: Memo, merge: MergeRule) -> bool:
    """Return whether all but the patient says that two incidents are one."""
    return (
        left.unit_id is not None
        and left.unit_id == right.unit_id
        and are_near(left, right, merge)
        and _are_compatible(left, right, merge)
    )


def are_near(left: Memo, right: Memo, merge: MergeRule) -> bool:
    """Return whether two incidents are close in time."""
    return abs(left.event_time - right.event_time) <= merge.within


def _are_compatible(left: Memo, right: Memo, merge: MergeRule) -> bool:
    return any(
        one == other or merge.are_compatible(one, other)
        for one in left.categories or _NOBODY
        for other in right.categories or _NOBODY
    )


class _Line(NamedTuple):
    """The incidents of one patient on one unit in order of time, those met left out."""

    times: list[datetime]
    memos: list[Memo]


class TiedPatients:
    """A walk from incident to incident; through each patient it meets an incident only once.

    `carriers` gives the incidents of a pseudonym. They are sorted once and looked up by time, so
    a walk costs about as much as it finds.
    """

    def __init__(self, merge: MergeRule, carriers: Callable[[str], Iterable[Memo]]) -> None:
        self._merge = merge
        self._carriers = carriers
        self._lines: dict[str, dict[str | None, _Line]] = {}

    def tied_to(self, memo: Memo) -> Iterator[Memo]:
        """Yield the incidents not met yet that a patient ties directly to `memo`."""
        for pseudonym in memo.pseudonyms:
            line = self._of(pseudonym).get(memo.unit_id) if memo.unit_id is not None else None
            if line is not None:
                yield from self._met(memo, line)

    def _met(self, memo: Memo, line: _Line) -> Iterator[Memo]:
        at, within = memo.event_time, self._merge.within
        low, high = bisect_left(line.times, at - within), bisect_right(line.times, at + within)
        kept: list[Memo] = []
        for other in line.memos[low:high]:
            if may_be_one(memo, other, self._merge):
                yield other
            else:
                kept.append(other)
        line.memos[low:high] = kept
        line.times[low:high] = [other.event_time for other in kept]

    def _of(self, pseudonym: str) -> dict[str | None, _Line]:
        lines = self._lines.get(pseudonym)
        if lines is None:
            lines = self._lines[pseudonym] = {}
            for memo in sorted(self._carriers(pseudonym), key=lambda memo: memo.event_time):
                line = lines.setdefault(memo.unit_id, _Line([], []))
                line.times.append(memo.event_time)
                line.memos.append(memo)
        return lines

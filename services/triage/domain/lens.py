"""How memory looks to one decision: what expired is gone, one incident shows another memo."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from services.triage.domain.memo import Memo

REMEMBERED: Final = timedelta(days=400)
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)


class Remembered(Protocol):
    """What a lens looks at: memos and the two indexes that can join incidents."""

    @property
    def memos(self) -> Mapping[str, Memo]:
        """All memos by incident key."""
        ...

    def sharing_group(self, group: str) -> Collection[str]:
        """Return the incidents that carry a group id."""
        ...

    def sharing_patient(self, pseudonym: str) -> Collection[str]:
        """Return the incidents that concern a patient."""
        ...


@dataclass(frozen=True, slots=True)
class Lens:
    """Memory as of `horizon` (older activity is forgotten); `key` shows `replacement`."""

    memory: Remembered
    horizon: datetime
    key: str | None = None
    replacement: Memo | None = None

    def showing(self, key: str, memo: Memo | None) -> "Lens":
        """Return a lens that shows `memo` for `key`."""
        return Lens(self.memory, self.horizon, key, memo)

    def memo(self, key: str) -> Memo | None:
        """Return the memo of an incident, or None where nothing is remembered."""
        if key == self.key:
            return self.replacement
        memo = self.memory.memos.get(key)
        return memo if memo is not None and memo.active_at >= self.horizon else None

    def sharing_group(self, group: str) -> Collection[str]:
        """Return the incidents that carry a group id."""
        shown = self.replacement is not None and group in self.replacement.groups
        return self._with_key(self.memory.sharing_group(group), shown=shown)

    def sharing_patient(self, pseudonym: str) -> Collection[str]:
        """Return the incidents that concern a patient."""
        shown = self.replacement is not None and pseudonym in self.replacement.pseudonyms
        return self._with_key(self.memory.sharing_patient(pseudonym), shown=shown)

    def group_size(self, group: str) -> int:
        """Return how many incidents carry a group id."""
        kept = len(self.memory.sharing_group(group))
        return kept + self._change(lambda memo: group in memo.groups)

    def patient_size(self, pseudonym: str) -> int:
        """Return how many incidents concern a patient."""
        kept = len(self.memory.sharing_patient(pseudonym))
        return kept + self._change(lambda memo: pseudonym in memo.pseudonyms)

    def _change(self, has: Callable[[Memo], bool]) -> int:
        if self.key is None:
            return 0
        old = self.memory.memos.get(self.key)
        now = self.replacement is not None and has(self.replacement)
        return int(now) - int(old is not None and has(old))

    def _with_key(self, keys: Collection[str], *, shown: bool) -> Collection[str]:
        if self.key is None or (self.key in keys) == shown:
            return keys
        if shown:
            return (*keys, self.key)
        return tuple(key for key in keys if key != self.key)

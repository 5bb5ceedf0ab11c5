"""The fake of `StatusStore`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.intake.keystore.errors import KeyStoreUnavailableError
from services.intake.status.store import Place, Rejection, State, Status, Viewer


class MemoryStatusStore:
    """A `StatusStore` in two dictionaries; `is_down` makes every call fail."""

    def __init__(self) -> None:
        self.statuses: dict[UUID, Status] = {}
        self.refused: dict[UUID, Rejection] = {}
        self.is_down = False

    def announce(self, statuses: Sequence[Status]) -> None:
        self._answer()
        self.statuses = {each.event_id: each for each in statuses} | self.statuses

    def settle(self, statuses: Sequence[Status], rejections: Sequence[Rejection]) -> None:
        self._answer()
        for each in statuses:
            known = self.statuses.get(each.event_id)
            first = (known and known.content_hash) or each.content_hash
            self.statuses[each.event_id] = replace(each, content_hash=first)
        self.refused = {each.rejected_id: each for each in rejections} | self.refused

    def erase(self, event_ids: Collection[UUID]) -> None:
        self._answer()
        for event_id in event_ids:
            known = self.statuses.get(event_id)
            if known is not None and known.state is State.RECEIVED:
                self.statuses[event_id] = replace(known, state=State.ERASED)

    def find(self, viewer: Viewer, event_id: UUID) -> Status | None:
        self._answer()
        known = self.statuses.get(event_id)
        is_own = known is not None and known.tenant == viewer.tenant
        return known if known and is_own and viewer.may_see(known.systems) else None

    def known(self, event_ids: Collection[UUID]) -> Mapping[UUID, Status]:
        self._answer()
        return {each: self.statuses[each] for each in event_ids if each in self.statuses}

    def rejections(
        self, viewer: Viewer, after: Place, until: datetime, most: int
    ) -> tuple[Rejection, ...]:
        self._answer()
        first = (after.noted_at, after.rejected_id)
        own = [
            each
            for each in self.refused.values()
            if each.tenant == viewer.tenant and viewer.may_see(each.systems)
        ]
        own.sort(key=lambda each: (each.noted_at, each.rejected_id))
        later = [each for each in own if first < (each.noted_at, each.rejected_id)]
        return tuple(each for each in later if each.noted_at < until)[:most]

    def prune(self, before: datetime) -> int:
        self._answer()
        count = len(self.statuses) + len(self.refused)
        self.statuses = {k: v for k, v in self.statuses.items() if v.received_at >= before}
        self.refused = {k: v for k, v in self.refused.items() if v.received_at >= before}
        return count - len(self.statuses) - len(self.refused)

    def _answer(self) -> None:
        if self.is_down:
            raise KeyStoreUnavailableError(ConnectionError())

"""The memo of one incident: every fact of its newest revision, and what was last requested.

Plain values in named tuples keep a remembered incident small; codes are words of the contract.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from shared.contracts.incident_reported import Circumstances

CIRCUMSTANCES: Final = tuple(Circumstances.model_fields)
_SHIFTS: Final = tuple((name, 2 * place) for place, name in enumerate(CIRCUMSTANCES))


class PatientMemo(NamedTuple):
    """What is known of one patient; None is unknown."""

    pseudonyms: tuple[str, ...] = ()
    age_years: int | None = None
    age_group: str | None = None
    harm: str | None = None
    harm_psychological: str | None = None
    harm_duration: str | None = None
    died: bool | None = None
    outcomes: tuple[str, ...] | None = None


class StaffMemo(NamedTuple):
    """What is known of one member of staff; without `person_ref` nobody can be reached by name."""

    person_ref: str | None = None
    sealed: str | None = None
    role: str | None = None
    trainee: bool | None = None
    new_in_role: bool | None = None
    involvement: str | None = None
    own_act: bool | None = None
    first_of_kind: bool | None = None
    relationship: tuple[str, ...] | None = None
    harmed: tuple[str, ...] | None = None
    signals: tuple[str, ...] | None = None
    unit_id: str | None = None
    support_offered: bool | None = None
    opted_out: bool | None = None


class ReporterMemo(NamedTuple):
    """Who filed the report."""

    person_ref: str | None = None
    sealed: str | None = None
    type: str | None = None
    role: str | None = None
    involvement: str | None = None
    anonymous: bool | None = None
    concern: int | None = None
    fear_of_consequences: bool | None = None


class ProceedingMemo(NamedTuple):
    """A review or legal process; `opened_at` may be the day we first heard of it."""

    type: str
    opened_at: datetime | None = None
    names_staff: bool | None = None
    persons: tuple[str, ...] | None = None


class HintMemo(NamedTuple):
    """The team hint of a report that names nobody but its reporter."""

    unit_id: str | None = None
    campus: str | None = None
    earliest: datetime | None = None
    latest: datetime | None = None
    headcount: int | None = None


class CaseMemo(NamedTuple):
    """What was last requested for one case of the occurrence that this incident names.

    `subject` is a person_ref or `team:<place>`. `action` is the last request (open, raise, amend,
    withdraw), `shadow` (decided, never requested) or `moved` (another case goes on for it).
    `touched` holds `<rule>:<proceeding>`, so that a retouch rule fires once per case and type.
    `aliases` are the addresses of cases that the notifier knows as one with this.
    """

    subject: str
    tier: int
    priority: str
    action: str
    follow_up: str
    exclude: str
    touched: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class Memo(NamedTuple):
    """One incident. Times are aware UTC; `decided` has 8 bytes of each decided event_id, in order.

    `arrival` counts the incidents of a tenant as they came; the lowest of an occurrence names it.
    """

    key: str
    arrival: int
    event_id: bytes
    content: bytes
    order_by: str
    order: str
    generation: int
    decided: bytes
    last_decision: bytes | None
    first_received_at: datetime
    active_at: datetime
    retracted: bool
    groups: tuple[str, ...]
    kind: str | None
    began_at: datetime | None
    occurred_at: datetime | None
    reported_at: datetime | None
    unit_id: str | None
    campus: str | None
    place_type: str | None
    categories: tuple[str, ...] | None
    patients: tuple[PatientMemo, ...] | None
    circumstances: int
    staff: tuple[StaffMemo, ...] | None
    reporter: ReporterMemo | None
    headcount: int | None
    proceedings: tuple[ProceedingMemo, ...] | None
    local_debrief_done: bool | None
    support_offered: bool | None
    investigators: tuple[str, ...]
    hint: HintMemo | None
    cases: tuple[CaseMemo, ...]

    def tells_as(self, other: "Memo") -> bool:
        """Return whether grouping and windows see no difference: equal facts, equal arrival."""
        return (
            self.arrival == other.arrival
            and self.first_received_at == other.first_received_at
            and self[_FACTS] == other[_FACTS]
        )

    @property
    def event_time(self) -> datetime:
        """When it happened: occurred_at, else reported_at, else first received."""
        return self.occurred_at or self.reported_at or self.first_received_at

    @property
    def pseudonyms(self) -> tuple[str, ...]:
        """The pseudonyms of all its patients."""
        if not self.patients:
            return ()
        if len(self.patients) == 1:
            return self.patients[0].pseudonyms
        return tuple(name for patient in self.patients for name in patient.pseudonyms)


_FACTS: Final = slice(Memo._fields.index("retracted"), Memo._fields.index("cases"))


def pack_circumstances(stated: Mapping[str, bool | None]) -> int:
    """Return the fourteen facts as one number, two bits each: 0 unknown, 1 no, 2 yes."""
    packed = 0
    for name, shift in _SHIFTS:
        state = stated.get(name)
        if state is not None:
            packed |= (2 if state else 1) << shift
    return packed


@lru_cache(maxsize=16_384)
def known_circumstances(packed: int) -> Mapping[str, bool]:
    """Return the stated circumstances by fact name, unknown ones left out."""
    known = {}
    for name, shift in _SHIFTS:
        state = packed >> shift & 3
        if state:
            known[f"circumstances.{name}"] = state > 1
    return known


def content_mark(content_hash: str) -> bytes:
    """Return 16 bytes that stand for a content hash."""
    return hashlib.sha256(content_hash.encode()).digest()[:16]

"""The account of one occurrence: what its live incidents say together, as facts for rules."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Final

from services.triage.domain.facts import (
    UNKNOWN_PATIENT,
    Facts,
    FactValue,
    complete_patient,
)
from services.triage.domain.memo import Memo, PatientMemo, ReporterMemo, known_circumstances
from services.triage.domain.merging import Settling, merge_statements
from services.triage.domain.people import Person, people_of
from shared.contracts.words import Harm, Kind, PatientOutcome

_REMEMBERED: Final = 16_384
_RESUSCITATION: Final = PatientOutcome.RESUSCITATION.value
_WITHOUT_PATIENT: Final = frozenset({Kind.UNSAFE_CONDITION.value, Kind.STAFF_EVENT.value})
_SEVERAL: Final = "circumstances.multiple_patients"
_RESUSCITATED: Final = "circumstances.resuscitation"
_STATED: Final[tuple[tuple[str, Callable[[Memo], FactValue]], ...]] = tuple(
    (name, attrgetter(field))
    for name, field in (
        ("incident.kind", "kind"),
        ("incident.place_type", "place_type"),
        ("incident.categories", "categories"),
        ("incident.occurred_at", "occurred_at"),
        ("incident.reported_at", "reported_at"),
        ("incident.received_at", "first_received_at"),
        ("support.local_debrief_done", "local_debrief_done"),
        ("support.support_offered", "support_offered"),
        ("team.headcount", "headcount"),
    )
)
_PATIENT_FACTS: Final = tuple(f"patient.{name}" for name in PatientMemo._fields[1:])


@dataclass(frozen=True, slots=True)
class Account:
    """Facts by whose they are; `memo` has the merged facts that are not for rules.

    `patients` are sorted and distinct: a rule asks whether it fires for any of them. `units` are
    those of the incidents. `involved` may never be the supporter: staff, reporters,
    investigators, whom proceedings name.
    """

    memo: Memo
    shared: dict[str, FactValue]
    patients: tuple[Facts, ...]
    people: tuple[Person, ...]
    units: tuple[str, ...]
    involved: tuple[str, ...]
    conflict: bool

    @property
    def event_time(self) -> datetime:
        """When it happened, or the best stand-in for it."""
        return self.memo.event_time

    @property
    def time_assumed(self) -> bool:
        """Whether nobody said when it happened."""
        return self.memo.occurred_at is None


def tell(live: Sequence[Memo]) -> Account:
    """Return the account of an occurrence's live incidents, at least one, in order of time."""
    statement = merge_statements(live)
    memo = statement.memo
    settling = Settling()
    people = people_of(memo, statement.reporters, settling)
    shared = _shared(memo, statement.reporters)
    conflict = statement.conflict | settling.conflict | _add_implied(shared, memo)
    units = {memo.unit_id for memo in live if memo.unit_id is not None}
    homes = {person.entry.unit_id for person in people if person.entry.unit_id is not None}
    shared["team.named"] = any(person.in_staff for person in people)
    if units or homes:
        shared["team.units"] = len(units | homes)
    return Account(
        memo=memo,
        shared=shared,
        patients=_patients(memo),
        people=people,
        units=tuple(sorted(units)),
        involved=_involved(memo, statement.reporters),
        conflict=conflict,
    )


def _involved(memo: Memo, reporters: Sequence[ReporterMemo]) -> tuple[str, ...]:
    refs = {entry.person_ref for entry in memo.staff or ()}
    refs.update([reporter.person_ref for reporter in reporters])
    refs.update(memo.investigators)
    for item in memo.proceedings or ():
        refs.update(item.persons or ())
    return tuple(sorted([ref for ref in refs if ref is not None]))


def _shared(memo: Memo, reporters: Sequence[ReporterMemo]) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = dict(known_circumstances(memo.circumstances))
    facts.update((name, value) for name, field in _STATED if (value := field(memo)) is not None)
    facts.update(_of_reporters(reporters))
    facts.update(_of_proceedings(memo))
    return facts


def _of_reporters(reporters: Sequence[ReporterMemo]) -> Iterator[tuple[str, FactValue]]:
    concerns = [reporter.concern for reporter in reporters if reporter.concern is not None]
    if concerns:
        yield "reporter.concern", max(concerns)
    fears = [
        reporter.fear_of_consequences
        for reporter in reporters
        if reporter.fear_of_consequences is not None
    ]
    if fears:
        yield "reporter.fear_of_consequences", any(fears)


def _of_proceedings(memo: Memo) -> Iterator[tuple[str, FactValue]]:
    if memo.proceedings is None:
        return
    yield "proceedings.types", tuple(sorted({item.type for item in memo.proceedings}))
    said = [item.names_staff or bool(item.persons) or item.names_staff for item in memo.proceedings]
    if any(said):
        yield "proceedings.names_staff", True
    elif None not in said:
        yield "proceedings.names_staff", False


def _add_implied(shared: dict[str, FactValue], memo: Memo) -> bool:
    """Add what patients imply for the circumstances; return whether that contradicts them."""
    patients, conflict = memo.patients or (), False
    implied = [_SEVERAL] if len(patients) > 1 else []
    for patient in patients:
        conflict |= patient.died is False and patient.harm == Harm.DEATH
        if patient.outcomes and _RESUSCITATION in patient.outcomes:
            implied.append(_RESUSCITATED)
    for name in implied:
        conflict |= shared.get(name) is False
        shared[name] = True
    return conflict


def _patients(memo: Memo) -> tuple[Facts, ...]:
    if memo.patients is None:
        return () if memo.kind in _WITHOUT_PATIENT else (UNKNOWN_PATIENT,)
    if len(memo.patients) == 1:
        return (patient_facts(memo.patients[0]),)
    distinct = {repr(sorted(facts.items())): facts for facts in map(patient_facts, memo.patients)}
    return tuple(distinct[text] for text in sorted(distinct))


def patient_facts(patient: PatientMemo) -> Facts:
    """Return what rules may read of a patient."""
    return _patient(patient[1:])


@lru_cache(_REMEMBERED)
def _patient(stated: tuple[FactValue, ...]) -> Facts:
    """Return the facts of a patient, whoever it is; most resemble one that was seen before."""
    facts: dict[str, FactValue] = dict(zip(_PATIENT_FACTS, stated, strict=True))
    outcomes = facts["patient.outcomes"]
    if isinstance(outcomes, tuple) and _RESUSCITATION in outcomes:
        facts["patient.outcomes"] = tuple(o for o in outcomes if o != _RESUSCITATION)
    complete = complete_patient(facts)
    return MappingProxyType({n: value for n, value in complete.items() if value is not None})

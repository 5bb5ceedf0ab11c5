"""The account of one occurrence: what its live incidents say together, as facts for rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
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

_RESUSCITATION: Final = PatientOutcome.RESUSCITATION.value
_WITHOUT_PATIENT: Final = frozenset({Kind.UNSAFE_CONDITION.value, Kind.STAFF_EVENT.value})
_SEVERAL: Final = "circumstances.multiple_patients"
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
    units = sorted({unit for unit in _units(live, people) if unit is not None})
    shared["team.named"] = any(person.in_staff for person in people)
    if units:
        shared["team.units"] = len(units)
    return Account(
        memo=memo,
        shared=shared,
        patients=_patients(memo),
        people=people,
        units=tuple(sorted({m.unit_id for m in live if m.unit_id is not None})),
        involved=_involved(memo, statement.reporters),
        conflict=conflict,
    )


def _involved(memo: Memo, reporters: Sequence[ReporterMemo]) -> tuple[str, ...]:
    refs = {entry.person_ref for entry in memo.staff or ()}
    refs |= {reporter.person_ref for reporter in reporters}
    refs.update(memo.investigators)
    refs.update(*(item.persons or () for item in memo.proceedings or ()))
    return tuple(sorted(ref for ref in refs if ref is not None))


def _units(live: Sequence[Memo], people: Sequence[Person]) -> list[str | None]:
    return [*(memo.unit_id for memo in live), *(person.entry.unit_id for person in people)]


def _shared(memo: Memo, reporters: Sequence[ReporterMemo]) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = dict(known_circumstances(memo.circumstances))
    stated: tuple[tuple[str, FactValue], ...] = (
        ("incident.kind", memo.kind),
        ("incident.place_type", memo.place_type),
        ("incident.categories", memo.categories),
        ("incident.occurred_at", memo.occurred_at),
        ("incident.reported_at", memo.reported_at),
        ("incident.received_at", memo.first_received_at),
        ("support.local_debrief_done", memo.local_debrief_done),
        ("support.support_offered", memo.support_offered),
        ("team.headcount", memo.headcount),
        *_of_reporters(reporters),
        *_of_proceedings(memo),
    )
    facts.update((name, value) for name, value in stated if value is not None)
    return facts


def _of_reporters(reporters: Sequence[ReporterMemo]) -> list[tuple[str, FactValue]]:
    concerns = [reporter.concern for reporter in reporters if reporter.concern is not None]
    fears = [
        reporter.fear_of_consequences
        for reporter in reporters
        if reporter.fear_of_consequences is not None
    ]
    return [
        ("reporter.concern", max(concerns, default=None)),
        ("reporter.fear_of_consequences", any(fears) if fears else None),
    ]


def _of_proceedings(memo: Memo) -> list[tuple[str, FactValue]]:
    if memo.proceedings is None:
        return []
    types = tuple(sorted({item.type for item in memo.proceedings}))
    said = [item.names_staff or bool(item.persons) or item.names_staff for item in memo.proceedings]
    names = None if any(value is None for value in said) else False
    return [
        ("proceedings.types", types),
        ("proceedings.names_staff", True if any(said) else names),
    ]


def _add_implied(shared: dict[str, FactValue], memo: Memo) -> bool:
    """Add what patients imply for the circumstances; return whether that contradicts them."""
    conflict = any(
        patient.died is False and patient.harm == Harm.DEATH for patient in memo.patients or ()
    )
    implied = {
        _SEVERAL: len(memo.patients or ()) > 1,
        "circumstances.resuscitation": any(
            _RESUSCITATION in (patient.outcomes or ()) for patient in memo.patients or ()
        ),
    }
    for name, holds in implied.items():
        if holds:
            conflict |= shared.get(name) is False
            shared[name] = True
    return conflict


def _patients(memo: Memo) -> tuple[Facts, ...]:
    if memo.patients is None:
        return () if memo.kind in _WITHOUT_PATIENT else (UNKNOWN_PATIENT,)
    if len(memo.patients) == 1:
        return (_patient(memo.patients[0]),)
    distinct = {repr(sorted(facts.items())): facts for facts in map(_patient, memo.patients)}
    return tuple(distinct[text] for text in sorted(distinct))


def _patient(patient: PatientMemo) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = dict(zip(_PATIENT_FACTS, patient[1:], strict=True))
    if patient.outcomes and _RESUSCITATION in patient.outcomes:
        facts["patient.outcomes"] = tuple(o for o in patient.outcomes if o != _RESUSCITATION)
    complete = complete_patient(facts)
    return {name: value for name, value in complete.items() if value is not None}

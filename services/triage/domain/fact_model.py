"""The fact model `triage-facts/1`: every fact a rule may read, typed by an annotation."""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, get_args, get_origin, get_type_hints

from shared.contracts import words
from shared.contracts.incident_reported import Circumstances

SCHEMA: Final = "triage-facts/1"
LARGEST: Final = 10**9
_LIMITS: Final = {"reporter.concern": (1, 5), "patient.age_years": (0, 130)}


class Shape(StrEnum):
    """The types a fact may have, in the words of the rule file."""

    NUMBER = "a number"
    YES_NO = "yes/no"
    CODE = "a code"
    ORDERED = "an ordered code"
    TIME = "a time"
    CODES = "a list of codes"


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: `codes` are the words it may take, lowest first where ordered."""

    name: str
    shape: Shape
    codes: tuple[str, ...] = ()
    can_be_unknown: bool = True
    low: int = 0
    high: int = LARGEST

    @property
    def room(self) -> str:
        """The part before the dot: incident, patient, staff, windows and so on."""
        return self.name.partition(".")[0]


class OutcomeFact(StrEnum):
    """Outcomes of a patient as facts; a resuscitation is a circumstance, never one of these."""

    CRASH_CALL = words.PatientOutcome.CRASH_CALL
    UNPLANNED_ICU = words.PatientOutcome.UNPLANNED_ICU
    RETURN_TO_THEATRE = words.PatientOutcome.RETURN_TO_THEATRE
    EMERGENCY_CAESAREAN = words.PatientOutcome.EMERGENCY_CAESAREAN
    STILLBIRTH = words.PatientOutcome.STILLBIRTH
    PPH = words.PatientOutcome.PPH
    READMISSION = words.PatientOutcome.READMISSION
    PERMANENT_DISABILITY = words.PatientOutcome.PERMANENT_DISABILITY


class Incident:
    """Facts of the record; `received_at` is the only "now" a rule has."""

    kind: words.Kind | None
    place_type: words.PlaceType | None
    categories: list[words.Category] | None
    occurred_at: datetime | None
    reported_at: datetime | None
    received_at: datetime


class Reporter:
    """How worried the reporter is: 1 (not) to 5 (very)."""

    concern: int | None
    fear_of_consequences: bool | None


class Patient:
    """Facts of one patient."""

    age_years: int | None
    age_group: words.AgeGroup | None
    harm: words.Harm | None
    harm_psychological: words.Harm | None
    harm_duration: words.HarmDuration | None
    died: bool | None
    outcomes: list[OutcomeFact] | None


class Staff:
    """Facts of the member of staff in question."""

    role: words.StaffRole | None
    involvement: words.Involvement | None
    relationship: list[words.Relationship] | None
    harmed: list[words.StaffHarm] | None
    signals: list[words.Signal] | None
    own_act: bool | None
    trainee: bool | None
    new_in_role: bool | None
    first_of_kind: bool | None


class Proceedings:
    """Reviews and legal processes; `names_this_person` is asked for each person."""

    types: list[words.ProceedingType] | None
    names_staff: bool | None
    names_this_person: bool | None


class Support:
    """Support noted in the report."""

    local_debrief_done: bool | None
    support_offered: bool | None


class Team:
    """The team as a whole; `named` says whether anybody but the reporter is named."""

    headcount: int | None
    units: int | None
    named: bool


_ROOMS: Final = {
    "incident": Incident,
    "reporter": Reporter,
    "patient": Patient,
    "circumstances": Circumstances,
    "staff": Staff,
    "proceedings": Proceedings,
    "support": Support,
    "team": Team,
}
_NO_SEX: Final = "sex is never an input: the evidence contradicts itself and it discriminates"
# What people will try to write, and why it is no fact.
NEVER_FACTS: Final[Mapping[str, str]] = types.MappingProxyType(
    {
        "sex": _NO_SEX,
        "gender": _NO_SEX,
        "ethnicity": "ethnicity is never an input of a rule",
        "narrative": "narrative text never leaves intake",
        "name": "names never reach a rule",
        "id": "identifiers never reach a rule",
        "unit_id": "units are text; text is never comparable in a rule",
        "opted_out": "opt-outs withhold a request, they never change a tier",
    }
)


def window_fact(name: str) -> Fact:
    """Return the fact `windows.NAME` of a declared window: a count, never unknown."""
    return Fact(name=f"windows.{name}", shape=Shape.NUMBER, can_be_unknown=False)


def _fact(name: str, annotation: Any) -> Fact:  # noqa: ANN401 - an annotation has no type
    members = get_args(annotation)
    can_be_unknown = type(None) in members
    inner = next(m for m in members if m is not type(None)) if can_be_unknown else annotation
    low, high = _LIMITS.get(name, (0, LARGEST))
    shape, codes = _shape(inner)
    return Fact(name, shape, codes, can_be_unknown, low, high)


def _shape(annotation: Any) -> tuple[Shape, tuple[str, ...]]:  # noqa: ANN401 - likewise
    if get_origin(annotation) is list:
        return Shape.CODES, _codes(get_args(annotation)[0])
    if issubclass(annotation, StrEnum):
        ordered = issubclass(annotation, words.Ordinal)
        return (Shape.ORDERED if ordered else Shape.CODE), _codes(annotation)
    return {bool: Shape.YES_NO, int: Shape.NUMBER, datetime: Shape.TIME}[annotation], ()


def _codes(words_of: type[StrEnum]) -> tuple[str, ...]:
    return tuple(word.value for word in words_of)


def _all_facts() -> dict[str, Fact]:
    facts = {}
    for room, model in _ROOMS.items():
        for field, annotation in get_type_hints(model).items():
            if field in model.__annotations__:
                facts[f"{room}.{field}"] = _fact(f"{room}.{field}", annotation)
    return facts


FACTS: Final[Mapping[str, Fact]] = types.MappingProxyType(_all_facts())

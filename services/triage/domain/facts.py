"""Facts as rules see them: one scene for one person or team, and what one patient's facts imply."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from shared.contracts.words import AgeGroup, Harm

FactValue: TypeAlias = bool | int | str | tuple[str, ...] | datetime | None
Facts: TypeAlias = Mapping[str, FactValue]

UNKNOWN_PATIENT: Final[Facts] = MappingProxyType({})
_LAST_YEAR: Final = (
    (0, AgeGroup.INFANT),
    (9, AgeGroup.CHILD),
    (17, AgeGroup.ADOLESCENT),
    (25, AgeGroup.YOUNG_ADULT),
    (65, AgeGroup.ADULT),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule may read, by fact name (`patient.harm`, `staff.own_act`, `windows.NAME`).

    A missing name and None both mean unknown. `patients` has one mapping per patient: an empty
    tuple is "no patient" (rules that read `patient.*` stay silent), a report without the list gets
    one `UNKNOWN_PATIENT`. `person` holds `staff.*`, `proceedings.names_this_person` and the
    person's windows; the unit's windows stand in `shared`. Times are aware, lists are tuples.
    """

    shared: Facts
    patients: tuple[Facts, ...] = (UNKNOWN_PATIENT,)
    person: Facts = field(default_factory=dict)


def complete_patient(facts: Facts) -> dict[str, FactValue]:
    """Return one patient's facts with `age_group` and `died` filled in where others imply them.

    A band never tells a number of years. Death by harm level beats a stated "did not die" (the
    caller flags that conflict, see `contradicts_itself`).
    """
    complete = dict(facts)
    if complete.get("patient.age_group") is None:
        complete["patient.age_group"] = _age_group(complete.get("patient.age_years"))
    complete["patient.died"] = _died(complete.get("patient.died"), complete.get("patient.harm"))
    return complete


def are_consistent(facts: Facts) -> bool:
    """Return whether one patient can have these facts, which name None for what is unknown.

    What follows from a fact that is given must be given so too. A number of years may stand
    beside the band `neonate`, which no number tells.
    """
    complete = complete_patient(facts)
    years, group = facts.get("patient.age_years"), facts.get("patient.age_group")
    if years is not None and group != _age_group(years) and "patient.age_group" in facts:
        return years == 0 and group == AgeGroup.NEONATE
    return all(complete[name] == value for name, value in facts.items())


def contradicts_itself(facts: Facts) -> bool:
    """Return whether a patient is said to be alive and harmed to death."""
    return facts.get("patient.died") is False and facts.get("patient.harm") == Harm.DEATH


def _age_group(years: FactValue) -> str | None:
    if not isinstance(years, int):
        return None
    for last, group in _LAST_YEAR:
        if years <= last:
            return group.value
    return AgeGroup.OLDER_ADULT.value


def _died(died: FactValue, harm: FactValue) -> bool | None:
    if died is True or harm == Harm.DEATH:
        return True
    if died is False or harm is not None:
        return False
    return None

"""Ages as LFPSE writes them: days of a year of 372, brackets, and words where there is neither.

NHS England's published rule (formats.md section 7) with two differences of our own: day 0 is a
neonate, and American spelling counts.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from shared.contracts.words import AgeGroup

DAYS_PER_MONTH: Final = 31
DAYS_PER_YEAR: Final = 372
OLDEST_DAYS: Final = 74_028
_OLDEST_YEARS: Final = 130
_BRACKETS: Final = (
    AgeGroup.NEONATE,
    AgeGroup.NEONATE,
    AgeGroup.INFANT,
    AgeGroup.CHILD,
    AgeGroup.CHILD,
    AgeGroup.ADOLESCENT,
    AgeGroup.ADOLESCENT,
    AgeGroup.YOUNG_ADULT,
    AgeGroup.ADULT,
    AgeGroup.ADULT,
    AgeGroup.OLDER_ADULT,
    AgeGroup.OLDER_ADULT,
)
_SPECIALTIES: Final = (
    (re.compile(r"\bneonat|\bbaby", re.IGNORECASE), AgeGroup.NEONATE),
    (re.compile(r"\bpa?ed|\bchild", re.IGNORECASE), AgeGroup.CHILD),
)
_GROWN: Final = re.compile(r"adult|old|elderly|geriat", re.IGNORECASE)
_TEXTS: Final = (
    (re.compile(r"nicu|nnu|scbu|neonat|baby|babies|newborn", re.IGNORECASE), AgeGroup.NEONATE),
    (re.compile(r"picu|camhs|pa?ed|infant|school|child", re.IGNORECASE), AgeGroup.CHILD),
)


@dataclass(frozen=True, slots=True)
class LfpseAge:
    """What is known of an age: fields of a patient, and how they came about.

    `has_days` tells that the number of days was usable; `is_unusable` that a bracket was not.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    has_days: bool = False
    is_unusable: bool = False
    is_from_text: bool = False


def age_of(
    days: int | None, bracket: int | None, specialty: str | None, text: str | None
) -> LfpseAge:
    """Return the age by the first of days, bracket, specialty and free text that gives one.

    `days` counts real days up to 30, months of 31 up to 371, years of 372 up to 74028; `bracket` is
    1 to 12. Specialty and text give a group only.
    """
    if days is not None and (exact := _exact(days)) is not None:
        return LfpseAge(exact, has_days=True)
    is_bracket = bracket is not None and 1 <= bracket <= len(_BRACKETS)
    if bracket is not None and is_bracket:
        return LfpseAge(_group(_BRACKETS[bracket - 1]))
    found = next((g for words, g in _SPECIALTIES if specialty and words.search(specialty)), None)
    if found is None and text and not _GROWN.search(text):
        found = next((group for words, group in _TEXTS if words.search(text)), None)
        if found is not None:
            return LfpseAge(_group(found), is_unusable=bracket is not None, is_from_text=True)
    return LfpseAge({} if found is None else _group(found), is_unusable=bracket is not None)


def _exact(days: int) -> dict[str, Any] | None:
    if 0 <= days < DAYS_PER_MONTH:
        return {"age_days": days}
    if DAYS_PER_MONTH <= days < DAYS_PER_YEAR:
        return {"age_days": days} if days % DAYS_PER_MONTH == 0 else None
    if days % DAYS_PER_YEAR or not DAYS_PER_YEAR <= days <= OLDEST_DAYS:
        return None
    years = days // DAYS_PER_YEAR
    return {"age_years": years} if years <= _OLDEST_YEARS else _group(AgeGroup.OLDER_ADULT)


def _group(group: AgeGroup) -> dict[str, Any]:
    return {"age_group": group.value}

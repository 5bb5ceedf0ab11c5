"""Ages as LFPSE writes them: days of a year of 372, brackets, and words where there is neither.

NHS England's published rule (formats.md section 7) with two differences of our own: day 0 is a
neonate, and American spelling counts.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

from services.intake.domain.notes import Notes
from services.intake.domain.readers import whole_number
from shared.contracts.words import AgeGroup, QualityFlag

DAYS_PER_MONTH: Final = 31
DAYS_PER_YEAR: Final = 372
OLDEST_DAYS: Final = 74_028
_OLDEST_YEARS: Final = 130
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

    `has_days` tells that the number of days was usable.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    has_days: bool = False
    is_from_text: bool = False


def read_lfpse_age(
    days: object, bracket: object, specialty: str | None, text: str | None, notes: Notes
) -> dict[str, Any]:
    """Return the fields of a patient's age; words of the text go no further.

    `bracket` is a code of `age-brackets`. A number of days or a bracket that says no age leaves
    `age_unusable`, a group out of the text `age_from_text`.
    """
    code = whole_number(bracket)
    row = notes.context.tables.lfpse.get(("age-brackets", str(code)))
    group = None if row is None or row.word is None else AgeGroup(row.word)
    age = age_of(whole_number(days), group, specialty, text)
    is_odd = group is None and bracket is not None and str(bracket).strip() != ""
    if (days is not None and not age.has_days) or is_odd:
        notes.flag(QualityFlag.AGE_UNUSABLE)
    if age.is_from_text:
        notes.flag(QualityFlag.AGE_FROM_TEXT)
    return age.fields


def age_of(
    days: int | None, bracket: AgeGroup | None, specialty: str | None, text: str | None
) -> LfpseAge:
    """Return the age by the first of days, bracket, specialty and free text that gives one.

    `days` counts real days up to 30, months of 31 up to 371, years of 372 up to 74028. Specialty
    and text give a group only.
    """
    if days is not None and (exact := _exact(days)) is not None:
        return LfpseAge(exact, has_days=True)
    if bracket is not None:
        return LfpseAge(_group(bracket))
    found = next((g for words, g in _SPECIALTIES if specialty and words.search(specialty)), None)
    if found is None and text and not _GROWN.search(text):
        found = next((group for words, group in _TEXTS if words.search(text)), None)
        if found is not None:
            return LfpseAge(_group(found), is_from_text=True)
    return LfpseAge({} if found is None else _group(found))


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

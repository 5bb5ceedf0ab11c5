"""Ages: an exact age gives years and a group; a band gives a group only; birth dates are dropped.

Bands (contracts.md): 0-28 days, under 1 year, 1-9, 10-17, 18-25, 26-65, over 65.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from services.intake.domain.moments import Span, read_birth_days
from services.intake.domain.notes import Notes
from services.intake.domain.readers import whole_number, word
from shared.contracts.words import AgeGroup, QualityFlag

OLDEST_YEARS: Final = 130
NEONATE_DAYS: Final = 28
_DAYS_PER_YEAR: Final = 365.25
_UPPER_YEARS: Final = (
    (0, AgeGroup.INFANT),
    (9, AgeGroup.CHILD),
    (17, AgeGroup.ADOLESCENT),
    (25, AgeGroup.YOUNG_ADULT),
    (65, AgeGroup.ADULT),
    (OLDEST_YEARS, AgeGroup.OLDER_ADULT),
)
_GROUPS: Final = tuple(
    next(group for upper, group in _UPPER_YEARS if years <= upper)
    for years in range(OLDEST_YEARS + 1)
)
_MINORS: Final = frozenset(
    {
        AgeGroup.NEONATE.value,
        AgeGroup.INFANT.value,
        AgeGroup.CHILD.value,
        AgeGroup.ADOLESCENT.value,
    }
)
_FRACTION: Final = re.compile(r"(\d{1,3})[.,](\d{1,2})", re.ASCII)
_read_group: Final = word("/patients/*/age_group", "age_group")


def read_age(patient: dict[str, Any], event: Span | None, notes: Notes) -> dict[str, Any]:
    """Return `age_years` and `age_group` as far as they are known.

    The first usable one counts: age_days, birth_date (needs the time of the event), age_years,
    age_group. A number that cannot be an age leaves `age_unusable`.
    """
    for name, read in _READERS:
        if (given := patient.get(name)) is not None:
            if (age := read(given, event, notes)) is not None:
                return age
            notes.flag(QualityFlag.AGE_UNUSABLE)
    group = patient.get("age_group")
    known = None if group is None else _read_group(group, notes)
    return {} if known is None else {"age_group": known}


def group_of_years(years: int) -> AgeGroup:
    """Return the band of 0 to 130 completed years; 0 without days counts as infant."""
    return _GROUPS[years]


def _from_days(given: object, _event: Span | None, _notes: Notes) -> dict[str, Any] | None:
    days = whole_number(given)
    if days is None or not 0 <= days < (OLDEST_YEARS + 1) * _DAYS_PER_YEAR:
        return None
    return _age(days, int(days / _DAYS_PER_YEAR))


def _from_birth(given: object, event: Span | None, notes: Notes) -> dict[str, Any] | None:
    days = read_birth_days(given, notes)
    if days is None or event is None:
        return None
    on = event.latest.astimezone(notes.zone).date()
    first, last = days[0], min(days[1], max(on, days[0]))
    if first == last:
        return _age_of(first, on)
    # Nobody is born after the event: of a year or a month only the days before it count.
    ages = [_age_of(first, on), _age_of(last, on)]
    groups = {None if age is None else age["age_group"] for age in ages}
    # A minor either way is a minor: the older group of the two (judgement).
    if (len(groups) > 1 and not groups <= _MINORS) or ages[0] is None:
        return None
    return {"age_group": ages[0]["age_group"]}


def _age_of(born: date, on: date) -> dict[str, Any] | None:
    if (on - born).days < -1:  # a time zone may put a birth on the day after the event
        return None
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    return _age((on - born).days, max(years, 0)) if years <= OLDEST_YEARS else None


def _from_years(given: object, _event: Span | None, _notes: Notes) -> dict[str, Any] | None:
    number = _decimal(given)
    if isinstance(number, float) and 0 < number <= OLDEST_YEARS:
        return _age(int(number * _DAYS_PER_YEAR), int(number))
    years = whole_number(number)
    if years is None or not 0 <= years <= OLDEST_YEARS:
        return None
    return {"age_years": years, "age_group": group_of_years(years).value}


def _decimal(given: object) -> object:
    """Return a text such as `3.5` or `3,5` as the number it is, a whole one as it is."""
    if not isinstance(given, str) or not (found := _FRACTION.fullmatch(given.strip())):
        return given
    number = float(f"{found[1]}.{found[2]}")
    return int(number) if number.is_integer() else number


def _age(days: int, years: int) -> dict[str, Any]:
    group = AgeGroup.NEONATE if days <= NEONATE_DAYS else group_of_years(years)
    return {"age_years": years, "age_group": group.value}


_READERS: Final[
    tuple[tuple[str, Callable[[object, Span | None, Notes], dict[str, Any] | None]], ...]
] = (
    ("age_days", _from_days),
    ("birth_date", _from_birth),
    ("age_years", _from_years),
)

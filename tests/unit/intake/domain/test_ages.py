"""Ages and age groups, from whichever way a source gives them."""

from typing import Any

import pytest

from shared.contracts.words import QualityFlag
from tests.builders.reports import a_native_report, mapped

NO_TIMES = {"occurred": None, "reported_at": None}


def age_of(patient: dict[str, Any], **overrides: Any) -> tuple[Any, Any, bool]:
    draft = mapped(a_native_report(patients=[patient], **overrides)).draft
    found = draft.content["patients"][0]
    is_flagged = QualityFlag.AGE_UNUSABLE in draft.flags
    return found.get("age_years"), found.get("age_group"), is_flagged


@pytest.mark.parametrize(
    ("years", "group"),
    [
        (0, "infant"),
        (1, "child"),
        (9, "child"),
        (10, "adolescent"),
        (17, "adolescent"),
        (18, "young_adult"),
        (25, "young_adult"),
        (26, "adult"),
        (65, "adult"),
        (66, "older_adult"),
        (130, "older_adult"),
        ("42", "adult"),
        (42.9, "adult"),
        (0.01, "neonate"),
        (0.5, "infant"),
        ("72.0", "older_adult"),
        ("0.25", "infant"),
        ("3.50", "child"),
    ],
)
def test_years_give_the_group(years: object, group: str) -> None:
    """Every band at its edges; text and fractions are numbers too."""
    assert age_of({"age_years": years}) == (int(float(str(years))), group, False)


@pytest.mark.parametrize(
    ("days", "years", "group"),
    [
        (0, 0, "neonate"),
        (28, 0, "neonate"),
        (29, 0, "infant"),
        (365, 0, "infant"),
        (366, 1, "child"),
        (6575, 18, "young_adult"),
    ],
)
def test_days_are_days(days: int, years: int, group: str) -> None:
    """Only LFPSE counts otherwise; a neonate is up to 28 days old."""
    assert age_of({"age_days": days}) == (years, group, False)


@pytest.mark.parametrize(
    ("born", "years", "group"),
    [
        ("2008-03-01", 18, "young_adult"),
        ("2008-03-02", 17, "adolescent"),
        ("2026-02-20", 0, "neonate"),
        ("2026-03-02", 0, "neonate"),
        ("1926-03-01T00:00:00", 100, "older_adult"),
    ],
)
def test_a_birth_date_is_counted_to_the_day_of_the_event(born: str, years: int, group: str) -> None:
    """The event of the builder is on 1 March 2026."""
    assert age_of({"birth_date": born}) == (years, group, False)


def test_a_birth_date_without_any_day_to_count_to_is_unusable() -> None:
    """Nothing in the report says when, so nothing can be said of the age."""
    assert age_of({"birth_date": "2008-03-01"}, **NO_TIMES) == (None, None, True)


def test_the_report_day_stands_in_for_the_day_of_the_event() -> None:
    """Without an event time the report's own time is next best."""
    overrides = {"occurred": None, "reported_at": "2026-03-01T10:00:00Z"}

    assert age_of({"birth_date": "2008-03-01"}, **overrides) == (18, "young_adult", False)


@pytest.mark.parametrize(
    "patient",
    [
        {"age_years": 131},
        {"age_years": -1},
        {"age_years": -0.5},
        {"age_years": "old"},
        {"age_years": 1e300},
        {"age_days": -3},
        {"age_days": 90_000},
        {"age_days": True},
        {"birth_date": "2027-01-01"},
        {"birth_date": "1800-01-01"},
        {"birth_date": "31/31/1999"},
        {"birth_date": 19991231},
    ],
)
def test_a_number_that_is_no_age_is_flagged(patient: dict[str, Any]) -> None:
    """Unusable is said, nothing is guessed."""
    assert age_of(patient) == (None, None, True)


def test_the_first_usable_age_counts() -> None:
    """Days before birth date before years before group; a bad one falls through."""
    assert age_of({"age_days": 10, "age_years": 40})[1] == "neonate"
    assert age_of({"age_days": -1, "age_years": 40}) == (40, "adult", True)
    assert age_of({"age_years": 300, "age_group": "child"}) == (None, "child", True)


def test_a_band_gives_a_group_and_no_years() -> None:
    """Rules test the group; a band leaves years unknown."""
    assert age_of({"age_group": "Older Adult"}) == (None, "older_adult", False)
    assert age_of({"age_group": "paediatric"}) == (None, "child", False)
    assert age_of({"age_group": "ancient"}) == (None, None, False)


@pytest.mark.parametrize(("text", "years"), [("3,5", 3), ("81,0", 81), ("0,5", 0), ("1.000", None)])
def test_a_decimal_comma_is_one(text: str, years: int | None) -> None:
    """Half of Europe writes it; three digits after a point are thousands and no age."""
    assert age_of({"age_years": text})[0] == years


@pytest.mark.parametrize(
    ("born", "group"),
    [
        ("2019", "child"),
        ("2019-07", "child"),
        ("1970", "adult"),
        ("2026", "infant"),
        ("2026-02", "neonate"),
        ("2016", "adolescent"),
        ("04/05/2020", "child"),
        ("31/12/1999", "adult"),
        ("4.5.2020", "child"),
        ("2008", None),
        ("2027", None),
        ("about 1960", None),
    ],
)
def test_part_of_a_birth_date_gives_the_group_where_it_can_be_only_one(
    born: str, group: str | None
) -> None:
    """FHIR allows a year or a month; seventeen or eighteen is not told, a minor either way is."""
    assert age_of({"birth_date": born})[1:] == (group, group is None)

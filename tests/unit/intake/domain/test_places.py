"""Units: the tenant's table with its aliases decides; names of units stay behind."""

from typing import Any

import pytest

from services.intake.domain.context import UnitTable
from shared.contracts.words import QualityFlag
from tests.builders.reports import a_native_report, mapped, some_hints

UNITS = UnitTable.of(
    {"icu-a": ("north", {"native": ("ICU A", "4711"), "rl6": ("int. care",)}), "er": (None, {})}
)


def place_of(location: object) -> tuple[Any, bool]:
    draft = mapped(a_native_report(location=location), some_hints(units=UNITS)).draft
    return draft.content.get("location"), QualityFlag.UNIT_UNKNOWN in draft.flags


@pytest.mark.parametrize(
    "location",
    [{"unit_id": "icu-a"}, {"unit_id": "4711"}, {"unit_id": "icu a "}, {"unit_name": "ICU A"}],
)
def test_an_alias_of_this_source_becomes_the_unit_id(location: dict[str, str]) -> None:
    """Its campus comes along."""
    assert place_of(location) == ({"unit_id": "icu-a", "campus": "north"}, False)


def test_a_campus_that_was_reported_stays() -> None:
    """The table fills in, it does not overrule."""
    place, _ = place_of({"unit_id": "icu-a", "campus": "south"})

    assert place == {"unit_id": "icu-a", "campus": "south"}


@pytest.mark.parametrize("unit_id", ["int. care", "icu-z"])
def test_an_unknown_code_stays_and_is_flagged(unit_id: str) -> None:
    """Another source's alias is no alias here."""
    assert place_of({"unit_id": unit_id}) == ({"unit_id": unit_id}, True)


def test_an_unknown_name_is_dropped_and_flagged() -> None:
    """A name may be anything; only the table lets it through."""
    assert place_of({"unit_name": "Dr Grey's corner"}) == (None, True)


def test_a_unit_without_campus_has_none() -> None:
    """Small sites have one campus and no name for it."""
    assert place_of({"unit_id": "er", "place_type": "ER"}) == (
        {"unit_id": "er", "place_type": "ed"},
        False,
    )


@pytest.mark.parametrize("location", [None, {}, {"specialty": None}])
def test_no_place_is_no_place(location: object) -> None:
    """Unknown stays unknown, and nothing is flagged."""
    assert place_of(location) == (None, False)

"""When an LFPSE event happened and how it ended, sent through systems that add their own."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.builders.lfpse import a_patient, a_section, an_lfpse_event
from tests.builders.reports import mapped, some_hints

LONDON = ZoneInfo("Europe/London")


def content_of(event: dict[str, Any]) -> dict[str, Any]:
    return dict(mapped(event, some_hints("application/fhir+json", zone=LONDON)).draft.content)


def interval(**fields: Any) -> tuple[str, str]:
    span = content_of(an_lfpse_event(**fields))["occurred"]
    return span["earliest"], span["latest"]


@pytest.mark.parametrize(
    "date",
    [
        "2026-07-01",
        "2026-07-01T00:00:00",
        "2026-07-01T00:00:00+01:00",
        "2026-06-30T23:00:00Z",
    ],
    ids=["day", "midnight", "local midnight", "in Greenwich time"],
)
def test_the_precise_time_is_of_the_local_day(date: str) -> None:
    """Ten past ten at night, whatever the system made of the day."""
    moment = "2026-07-01T21:10:00.000000Z"

    assert interval(date=date) == (moment, moment)


@pytest.mark.parametrize("date", ["2026-06-30T23:00:00Z", "2026-07-01T00:00:00+01:00"])
def test_a_midnight_without_a_precise_time_is_the_day(date: str) -> None:
    """It says no time, in whichever zone it was written."""
    no_time = a_section("adverse-event-estimated-date", EstimatedTime="2")
    span = content_of(an_lfpse_event(no_time, date=date))["occurred"]

    assert span["earliest"] == "2026-06-30T23:00:00.000000Z"
    assert span["latest"] == "2026-07-01T22:59:59.999999Z"


@pytest.mark.parametrize(
    ("clock", "earliest"),
    [("3:05", "2026-07-01T02:05"), ("25:00", "2026-06-30T23:00"), ("noon", "2026-06-30T23:00")],
)
def test_an_odd_clock_does_not_cost_the_day(clock: str, earliest: str) -> None:
    """What cannot be read is unmapped, and the day stays."""
    section = a_section("adverse-event-estimated-date", PreciseTime=("Time", clock))
    content = content_of(an_lfpse_event(section, date="2026-07-01"))

    assert content["occurred"]["earliest"].startswith(earliest)


def test_a_named_type_of_never_event_is_a_never_event() -> None:
    """Only of one is asked which; an explicit no still counts."""
    named = a_section("adverse-event-governance", NeverEventType="3")
    denied = a_section("adverse-event-governance", NeverEventType="3", NeverEvent="n")

    assert content_of(an_lfpse_event(named))["circumstances"]["never_event"] is True
    assert content_of(an_lfpse_event(denied))["circumstances"]["never_event"] is False


@pytest.mark.parametrize("fatal", [("Coding", {"display": "Fatal"}), ("String", "Fatal"), "1"])
def test_a_fatal_harm_is_a_death_with_or_without_its_code(fatal: Any) -> None:
    """The display of a scale's code says the same."""
    event = an_lfpse_event(patients=[a_patient(PhysicalHarm=fatal)])
    (patient,) = content_of(event)["patients"]

    assert (patient["harm"], patient["died"]) == ("death", True)

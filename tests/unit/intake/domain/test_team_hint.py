"""The team hint: whenever nobody but the reporter is named."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.context import ShiftHours, UnitTable
from services.intake.domain.moments import Grain, Span
from services.intake.domain.shifts import team_window
from shared.contracts.words import QualityFlag
from tests.builders.reports import a_native_report, mapped, some_hints

ANN = {"system": "login", "value": "ann"}
UNITS = UnitTable.of({"ward-7": ("main", {"native": ("W7", "Ward Seven")})})


def hint_of(**overrides: Any) -> Any:
    settings: dict[str, Any] = {"units": UNITS, "zone": ZoneInfo("Europe/London")}
    report = a_native_report(**{"staff": None} | overrides)
    return mapped(report, some_hints(**settings)).draft.content.get("team_hint")


def test_a_named_colleague_leaves_no_team_hint() -> None:
    """Outreach goes to the person."""
    assert hint_of(staff=[{"id": ANN}]) is None


@pytest.mark.parametrize("staff", [None, [], [{"role": "nurse"}]])
def test_nobody_named_hints_at_the_unit_and_its_shifts(staff: object) -> None:
    """The event at 22:10 falls into the night shift of 1 March."""
    assert hint_of(staff=staff, team_headcount=5) == {
        "reason": "no_staff_named",
        "unit_id": "ward-7",
        "campus": "main",
        "earliest": "2026-03-01T19:00:00.000000Z",
        "latest": "2026-03-02T07:00:00.000000Z",
        "headcount": 5,
    }


@pytest.mark.parametrize("involvement", ["informed", "direct"])
def test_a_reporter_alone_does_not_suppress_the_team(involvement: str) -> None:
    """Even a reporter who was there was not alone there."""
    reporter = {"id": ANN, "type": "staff", "involvement": involvement}

    assert hint_of(reporter=reporter)["reason"] == "reporter_only"


def test_a_date_gives_that_local_day() -> None:
    """The coordinator sees the day, not a shift nobody reported."""
    hint = hint_of(occurred={"date": "2026-06-01"})

    assert hint["earliest"] == "2026-05-31T23:00:00.000000Z"
    assert hint["latest"] == "2026-06-01T22:59:59.999999Z"


@pytest.mark.parametrize(
    "occurred", [None, "2026-06", {"earliest": "2026-06-01T10:00Z", "latest": "2026-06-04T10:00Z"}]
)
def test_coarser_than_a_day_gives_no_hours(occurred: object) -> None:
    """A month or three days tell nothing of who was on duty."""
    assert "earliest" not in hint_of(occurred=occurred)


def test_no_unit_is_said_and_the_campus_stands_in() -> None:
    """Campus or tenant take over where no unit is known."""
    draft = mapped(a_native_report(staff=None, location={"campus": "main"})).draft

    assert draft.content["team_hint"]["campus"] == "main"
    assert "unit_id" not in draft.content["team_hint"]
    assert QualityFlag.STAFF_MISSING in draft.flags


@pytest.mark.parametrize(
    ("at", "latest", "expected"),
    [
        ((10, 0), (10, 0), ((7, 0), (19, 0))),
        ((7, 0), (7, 0), ((7, 0), (19, 0))),
        ((6, 0), (8, 0), ((19, 0), (19, 0))),
    ],
)
def test_the_window_spans_every_shift_that_overlaps(
    at: tuple[int, int], latest: tuple[int, int], expected: tuple[Any, Any]
) -> None:
    """A shift begins with its first minute and ends before its last."""
    span = Span(
        datetime(2026, 3, 2, *at, tzinfo=UTC),
        datetime(2026, 3, 2, *latest, tzinfo=UTC),
        Grain.INSTANT,
    )
    shifts = (ShiftHours.parse("07:00-19:00"), ShiftHours.parse("19:00-07:00"))

    window = team_window(span, shifts, UTC, timedelta(hours=2))

    assert window is not None
    got = [(end.hour, end.minute) for end in (window.earliest, window.latest)]
    assert tuple(got) == expected


@pytest.mark.parametrize("shifts", [(), (ShiftHours.parse("08:00-16:00"),)])
@pytest.mark.parametrize("minutes", [0, 90])
def test_without_a_shift_at_that_hour_the_margin_around_the_event_counts(
    shifts: tuple[ShiftHours, ...], minutes: int
) -> None:
    """Shifts need not cover the day, and a tenant may have none."""
    at = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    margin = timedelta(minutes=minutes)

    window = team_window(Span(at, at, Grain.INSTANT), shifts, UTC, margin)

    assert window == Span(at - margin, at + margin, Grain.INSTANT)


def test_the_tenant_sets_the_margin() -> None:
    """Two hours, where it says nothing."""
    at = {"at": "2026-03-02T03:00:00+00:00"}
    report = a_native_report(staff=None, occurred=at)
    settings: tuple[dict[str, Any], ...] = ({}, {"team_margin": timedelta(minutes=30)})

    hints = [
        mapped(report, some_hints(shifts=(), **each)).draft.content["team_hint"]
        for each in settings
    ]

    assert [hint["earliest"][11:16] for hint in hints] == ["01:00", "02:30"]
    assert [hint["latest"][11:16] for hint in hints] == ["05:00", "03:30"]


def test_a_shift_that_cannot_be_read_is_refused_at_start() -> None:
    """Settings are checked where they are built."""
    with pytest.raises(ValueError, match="Invalid isoformat string"):
        ShiftHours.parse("7-19")

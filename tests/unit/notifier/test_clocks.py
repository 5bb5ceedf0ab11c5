"""Quiet hours and contact clocks across zones and clock changes."""

from datetime import UTC, datetime, time, timedelta

import pytest

from services.notifier.domain.clocks import contact_by, quiet_until
from services.notifier.domain.plan import Plan, QuietHours, Waits
from shared.contracts.words import FollowUp, Priority
from tests.builders.notifier import NOON, a_request

NIGHT = QuietHours()


def utc(text: str) -> datetime:
    """Return a UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "zone", "ends"),
    [
        ("2026-03-10T20:59", "UTC", None),
        ("2026-03-10T21:00", "UTC", "2026-03-11T07:00"),
        ("2026-03-11T06:59", "UTC", "2026-03-11T07:00"),
        ("2026-03-11T07:00", "UTC", None),
        # Berlin: the night of 28/29 March 2026 is an hour shorter, that of 24/25 October longer.
        ("2026-03-28T23:00", "Europe/Berlin", "2026-03-29T05:00"),
        ("2026-10-24T23:00", "Europe/Berlin", "2026-10-25T06:00"),
        ("2026-03-08T06:30", "America/New_York", "2026-03-08T11:00"),
        ("2026-03-10T15:15", "Asia/Kathmandu", "2026-03-11T01:15"),
        ("2026-03-10T15:14", "Asia/Kathmandu", None),
        ("2026-04-04T12:00", "Australia/Lord_Howe", "2026-04-04T20:30"),
    ],
)
def test_quiet_hours_hold_in_the_persons_own_zone(at: str, zone: str, ends: str | None) -> None:
    """From 21:00 to 07:00 on their clock, whatever the clock does that night."""
    assert quiet_until(utc(at), NIGHT, zone) == (ends and utc(ends))


def test_quiet_hours_within_a_day_and_none() -> None:
    """A span need not cross midnight; equal ends mean no quiet hours."""
    noon = QuietHours(time(12), time(13))

    assert quiet_until(utc("2026-03-10T12:30"), noon, "UTC") == utc("2026-03-10T13:00")
    assert quiet_until(utc("2026-03-10T23:30"), noon, "UTC") is None
    assert quiet_until(NOON, QuietHours(time(7), time(7)), "UTC") is None


@pytest.mark.parametrize(
    ("respond_by", "expected"),
    [
        ("2026-03-10T16:00", "2026-03-10T16:00"),  # last night is over an hour later already
        ("2026-03-10T22:00", "2026-03-11T08:00"),  # tonight has begun: its end and an hour
        ("2026-03-11T06:00", "2026-03-11T08:00"),
        ("2026-03-11T07:30", "2026-03-11T08:00"),
        ("2026-03-10T21:00", "2026-03-10T21:00"),  # quiet hours that begin then do not count
    ],
)
def test_contact_by_waits_for_the_end_of_the_night_and_an_hour(
    respond_by: str, expected: str
) -> None:
    """The later of respond_by and an hour after the last night that began before it."""
    assert contact_by(utc(respond_by), NIGHT, "UTC") == utc(expected)


def test_contact_by_without_quiet_hours_is_respond_by() -> None:
    """Nothing to wait for."""
    assert contact_by(NOON, QuietHours(time(7), time(7)), "UTC") == NOON


@pytest.mark.parametrize(
    ("priority", "hours"),
    [(Priority.URGENT, 1), (Priority.HIGH, 2), (Priority.ROUTINE, 3), (Priority.NONE, 3)],
)
def test_waits_by_priority(priority: Priority, hours: int) -> None:
    """No priority waits like routine."""
    waits = Waits(*(timedelta(hours=n) for n in (1, 2, 3)))

    assert waits.of(priority) == timedelta(hours=hours)


def test_extended_follow_up_adds_six_months() -> None:
    """Several families ask for it, so the length tells nobody the reason."""
    plan = Plan()

    assert plan.check_ins(FollowUp.STANDARD) == (3, 14, 30)
    assert plan.check_ins(FollowUp.EXTENDED) == (3, 14, 30, 180)


@pytest.mark.parametrize(
    ("confirm", "overdue_days", "never", "needed"),
    [
        (False, 0, (), False),
        (True, 0, (), True),
        (False, 8, (), True),
        (False, 6, (), False),
        (False, 0, (Priority.URGENT,), True),
    ],
)
def test_when_a_human_must_confirm(
    *, confirm: bool, overdue_days: int, never: tuple[Priority, ...], needed: bool
) -> None:
    """Asked for, long overdue, or the tenant never lets this priority go by itself."""
    request = a_request(confirm=confirm, respond_by=NOON - timedelta(days=overdue_days))

    assert Plan(human_confirms=never).human_must_confirm(request, NOON) is needed

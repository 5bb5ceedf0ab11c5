"""Times without a zone, hours that occur twice, American dates, dates of the wrong century."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.domain.context import SourceSettings
from services.intake.domain.finish import finish
from shared.contracts.words import QualityFlag
from tests.builders.reports import RAW_REF, RECEIVED_AT, a_native_report, mapped, some_hints

LONDON = ZoneInfo("Europe/London")


def occurred(value: object, zone: Any = LONDON) -> tuple[Any, tuple[QualityFlag, ...]]:
    draft = mapped(a_native_report(occurred=value, staff=None), some_hints(zone=zone)).draft
    span = draft.content.get("occurred")
    if span is None:
        return None, draft.flags
    ends = span["earliest"].replace(".000000Z", "Z"), span["latest"].replace(".000000Z", "Z")
    return ends, draft.flags


@pytest.mark.parametrize(
    ("value", "earliest", "latest"),
    [
        ("2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z"),
        ({"at": "2026-06-01T10:00:00+02:00"}, "2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z"),
        ({"date": "2026-06-01"}, "2026-05-31T23:00:00Z", "2026-06-01T22:59:59.999999Z"),
        ("2026-02", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59.999999Z"),
        ("2025", "2025-01-01T00:00:00Z", "2025-12-31T23:59:59.999999Z"),
        (
            {"earliest": "2026-06-01T10:00Z", "latest": "2026-06-01T11:00Z"},
            "2026-06-01T10:00:00Z",
            "2026-06-01T11:00:00Z",
        ),
        ({"earliest": "2026-06-01T10:00Z"}, "2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z"),
        (
            {"at": "2026-06-01T10:20Z", "precision": "hour"},
            "2026-06-01T10:00:00Z",
            "2026-06-01T10:59:59.999999Z",
        ),
        (
            {"at": "2026-06-01T10:20Z", "precision": "shift"},
            "2026-06-01T06:00:00Z",
            "2026-06-01T18:00:00Z",
        ),
        (
            {"at": "2026-06-01T10:20Z", "precision": "day"},
            "2026-05-31T23:00:00Z",
            "2026-06-01T22:59:59.999999Z",
        ),
        (
            {"at": "2026-06-01T10:20Z", "precision": "month"},
            "2026-05-31T23:00:00Z",
            "2026-06-30T22:59:59.999999Z",
        ),
        (
            {"date": "2026-01-05", "precision": "hour"},
            "2026-01-05T00:00:00Z",
            "2026-01-05T23:59:59.999999Z",
        ),
        (
            {"date": "2026-06-01", "precision": "month"},
            "2026-05-31T23:00:00Z",
            "2026-06-30T22:59:59.999999Z",
        ),
        (
            {"earliest": "2026-03-01T22:00Z", "latest": "2026-03-02T02:00Z", "precision": "day"},
            "2026-03-01T00:00:00Z",
            "2026-03-02T23:59:59.999999Z",
        ),
        (
            {"earliest": "2026-01-30", "latest": "2026-02-02", "precision": "month"},
            "2026-01-01T00:00:00Z",
            "2026-02-28T23:59:59.999999Z",
        ),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z", "2016-12-31T23:59:59Z"),
        ("2016-12-31T23:59:60.5Z", "2016-12-31T23:59:59.500000Z", "2016-12-31T23:59:59.500000Z"),
        ("2026-06-01t10:00:00z", "2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z"),
        (
            {"at": "2026-06-01T10:20Z", "precision": "minute"},
            "2026-06-01T10:20:00Z",
            "2026-06-01T10:20:00Z",
        ),
    ],
)
def test_a_time_becomes_an_interval_in_utc(value: object, earliest: str, latest: str) -> None:
    """Dates are local days, partial dates whole months and years."""
    span, flags = occurred(value)

    assert span == (earliest, latest)
    assert not {QualityFlag.DATE_INVALID, QualityFlag.TIME_ZONE_ASSUMED} & set(flags)


def test_a_time_without_a_zone_is_the_tenants_local_time() -> None:
    """The assumption is flagged; summer time is respected."""
    span, flags = occurred("2026-06-01T10:00:00")

    assert span == ("2026-06-01T09:00:00Z", "2026-06-01T09:00:00Z")
    assert QualityFlag.TIME_ZONE_ASSUMED in flags


@pytest.mark.parametrize(
    ("value", "earliest", "latest"),
    [
        ("2026-10-25T01:30:00", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),  # occurs twice
        ("2026-03-29T01:30:00", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"),  # never occurs
    ],
)
def test_an_hour_that_occurs_twice_or_never_is_an_interval(
    value: str, earliest: str, latest: str
) -> None:
    """Both readings are covered, and the ambiguity is flagged."""
    span, flags = occurred(value)

    assert span == (earliest, latest)
    assert QualityFlag.TIME_AMBIGUOUS in flags


@pytest.mark.parametrize(
    ("value", "earliest", "expected"),
    [
        ("01/29/2026", "2026-01-29T00:00:00Z", {QualityFlag.DATE_US_FORMAT}),
        ("29/01/2026", "2026-01-29T00:00:00Z", set()),
        ("29.01.2026 14:30", "2026-01-29T14:30:00Z", {QualityFlag.TIME_ZONE_ASSUMED}),
        (
            "01/29/2026 2:30:05 PM",
            "2026-01-29T14:30:05Z",
            {QualityFlag.TIME_ZONE_ASSUMED, QualityFlag.DATE_US_FORMAT},
        ),
        ("12/29/2025 12:05 AM", "2025-12-29T00:05:00Z", {QualityFlag.DATE_US_FORMAT}),
        ("05/05/2025", "2025-05-04T23:00:00Z", set()),
    ],
)
def test_dates_with_slashes_are_read_and_american_ones_flagged(
    value: str, earliest: str, expected: set[QualityFlag]
) -> None:
    """A day above twelve tells which way round a date is written."""
    span, flags = occurred(value)

    assert span is not None
    assert span[0] == earliest
    assert expected <= set(flags)
    assert (QualityFlag.DATE_US_FORMAT in flags) == (QualityFlag.DATE_US_FORMAT in expected)


def test_a_date_that_can_be_read_two_ways_covers_both() -> None:
    """3/4 is the third of April or the fourth of March: never guessed."""
    span, flags = occurred("03/04/2025")

    assert span == ("2025-03-04T00:00:00Z", "2025-04-03T22:59:59.999999Z")
    assert {QualityFlag.DATE_US_FORMAT, QualityFlag.TIME_AMBIGUOUS} <= set(flags)


@pytest.mark.parametrize(
    "value",
    [
        "yesterday",
        "2026-02-30",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "13/13/2025",
        "31/02/2025",
        17,
        [],
        {"at": "soon"},
        "2026-13",
        "1800-01-01",
        "2026-02-30T10:00:00",
        "2026-03-011",
    ],
)
def test_what_is_no_date_is_unknown_and_flagged(value: object) -> None:
    """A bad date never costs a report."""
    span, flags = occurred(value)

    assert span is None
    assert QualityFlag.DATE_INVALID in flags


@pytest.mark.parametrize(
    ("value", "earliest", "latest"),
    [
        ("2026-01-05T24:00:00Z", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z"),
        ("2026-01-05 25:10", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z"),
        ("2026-01-05 after lunch", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z"),
        ("20260105T9", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z"),
        ("2026-01-05+01:00", "2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z"),
        ("25/01/2026 24:00", "2026-01-25T00:00:00Z", "2026-01-25T23:59:59.999999Z"),
        ("01/02/2025 25:00", "2025-01-02T00:00:00Z", "2025-02-01T23:59:59.999999Z"),
    ],
)
def test_a_day_outlives_what_is_no_time_behind_it(value: str, earliest: str, latest: str) -> None:
    """What was lost is flagged; the zone of a date, which XML may write, is no time of day."""
    ends, flags = occurred(value)

    assert ends == (earliest, latest)
    assert QualityFlag.DATE_INVALID in flags


@pytest.mark.parametrize(
    ("value", "zone", "day"),
    [
        ("2026-06-01T00:00:00", LONDON, "2026-06-01"),
        ("2026-06-01T00:00:00Z", LONDON, "2026-06-01"),
        ("2026-06-01T00:00:00.000+00:00", ZoneInfo("America/Chicago"), "2026-06-01"),
        ("2026-05-31T23:00:00.000Z", LONDON, "2026-06-01"),
        ("25/06/2026 00:00", LONDON, "2026-06-25"),
        ("6/25/2026 12:00:00 AM", LONDON, "2026-06-25"),
    ],
)
def test_a_midnight_under_date_is_the_day(value: str, zone: ZoneInfo, day: str) -> None:
    """Programs write it where they know no time; the night before has nothing to do with it."""
    ends, flags = occurred({"date": value}, zone)

    assert ends == occurred({"date": day}, zone)[0]
    assert QualityFlag.TIME_ZONE_ASSUMED not in flags


def test_a_time_under_date_counts() -> None:
    """It is no midnight, so somebody knew it; under `at` a midnight is one too."""
    assert occurred({"date": "2026-06-01T21:10:00Z"})[0] == ("2026-06-01T21:10:00Z",) * 2
    assert occurred({"at": "2026-06-01T00:00:00Z"})[0] == ("2026-06-01T00:00:00Z",) * 2


@pytest.mark.parametrize(
    ("value", "hour", "is_flagged"),
    [
        ({"at": "2026-01-05T10:00Z", "date": "2026-01-06"}, "2026-01-05T10", True),
        ({"at": "2026-01-05T10:00Z", "date": "2026-01-05"}, "2026-01-05T10", False),
        ({"at": "2026-01-05", "date": "2026-01-05T10:00Z"}, "2026-01-05T10", False),
        ({"date": "2026-01-05", "earliest": "2026-01-07T10:00Z"}, "2026-01-05T00", True),
        ({"date": "2026-01-05", "earliest": "2026-01-05T10:00Z"}, "2026-01-05T10", False),
    ],
)
def test_times_that_contradict_each_other_are_flagged(
    value: dict[str, str],
    hour: str,
    is_flagged: bool,  # noqa: FBT001
) -> None:
    """`at` wins over the date, the date over an interval; of what agrees the most exact counts."""
    ends, flags = occurred(value)

    assert ends is not None
    assert ends[0].startswith(hour)
    assert (QualityFlag.DATE_INVALID in flags) is is_flagged


def test_an_interval_that_ends_before_it_begins_is_turned_and_flagged() -> None:
    """Both ends stay known; that they were swapped is said."""
    span, flags = occurred({"earliest": "2026-06-02T10:00Z", "latest": "2026-06-01T10:00Z"})

    assert span == ("2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z")
    assert QualityFlag.DATE_INVALID in flags


def test_unknown_members_and_precisions_of_a_time_are_flagged() -> None:
    """An occurred object degrades member by member."""
    span, flags = occurred({"at": "2026-06-01T10:00Z", "precision": "eon", "mood": 1})

    assert span == ("2026-06-01T10:00:00Z", "2026-06-01T10:00:00Z")
    assert {QualityFlag.VALUE_UNMAPPED, QualityFlag.FIELD_UNKNOWN} <= set(flags)


def test_the_shift_is_kept_beside_the_interval() -> None:
    """A source that knows day or night says so."""
    report = a_native_report(occurred={"date": "2026-01-05", "shift": "Night"})

    assert mapped(report).draft.content["occurred"]["shift"] == "night"


def test_a_date_before_1990_is_kept_and_flagged() -> None:
    """Implausible is not impossible."""
    span, flags = occurred("1989-12-31")

    assert span is not None
    assert QualityFlag.DATE_TOO_OLD in flags


def test_a_source_may_have_a_zone_of_its_own() -> None:
    """The source's zone beats the tenant's."""
    sources = {"native": SourceSettings(zone=ZoneInfo("America/Chicago"))}
    hints = some_hints(zone=LONDON, sources=sources)

    content = mapped(a_native_report(occurred="2026-06-01T10:00"), hints).draft.content

    assert content["occurred"]["latest"] == "2026-06-01T15:00:00.000000Z"


def test_a_moment_counts_at_the_end_of_what_is_known() -> None:
    """reported_at by day counts at the end of that local day."""
    content = mapped(a_native_report(reported_at="2026-03-02")).draft.content

    assert content["reported_at"] == "2026-03-02T23:59:59.999999Z"


def test_more_than_a_day_ahead_of_arrival_is_flagged() -> None:
    """Only arrival tells what the future is, so `finish` flags it."""
    near = mapped(a_native_report(occurred="2026-03-03T09:00:00Z")).draft
    far = mapped(a_native_report(occurred="2026-03-03T10:00:00Z")).draft

    flags = [
        finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF).quality.flags
        for draft in (near, far)
    ]
    assert [QualityFlag.FUTURE_DATE in each for each in flags] == [False, True]


@pytest.mark.parametrize("written", ["20260601", "2026/06/01"])
def test_a_day_spelt_without_hyphens_is_that_day(written: str) -> None:
    """It is no midnight: nobody knows the time."""
    assert occurred(written)[0] == ("2026-05-31T23:00:00Z", "2026-06-01T22:59:59.999999Z")


@pytest.mark.parametrize("written", ["2026/06/01 10:20", "20260601T102000", "2026/06/01T10:20:00"])
def test_a_time_behind_such_a_day_counts(written: str) -> None:
    """In the tenant's zone, as everywhere."""
    assert occurred(written)[0] == ("2026-06-01T09:20:00Z", "2026-06-01T09:20:00Z")


def test_a_date_counts_where_the_moment_cannot_be_read() -> None:
    """What is wrong in one field hides nothing that stands in the next."""
    ends, flags = occurred({"at": "about noon", "date": "2026-01-05"})

    assert ends == ("2026-01-05T00:00:00Z", "2026-01-05T23:59:59.999999Z")
    assert QualityFlag.DATE_INVALID in flags


@pytest.mark.parametrize(("month", "is_ahead"), [("2026-03", False), ("2026-04", True)])
def test_the_month_that_has_begun_does_not_lie_ahead(month: str, is_ahead: bool) -> None:  # noqa: FBT001
    """LFPSE knows many dates to the month only; the present one is no error."""
    draft = mapped(a_native_report(occurred={"date": month})).draft
    report = finish(draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)

    assert (QualityFlag.FUTURE_DATE in report.quality.flags) is is_ahead

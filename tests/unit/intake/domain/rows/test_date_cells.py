"""Cells of dates as databases and spreadsheets write them, in every column of a date we ship."""

import json
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from services.intake.packs.pack_files import shipped_packs
from shared.contracts.words import QualityFlag
from tests.builders.rows import a_pack, draft_of

# What 25 July 2026 becomes when an export writes it as a day, or with the midnight of its type.
DAYS: Final = {
    "SQL Server date": "2026-07-25",
    "SQL Server smalldatetime": "2026-07-25 00:00:00",
    "SQL Server datetime": "2026-07-25 00:00:00.000",
    "SQL Server datetime2": "2026-07-25 00:00:00.0000000",
    "SQL Server datetimeoffset": "2026-07-25 00:00:00.0000000 +01:00",
    "SQL Server cast to text": "Jul 25 2026 12:00AM",
    "SQL Server date cast to text": "Jul 25 2026",
    "Excel, British, day": "25/07/2026",
    "Excel, British": "25/07/2026 00:00",
    "Excel, British, seconds": "25/07/2026 00:00:00",
    "Excel, British, no leading zero": "25/07/2026 0:00",
    "Excel, American": "7/25/2026 0:00",
    "Excel, American, half days": "7/25/2026 12:00:00 AM",
    "Excel, named month": "25-Jul-26",
    "Excel, slashed ISO": "2026/07/25 00:00:00",
    "PostgreSQL timestamp": "2026-07-25 00:00:00",
    "PostgreSQL timestamp, microseconds": "2026-07-25 00:00:00.000000",
    "PostgreSQL timestamptz": "2026-07-25 00:00:00+01",
    "PostgreSQL to_json": "2026-07-25T00:00:00",
    "Oracle date": "25-JUL-26",
    "Oracle date, long": "25-JUL-2026 00:00:00",
    "Oracle timestamp": "25-JUL-26 12.00.00.000000 AM",
    "Oracle timestamp with time zone": "25-JUL-26 12.00.00.000000 AM +01:00",
    "ISO basic": "20260725",
    "ISO": "2026-07-25T00:00:00.000",
    "ISO, minutes": "2026-07-25T00:00",
    "ISO, Greenwich": "2026-07-25T00:00:00Z",
    "ISO, offset": "2026-07-25T00:00:00.000+00:00",
    "ISO of JavaScript, local midnight": "2026-07-24T23:00:00.000Z",
    "Ruby": "2026-07-25 00:00:00 UTC",
}
# And ten past ten in the evening of that day, in London.
MOMENTS: Final = {
    "SQL Server smalldatetime": "2026-07-25 22:10:00",
    "SQL Server datetime": "2026-07-25 22:10:00.000",
    "SQL Server datetime2": "2026-07-25 22:10:00.0000000",
    "SQL Server datetimeoffset": "2026-07-25 22:10:00.0000000 +01:00",
    "SQL Server cast to text": "Jul 25 2026 10:10PM",
    "Excel, British": "25/07/2026 22:10",
    "Excel, British, seconds": "25/07/2026 22:10:00",
    "Excel, American": "7/25/2026 22:10",
    "Excel, American, half days": "7/25/2026 10:10:00 PM",
    "Excel, slashed ISO": "2026/07/25 22:10:00",
    "PostgreSQL timestamptz": "2026-07-25 22:10:00+01",
    "PostgreSQL timestamptz, Greenwich": "2026-07-25 21:10:00+00",
    "PostgreSQL to_json": "2026-07-25T22:10:00",
    "Oracle date, long": "25-JUL-2026 22:10:00",
    "Oracle timestamp": "25-JUL-26 10.10.00.000000 PM",
    "Oracle timestamp with time zone": "25-JUL-26 09.10.00.000000 PM +00:00",
    "ISO": "2026-07-25T22:10:00.000",
    "ISO, minutes": "2026-07-25T22:10",
    "ISO, Greenwich": "2026-07-25T21:10:00Z",
}
CLOCKS: Final = (
    "22:10",
    "22:10:00",
    "22:10:00.0000000",
    "22.10",
    "2210",
    "10:10 PM",
    "10:10:00 PM",
)
# The columns of packs that hold the date of the event, and the one of its time where there is one.
COLUMNS: Final = [
    ("datixweb", {"recordid": "1"}, "inc_dincident", "inc_time"),
    ("dciq", {"recordid": "1"}, "inc_dincident", "inc_time"),
    ("generic", {"record_id": "1"}, "occurred_date", "occurred_time"),
    ("lfpse-extract", {"Reference": "1"}, "T005", None),
    ("nrls", {"RP07": "1"}, "IN01", None),
    ("rl6", {"File ID": "1"}, "Event Date", "Event Time"),
    ("rl6", {"File ID": "1"}, "Event Date (yyyy/mm/dd)", "Event Time"),
]
LONDON: Final = {"zone": ZoneInfo("Europe/London")}
THE_DAY: Final = ("2026-07-24T23:00:00.000000Z", "2026-07-25T22:59:59.999999Z")
THE_MOMENT: Final = ("2026-07-25T21:10:00.000000Z",) * 2
ALARMS: Final = {QualityFlag.DATE_INVALID, QualityFlag.TIME_AMBIGUOUS, QualityFlag.VALUE_UNMAPPED}
each_column = pytest.mark.parametrize(("pack", "row", "date", "time"), COLUMNS)


def occurred(pack: Any, **cells: str) -> tuple[tuple[str, str] | None, set[QualityFlag]]:
    draft = draft_of(pack, LONDON, **cells)
    span = draft.content.get("occurred")
    return None if span is None else (span["earliest"], span["latest"]), set(draft.flags)


@each_column
def test_a_midnight_behind_a_date_is_the_day(
    pack: str, row: dict[str, str], date: str, time: str | None
) -> None:
    """Whoever wrote it; without a time nobody is sought on the night before."""
    for spelling, text in DAYS.items():
        cells = row | {date: text} | ({} if time is None else {time: ""})
        ends, flags = occurred(pack, **cells)
        assert ends == THE_DAY, spelling
        assert not flags & {*ALARMS, QualityFlag.TIME_ZONE_ASSUMED}, spelling


@each_column
def test_a_date_with_a_midnight_takes_the_time_of_its_own_cell(
    pack: str, row: dict[str, str], date: str, time: str | None
) -> None:
    """The date is not lost for it."""
    if time is None:
        return
    for spelling, text in DAYS.items():
        ends, flags = occurred(pack, **row, **{date: text, time: "22:10"})
        assert ends == THE_MOMENT, spelling
        assert not flags & ALARMS, spelling


@each_column
@pytest.mark.parametrize("clock", ["", *CLOCKS])
def test_a_real_time_behind_a_date_is_kept(
    pack: str, row: dict[str, str], date: str, time: str | None, clock: str
) -> None:
    """With or without a cell of its own that says the same."""
    for spelling, text in MOMENTS.items():
        cells = row | {date: text} | ({} if time is None else {time: clock})
        ends, flags = occurred(pack, **cells)
        assert ends == THE_MOMENT, spelling
        assert not flags & ALARMS, spelling


@pytest.mark.parametrize("pack", ["datixweb", "dciq", "generic"])
def test_a_birth_date_gives_an_age_in_all_spellings_of_four_digits(pack: str) -> None:
    """A year of two digits is left alone: 26 may be a baby or a centenarian."""
    for spelling, text in DAYS.items():
        if "2026" not in text:
            continue
        if pack == "generic":
            cells = {"record_id": "1", "occurred_date": "2036-07-25", "patient_birth_date": text}
        else:
            contacts = json.dumps([{"con_type": "PATC", "con_dob": text}])
            cells = {"recordid": "1", "inc_dincident": "2036-07-25", "contacts": contacts}
        (patient,) = draft_of(pack, LONDON, **cells).content["patients"]
        # The midnight of another clock is read as it was written, the day before.
        assert patient["age_years"] == 10, spelling


@pytest.mark.parametrize("pack", ["datixweb", "dciq"])
def test_a_day_of_reporting_counts_at_its_end(pack: str) -> None:
    """As any day that is asked for as a moment, midnight or not; a real time counts itself."""
    for cells, latest in ((DAYS, THE_DAY[1]), (MOMENTS, THE_MOMENT[1])):
        for spelling, text in cells.items():
            if "American" not in spelling and "JavaScript" not in spelling:
                draft = draft_of(pack, LONDON, recordid="1", inc_dreported=text)
                assert draft.content["reported_at"] == latest, spelling


def test_every_column_of_an_event_date_that_ships_is_in_the_table() -> None:
    """A pack that is added brings its own row."""
    assert {pack for pack, *_ in COLUMNS} == set(shipped_packs())


def test_two_cells_that_say_two_times_may_mean_either() -> None:
    """Who was on duty is then sought for both, which is said."""
    ends, flags = occurred(
        "datixweb", recordid="1", inc_dincident="2026-07-25 09:00:00.000", inc_time="2210"
    )

    assert ends == ("2026-07-25T08:00:00.000000Z", "2026-07-25T21:10:00.000000Z")
    assert QualityFlag.TIME_AMBIGUOUS in flags


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("25/07/2026 24:00", "", THE_DAY),
        ("25/07/2026 24:00", "22:10", THE_MOMENT),
        ("2026-07-25 after lunch", "22:10", THE_DAY),
        ("Saturday", "22:10", None),
    ],
)
def test_a_date_is_kept_from_what_cannot_be_read_behind_it(
    date: str, time: str, expected: tuple[str, str] | None
) -> None:
    """And the loss is flagged."""
    ends, flags = occurred("datixweb", recordid="1", inc_dincident=date, inc_time=time)

    assert ends == expected
    assert QualityFlag.DATE_INVALID in flags


def test_a_moment_and_a_date_of_one_row_must_agree() -> None:
    """The more exact one counts; where they contradict each other, the moment."""
    day = {"record_id": "1", "occurred_date": "2026-07-25", "occurred_time": "22:10"}

    assert occurred("generic", **day, occurred_at="2026-07-25") == (
        THE_MOMENT,
        occurred("generic", **day)[1],
    )
    ends, flags = occurred("generic", **day, occurred_at="2026-07-26T22:10:00+01:00")
    assert ends == ("2026-07-26T21:10:00.000000Z",) * 2
    assert QualityFlag.DATE_INVALID in flags


@pytest.mark.parametrize(
    ("date", "is_flagged"),
    [("03/04/2026", True), ("03/04/2026 22:10", True), ("03/25/2026", False), ("3/3/2026", False)],
)
def test_a_date_read_the_american_way_is_flagged_where_it_could_be_british(
    date: str,
    is_flagged: bool,  # noqa: FBT001
) -> None:
    """RL6's forms are each site's own; what only one reading fits needs no note."""
    ends, flags = occurred("rl6", **{"File ID": "1", "Event Date": date})

    assert ends is not None
    assert ends[0].startswith(("2026-03-04", "2026-03-25", "2026-03-03"))
    assert (QualityFlag.DATE_US_FORMAT in flags) is is_flagged


def test_a_zone_of_the_pack_holds_for_the_date_too() -> None:
    """A midnight of that clock is the day; the hour that occurs twice is both."""
    pack = a_pack("occurred: {zone: Europe/London, date: d, time: t}\n")

    assert occurred(pack, d="2026-07-24T23:00:00Z", t="")[0] == THE_DAY
    twice, flags = occurred(pack, d="2026-10-25 00:00:00.000", t="01:30")
    assert twice == ("2026-10-25T00:30:00.000000Z", "2026-10-25T01:30:00.000000Z")
    assert QualityFlag.TIME_AMBIGUOUS in flags

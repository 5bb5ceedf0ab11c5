"""Reading a directory CSV: every finding by row and column, never by value."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.directory import read_entries, template
from services.notifier.directory_columns import COLUMNS
from services.notifier.directory_entries import Entry, person_id_of
from services.notifier.domain.directory import Role
from services.notifier.domain.errors import DirectoryRefusedError
from shared.contracts.words import StaffRole

PLAIN = {
    "identifier_system": "ad",
    "identifier": "mia.ford",
    "given_name": "Mia",
    "family_name": "Ford",
    "email": "m.ford@example.org",
}


def pseudonym(system: str, value: str) -> str:
    """Return a readable stand-in for the keyed pseudonym."""
    return f"p_{system}_{value}"


def a_file(*rows: dict[str, str]) -> str:
    """Return a CSV with the columns that the rows use."""
    out = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(out, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def read(text: str) -> list[Entry]:
    """Read a file of tenant northwick."""
    return read_entries(text, "northwick", pseudonym)


def findings(text: str) -> tuple[str, ...]:
    """Return why a file is refused."""
    with pytest.raises(DirectoryRefusedError) as refused:
        read(text)
    return refused.value.findings


def test_the_template_can_be_imported() -> None:
    """What we print as a sample is what we read."""
    (entry,) = read(template())

    person = entry.person
    assert person.name == "Mia Ford"
    assert person.roles == (Role.STAFF, Role.SUPPORTER)
    assert person.role is StaffRole.NURSE
    assert [len(period.days) for period in person.on_call] == [5, 1]
    assert entry.refs == ("p_login_mia.ford", "p_payroll_10482", "p_email_m.ford@example.org")
    assert person.manager == person_id_of("northwick", "p_login_leo.marsh")


def test_required_columns_are_enough() -> None:
    """Everything else is optional; a byte-order mark is no trouble."""
    (entry,) = read("\ufeff" + a_file(PLAIN))

    assert entry.person.roles == (Role.STAFF,)
    assert entry.person.on_call == ()


def test_a_row_without_an_address_refuses_the_whole_file() -> None:
    """All or nothing: row numbers and column names, nothing else."""
    rows = [PLAIN, {**PLAIN, "identifier": "x", "email": ""}, {**PLAIN, "identifier": "y"}]

    assert findings(a_file(*rows)) == ("Row 3: 'email' is empty.",)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("email", "Secretname"),
        ("email", "Jörg.Secretname@example.org"),
        ("email", "x@[y.Secretname"),
        ("roles", "supporter; Secretname"),
        ("role", "Secretname"),
        ("zone", "Secretname"),
        ("language", "Secretname"),
        ("quiet_hours", "Secretname"),
        ("on_call", "Secretname"),
        ("on_call", "mon-xyz 07:00-19:00"),
        ("on_call", "mon 25:00-26:00"),
        ("absent_from", "Secretname"),
        ("paused", "Secretname"),
        ("other_identifiers", "Secretname"),
    ],
)
def test_a_cell_that_cannot_be_used_is_named_by_row_and_column(column: str, cell: str) -> None:
    """The finding says what to write and never what stood there."""
    (finding,) = findings(a_file({**PLAIN, column: cell}))

    assert finding.startswith(f"Row 2: '{column}': write ")
    assert "Secretname" not in finding


def test_unknown_and_missing_columns_are_refused_with_advice() -> None:
    """A misspelt column would silently lose data."""
    row = {**PLAIN, "manger": "x"}
    del row["email"]

    assert findings(a_file(row)) == (
        "Row 1: a column is not known. Did you mean 'manager'? See 'peerline directory template'.",
        "Row 1: the column 'email' is missing.",
    )


def test_an_identifier_stands_for_one_person() -> None:
    """The same identifier twice, also among other identifiers, is refused."""
    other = {**PLAIN, "identifier": "x", "other_identifiers": "ad=mia.ford"}

    assert findings(a_file(PLAIN, other)) == ("Row 3: an identifier stands in row 2 already.",)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        (a_file(PLAIN).partition("\n")[0] + "\n", "The file has no rows."),
        (a_file(PLAIN) + "ad,x\n", "Row 3: it has not as many cells as row 1."),
        (a_file(PLAIN) + 'ad,"x,b,c,d\n', "The file is not readable as CSV (quotes?)."),
    ],
)
def test_files_that_are_no_proper_csv(text: str, finding: str) -> None:
    """Said plainly."""
    assert findings(text) == (finding,)


def test_findings_are_capped() -> None:
    """A file with the wrong separator does not fill the screen."""
    rows = [{**PLAIN, "identifier": str(n), "email": "x"} for n in range(70)]

    told = findings(a_file(*rows))

    assert len(told) == 51
    assert told[-1] == "And 20 more."


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No file crashes the import."""
    try:
        entries = read(",".join(COLUMNS) + "\n" + text)
    except DirectoryRefusedError:
        return
    assert entries


@pytest.mark.parametrize(
    ("on_call", "days"),
    [("fri-mon 08:00-16:00", (4, 5, 6, 0)), ("SUN 08:00-16:00", (6,)), ("mon 07:00-19:00;", (0,))],
)
def test_periods_of_being_on_call(on_call: str, days: Any) -> None:
    """Days may wrap around the week; capitals do not matter."""
    (entry,) = read(a_file({**PLAIN, "on_call": on_call}))

    assert entry.person.on_call[0].days == days

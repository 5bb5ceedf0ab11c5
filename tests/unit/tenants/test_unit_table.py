"""Unit tables from spreadsheets: what is read, and how a wrong row is told."""

from pathlib import Path

import pytest

from services.tenants.refusals import UnitTableError
from services.tenants.unit_table import read_unit_table
from shared.site.refusals import SiteFileError


def a_table(folder: Path, text: str) -> Path:
    """Write the text as a CSV file."""
    path = folder / "units.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_units_and_aliases_are_read(tmp_path: Path) -> None:
    """Empty cells leave the field out; a spreadsheet's byte order mark does not matter."""
    path = a_table(
        tmp_path,
        "\ufeffunit_id,title,campus,alias:datix,digest_address\n"
        "picu,Children's ICU,main,PICU|Ward 7,picu-lead@example.org\n"
        "ed,,, ,\n",
    )

    units = read_unit_table(path, ("datix",))

    assert units == {
        "picu": {
            "title": "Children's ICU",
            "campus": "main",
            "digest_address": "picu-lead@example.org",
            "aliases": {"datix": ["PICU", "Ward 7"]},
        },
        "ed": {},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title\nA\n", "no column unit_id"),
        ("", "no column unit_id"),
        ("unit_id,campsu\na,b\n", r"'campsu' is no column - did you mean 'campus'\?"),
        ("unit_id,alias:rl6\na,b\n", r"'alias:rl6' is no column - did you mean 'alias:datix'\?"),
        ("unit_id,title\n,A\n", "line 2: unit_id is empty"),
        ("unit_id\na\na\n", "line 3: this unit_id stands on an earlier line"),
        ("unit_id,title\na,Ward 7, North\n", "line 2: more values than columns"),
    ],
)
def test_a_wrong_table_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    """Line or column, and what to write."""
    path = a_table(tmp_path, text)

    with pytest.raises(UnitTableError, match=said) as refused:
        read_unit_table(path, ("datix",))

    assert refused.value.hint


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    """The path is named."""
    with pytest.raises(SiteFileError, match=r"units\.csv"):
        read_unit_table(tmp_path / "units.csv", ())

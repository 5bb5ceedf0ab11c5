"""Files as streams of bodies: no more in memory than a piece, no row lost at a seam."""

from pathlib import Path

import pytest

from services.offline import bodies as module
from services.offline.bodies import bodies, is_table
from services.offline.guessing import date_patterns, guess_columns
from tests.builders.rows import a_pack

TOGETHER = a_pack("together: [id]\n")


def a_file(tmp_path: Path, content: bytes, name: str = "rows.csv") -> str:
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_bytes(content)
    return str(path)


@pytest.fixture
def _of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 2)


@pytest.mark.usefixtures("_of_two")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_a_table_is_cut_with_its_header_before_each_piece(tmp_path: Path, encoding: str) -> None:
    """Quoted line ends are no seams, whatever the encoding."""
    text = 'id,t\r\n1,"a\r\nü"\r\n2,b\r\n3,c\r\n'

    first, second = bodies(a_file(tmp_path, text.encode(encoding)), None)

    assert (first.rows, second.rows, second.first) == (2, 1, 2)
    assert second.filled == (1, 1)
    name = first.media.partition("=")[2].partition(";")[0]
    assert first.content.decode(name).lstrip("\ufeff") == 'id,t\r\n1,"a\r\nü"\r\n2,b\r\n'
    assert second.content.decode(name).lstrip("\ufeff") == "id,t\r\n3,c\r\n"


@pytest.mark.usefixtures("_of_two")
def test_rows_of_one_report_stay_in_one_piece(tmp_path: Path) -> None:
    """However many they are."""
    file = a_file(tmp_path, b"id,p\n1,a\n1,b\n1,c\n2,d\n")

    assert [body.rows for body in bodies(file, TOGETHER)] == [3, 1]
    assert [body.rows for body in bodies(file, None)] == [2, 2]


@pytest.mark.usefixtures("_of_two")
def test_lines_are_cut_between_lines(tmp_path: Path) -> None:
    """Blank ones do not count."""
    file = a_file(tmp_path, b'{"a":1}\n\n{"a":2}\n{"a":3}', "rows.ndjson")

    assert [body.rows for body in bodies(file, None)] == [2, 1]


def test_a_table_that_breaks_off_says_so_and_keeps_what_was_read(tmp_path: Path) -> None:
    """A cell that is never closed would swallow all that follows."""
    file = a_file(tmp_path, b'id,t\n1,a\n2,"' + b"x" * 200_000)

    *_, last = bodies(file, None)

    assert last.broken is not None


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.csv", b"{", True),
        ("a.json", b"text", False),
        ("a.ndjson", b"text", False),
        ("a.dat", b"id,t", True),
        ("a.dat", b'\xef\xbb\xbf {"id": 1}', False),
        ("a.dat", b"", False),
    ],
)
def test_what_a_file_is_shows_in_its_name_or_first_bytes(
    tmp_path: Path,
    name: str,
    content: bytes,
    expected: bool,  # noqa: FBT001
) -> None:
    """A name that says JSON is believed."""
    assert is_table(a_file(tmp_path, content, name)) is expected


@pytest.mark.parametrize(
    ("values", "patterns", "is_ambiguous"),
    [
        (["13/04/2026"], ["%d/%m/%Y"], False),
        (["04/13/2026"], ["%m/%d/%Y"], False),
        (["03/04/2026"], ["%d/%m/%Y"], True),
        (["2026-03-01", "01/03/2026"], ["%Y-%m-%d", "%d/%m/%Y"], False),
        (["2026-03-01 00:00:00.000"], ["%Y-%m-%d"], False),
        (["01-MAR-26 12.00.00.000000 AM"], ["%d-%b-%y"], False),
        (["Mar  1 2026 12:00AM"], ["%b %d %Y"], False),
        (["soon", "later"], [], False),
        (["soon 10:00"], [], False),
        ([], [], False),
    ],
)
def test_date_patterns_are_found_in_the_values(
    values: list[str],
    patterns: list[str],
    is_ambiguous: bool,  # noqa: FBT001
) -> None:
    """The British way where both fit, said aloud; several where the export changed its mind."""
    assert date_patterns(values) == (patterns, is_ambiguous)


def test_an_exact_name_beats_one_that_only_holds_the_word() -> None:
    """One column per field, one field per column."""
    headers = {"ward": "location.unit_id", "harm": "patients.harm"}

    found = guess_columns(
        dict.fromkeys(["Ward of patient", "Ward", "Harm level now", "Last Name"], ()), headers
    )

    assert [(guess.column, guess.field) for guess in found] == [
        ("Ward", "location.unit_id"),
        ("Harm level now", "patients.harm"),
        ("Last Name", "drop"),
    ]

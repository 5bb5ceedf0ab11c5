"""Refused reports, as they stood in the file: corrected there, they can be sent again."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from services.intake.domain.receive import receive
from services.offline.bodies import bodies
from services.offline.context import default_context
from services.offline.trial import chosen, pack_of
from services.publish.refused_file import RefusedFile, RefusedFileExistsError
from services.publish.tally import RefusedReport

HEADER = "record_id;narrative\r\n"


def refused(*rows: int) -> list[RefusedReport]:
    """Return refusals of some rows."""
    return [RefusedReport(row, "no_record_id", "It has none.") for row in rows]


def kept(folder: Path, name: str, content: bytes, *rows: int, pack: str = "generic") -> bytes:
    """Send nothing, refuse some rows, and return what was written."""
    (folder / name).write_bytes(content)
    used = pack_of(chosen(default_context("publish"), pack))
    with RefusedFile(folder / "refused") as file:
        for body in bodies(str(folder / name), used):
            file.keep(body, refused(*rows))
    return (folder / "refused").read_bytes()


def test_rows_keep_their_header_and_their_quotes(tmp_path: Path) -> None:
    """A quoted cell may span lines; what was written is written again."""
    rows = ["1;a\r\n", '2;"two\r\nlines; and more"\r\n', "3;c"]
    content = (HEADER + "".join(rows)).encode()

    assert kept(tmp_path, "x.csv", content, 2, 3) == (HEADER + rows[1] + rows[2]).encode()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_bytes_are_those_of_the_file(tmp_path: Path, encoding: str) -> None:
    """Whatever its encoding is."""
    content = (HEADER + "1;Übergabe\r\n2;Müller\r\n").encode(encoding)

    expected = (HEADER + "2;Müller\r\n").encode(encoding)
    assert kept(tmp_path, "x.csv", content, 2) == expected


def test_all_rows_of_a_report_are_kept(tmp_path: Path) -> None:
    """Patients of one reference stand in rows of their own."""
    content = b"Reference,Revision,P004\nA,1,30\nB,1,60\nB,1,90\nC,1,30\n"

    written = kept(tmp_path, "x.csv", content, 2, pack="lfpse-extract")

    assert written == b"Reference,Revision,P004\nB,1,60\nB,1,90\n"


def test_rows_of_a_report_may_stand_apart(tmp_path: Path) -> None:
    """Intake joins them within a request, and leaves alone what has no reference: so do we."""
    rows = [b"A,1,30\n", b",,1\n", b"B,1,60\n", b",,2\n", b"A,1,90\n"]
    content = b"Reference,Revision,P004\n" + b"".join(rows)
    (tmp_path / "x.csv").write_bytes(content)
    hints = chosen(default_context("publish"), "lfpse-extract")
    (body,) = bodies(str(tmp_path / "x.csv"), pack_of(hints))

    results = receive(body.content, replace(hints, content_type=body.media))
    texts = [b"".join(rows[place] for place in places) for places in body.reports]
    assert [result.body.partition(b"\n")[2] for result in results] == texts
    written = kept(tmp_path, "y.csv", content, 1, pack="lfpse-extract")
    assert written == b"Reference,Revision,P004\n" + rows[0] + rows[4]


def test_lines_of_json_are_kept_whole(tmp_path: Path) -> None:
    """The last one need not end with a line's end."""
    content = b'{"record_id": "1"}\n\n{"kind": "incident"}'

    assert kept(tmp_path, "x.ndjson", content, 2) == b'{"kind": "incident"}\n'


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    """It holds what the export held."""
    kept(tmp_path, "x.csv", HEADER.encode() + b"1;a\n", 1)

    assert stat.S_IMODE((tmp_path / "refused").stat().st_mode) == 0o600


def test_a_file_of_another_day_is_left_alone(tmp_path: Path) -> None:
    """Nothing is sent before that is clear."""
    (tmp_path / "refused").write_text("yesterday's")

    with (
        pytest.raises(RefusedFileExistsError, match="exists already"),
        RefusedFile(tmp_path / "refused"),
    ):
        pytest.fail("it opened")

    assert (tmp_path / "refused").read_text() == "yesterday's"

"""Drafts of exports that no pack knows: another language, merged cells, records in many rows."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from services.cli import peerline

GERMAN = """\
Vorgangsnr.;Meldedatum;Ereignisdatum;Uhrzeit;Station;Schadensgrad;Alter;Verstorben;Beteiligte;Rolle;Anonym
7;12.11.2026;11.11.2026;22:40;Säuglinge 2;4 - tödlich;3,5;Ja;mmueller, okoch;Pflege;Nein
7;12.11.2026;11.11.2026;22:40;Säuglinge 2;4 - tödlich;3,5;Ja;tlang;Arzt;Nein
8;12.11.2026;12.11.2026;7.15;Station 7;1 - leicht;81,0;Nein;jbauer;Pflege;Ja
"""
WORDS = {
    "4 - tödlich": "death",
    "1 - leicht": "mild",
    "Ja": "yes",
    "Nein": "no",
    "Pflege": "nurse",
    "Arzt": "physician",
}


def mapping(folder: Path, *arguments: str) -> str:
    """Run a command without a site and return what it printed."""
    environment = {"PEERLINE_CONFIG": str(folder / "config")}
    result = CliRunner().invoke(peerline, ["mapping", *arguments], env=environment)
    assert result.exit_code == 0, result.output
    return result.stdout


def drafted(folder: Path, content: bytes) -> str:
    """Return the draft of an export."""
    (folder / "export.csv").write_bytes(content)
    return mapping(folder, "new", str(folder / "export.csv"), "--name", "ours")


def tried(folder: Path, pack: str) -> dict[str, Any]:
    """Return the document of `mapping test` of that export with a pack."""
    (folder / "ours.yaml").write_text(pack, encoding="utf-8")
    arguments = ("test", str(folder / "export.csv"), "--pack", str(folder / "ours.yaml"), "--json")
    found: dict[str, Any] = json.loads(mapping(folder, *arguments))
    return found


def test_a_german_export_is_drafted_and_filled_in_without_looking_anything_up(
    tmp_path: Path,
) -> None:
    """Semicolons, Windows-1252, decimal commas, two rows of a record, two people in a cell."""
    draft = drafted(tmp_path, GERMAN.encode("cp1252"))
    for value, word in WORDS.items():
        draft = draft.replace(f'# "{value}": ...', f'"{value}": {word}')

    found = tried(tmp_path, draft)

    assert (found["rows"], found["reports"], found["in_several_rows"]) == (3, 2, 0)
    assert {each["field"] for each in found["unmapped"]} == {"location.unit_id"}
    first, _ = found["preview"]
    (patient,) = first["patients"]
    assert (patient["harm"], patient["died"], patient["age_years"]) == ("death", True, 3)
    assert [each["role"] for each in first["staff"]] == ["nurse", "nurse", "physician"]
    assert first["occurred"]["latest"] == "2026-11-11T22:40:00.000000Z"


def test_a_record_in_several_rows_is_drafted_as_one_report(tmp_path: Path) -> None:
    """What differs besides people and patients is named, for the first row of it counts."""
    draft = drafted(tmp_path, b"id,staff login,status\n1,ann,open\n1,bob,closed\n2,cem,open\n")

    assert yaml.safe_load(draft)["together"] == ["id"]
    assert yaml.safe_load(draft)["staff"]["from"] == "rows"
    assert '#   "status"' in draft
    assert tried(tmp_path, draft)["reports"] == 2


def test_rows_that_are_revisions_are_not_joined(tmp_path: Path) -> None:
    """Their date of change differs: each replaces the one before it."""
    draft = drafted(tmp_path, b"id,updated,status\n1,2026-03-01,open\n1,2026-03-02,closed\n")

    assert "together" not in yaml.safe_load(draft)
    assert tried(tmp_path, draft)["in_several_rows"] == 0


def test_a_draft_over_a_shipped_pack_tells_of_records_in_several_rows(tmp_path: Path) -> None:
    """A row per contact is a common export of Datix."""
    header = "recordid,inc_name,inc_dincident,inc_time,inc_severity,login\n"
    draft = drafted(tmp_path, f"{header}1,,2026-03-01,,LOW,ann\n1,,2026-03-01,,LOW,bob\n".encode())

    assert '1 record of 1 in several rows, which differ in "login"' in draft


def test_a_draft_says_what_to_write_of_contacts_of_an_unknown_type(tmp_path: Path) -> None:
    """Nobody writes to them until it is said; either line does what it promises."""
    contacts = [{"con_type": "REL", "con_email": "a@b.example"}, {"con_email": "c@d.example"}]
    text = json.dumps(contacts).replace('"', '""')
    header = "recordid,inc_dincident,inc_time,inc_severity,contacts\n"
    draft = drafted(tmp_path, f'{header}1,2026-03-01,,LOW,"{text}"\n'.encode())

    assert '#   "REL"  once' in draft
    assert '#   "(blank)"  once' in draft
    assert '`where: {con_type: {ends: ["C", "REL"]}}`' in draft
    assert '`where_not: {con_type: ["PATC", "REL"]}`' in draft
    for said, found in (
        ("where: {con_type: {ends: [C, REL]}}", 1),
        ("where_not: {con_type: REL}", 0),
    ):
        result = tried(tmp_path, f"{draft}staff:\n  {said}\n")
        assert result["known"]["staff"] == found
        assert [each["value"] for each in result["unmapped"] if "where" in each["field"]] == [
            "(blank)"
        ]


@pytest.mark.parametrize("field", ["reports", "in_several_rows"])
def test_a_pack_that_loses_rows_says_so(tmp_path: Path, field: str) -> None:
    """The last row of a record would replace the others, with all who stand in them."""
    drafted(tmp_path, b"id,who\n1,ann\n1,bob\n2,cem\n2,cem\n")
    pack = "pack: ours\nversion: 1\nrecord_id: id\nstaff: {id: {column: who, system: login}}\n"

    assert tried(tmp_path, pack)[field] == {"reports": 4, "in_several_rows": 1}[field]
    arguments = ("test", str(tmp_path / "export.csv"), "--pack", str(tmp_path / "ours.yaml"))
    assert "CHECK: 1 record stands in several rows that differ" in mapping(tmp_path, *arguments)


def test_names_with_blanks_are_not_cut_at_their_comma(tmp_path: Path) -> None:
    """`Lee, Ann` is one person."""
    draft = drafted(tmp_path, b'id,staff login\n1,"Lee, Ann M"\n')

    assert "from" not in yaml.safe_load(draft)["staff"]


def test_columns_without_a_guess_say_what_they_look_like(tmp_path: Path) -> None:
    """Whoever knows the export need not open it."""
    draft = drafted(tmp_path, b"id,Datum X,Zeit X,Post X\n1,11.11.2026,22:40,a@x.org\n")

    assert '"Datum X"  1 different values in the sample, dates written %d.%m.%Y' in draft
    assert '"Zeit X"  1 different values in the sample, times of day' in draft
    assert '"Post X"  1 different values in the sample, addresses of e-mail' in draft


def test_a_file_of_a_header_alone_says_so(tmp_path: Path) -> None:
    """Nothing to count is no result."""
    (tmp_path / "export.csv").write_bytes(b"record_id,harm\n")
    environment = {"PEERLINE_CONFIG": str(tmp_path / "config")}
    arguments = ["mapping", "test", str(tmp_path / "export.csv"), "--pack", "generic"]

    result = CliRunner().invoke(peerline, arguments, env=environment)

    assert result.exit_code == 1
    assert "The file has no rows, or a header only" in result.stdout


def test_the_name_of_a_person_is_no_record_number(tmp_path: Path) -> None:
    """Where no heading says which column is the number, it is not the one that is dropped."""
    drafted_pack = yaml.safe_load(drafted(tmp_path, b"Surname,Zahl\nZebra,1\n"))

    assert drafted_pack["record_id"] == {"column": "Zahl"}
    assert drafted_pack["drop"] == ["Surname"]


def test_a_record_that_was_corrected_does_not_join_the_rows_of_all(tmp_path: Path) -> None:
    """One of thirty came twice: the second says that the patient died, and it counts."""
    rows = "".join(f"{n},mild,no\n" for n in range(30))
    draft = drafted(tmp_path, f"ref no,harm,patient died\n{rows}7,death,yes\n".encode())

    assert "together" not in yaml.safe_load(draft)
    assert (
        '# CHECK: 1 record of 30 in several rows, which differ in "harm", "patient died"' in draft
    )
    assert tried(tmp_path, draft)["in_several_rows"] == 1


def test_a_pack_that_joins_rows_says_in_which_columns_they_differ(tmp_path: Path) -> None:
    """Of what is not read from all rows the first counts, so a correction would be lost."""
    drafted(tmp_path, b"id,who,harm\n1,ann,none\n1,ann,death\n2,cem,none\n")
    pack = "pack: ours\nversion: 1\nrecord_id: id\ntogether: [id]\npatients: {harm: harm}\n"
    pack = pack.replace("{harm: harm}", "{harm: {column: harm, scale: tenant}}")

    found = tried(tmp_path, pack)

    assert found["of_several_rows"] == {"reports": 1, "differing": ["harm"]}
    arguments = ("test", str(tmp_path / "export.csv"), "--pack", str(tmp_path / "ours.yaml"))
    printed = mapping(tmp_path, *arguments)
    assert "CHECK: 1 report was made of several rows, which differ in\n  harm." in printed


def test_a_slip_in_one_cell_does_not_make_one_person_of_all(tmp_path: Path) -> None:
    """Most cells are lists of logins; `Agency nurse / unknown` is what somebody typed once."""
    rows = "".join(f'{n},"gnowak, fbyrne"\n' for n in range(9))
    draft = drafted(tmp_path, f"id,staff login\n{rows}9,Agency nurse / unknown\n".encode())

    assert yaml.safe_load(draft)["staff"]["from"]["split"] == [",", "/"]
    assert tried(tmp_path, draft)["staff_with_separators"] == 1


@pytest.mark.parametrize("cell", ["Lee, Ann M", "Lee, Ann"])
def test_what_may_be_a_name_with_a_comma_is_left_to_be_looked_at(tmp_path: Path, cell: str) -> None:
    """Two people or one: only somebody who knows the export can tell."""
    draft = drafted(tmp_path, f'id,staff login\n1,"{cell}"\n'.encode())

    assert "from" not in yaml.safe_load(draft)["staff"]
    assert "# CHECK: some cells have , in them." in draft
    assert tried(tmp_path, draft)["staff_with_separators"] == 1


def test_a_cell_of_several_people_that_is_not_split_is_counted(tmp_path: Path) -> None:
    """They would be one person whom no directory knows, and nothing else would show it."""
    drafted(tmp_path, b'id,who\n1,"ann, bob"\n2,cem\n3,x; y\n4,a@x.org\n')
    pack = "pack: ours\nversion: 1\nrecord_id: id\nstaff: {id: {column: who, system: login}}\n"

    found = tried(tmp_path, pack)

    assert found["staff_with_separators"] == 2
    assert "sealed" not in str(found["preview"])
    arguments = ("test", str(tmp_path / "export.csv"), "--pack", str(tmp_path / "ours.yaml"))
    assert "CHECK: 2 identifiers of staff hold one of" in mapping(tmp_path, *arguments)


def test_a_time_of_day_beside_a_date_is_the_time_of_the_event(tmp_path: Path) -> None:
    """Whatever the column is called: as a moment of its own it could not be read."""
    draft = drafted(tmp_path, b"id,Occurred On,Occurred At\n1,11/09/2026,01:07\n")

    assert yaml.safe_load(draft)["occurred"]["time"] == {"column": "Occurred At"}
    (report,) = tried(tmp_path, draft)["preview"]
    assert report["occurred"]["latest"] == "2026-09-11T01:07:00.000000Z"


def test_a_whole_moment_needs_no_date_beside_it(tmp_path: Path) -> None:
    """A report happened once: the other column is left to be looked at."""
    draft = drafted(tmp_path, b"id,Occurred On,Occurred At\n1,2026-09-11,2026-09-11 01:07\n")

    assert yaml.safe_load(draft)["occurred"].keys() == {"at"}
    assert '#   "Occurred On"' in draft


@pytest.mark.parametrize("begins", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_refused_with_what_to_do(tmp_path: Path, begins: bytes) -> None:
    """Its bytes are no names of columns."""
    (tmp_path / "export.xlsx").write_bytes(begins + b"\x14\x00")

    result = CliRunner().invoke(peerline, ["mapping", "new", str(tmp_path / "export.xlsx")])

    assert "export.xlsx is an Excel workbook" in str(result.exception)
    assert "CSV UTF-8" in getattr(result.exception, "hint", "")


def test_flags_are_told_with_the_first_rows_that_bear_them(tmp_path: Path) -> None:
    """So that somebody can look at them; rows count from 1 after the heading."""
    drafted(tmp_path, b"id,day\n1,2026-09-11\n2,soon\n3,later\n")
    pack = "pack: ours\nversion: 1\nrecord_id: id\noccurred: {date: day}\n"

    assert tried(tmp_path, pack)["flag_rows"]["date_invalid"] == [2, 3]
    arguments = ("test", str(tmp_path / "export.csv"), "--pack", str(tmp_path / "ours.yaml"))
    printed = mapping(tmp_path, *arguments)
    assert "66 %   rows 2, 3" in printed
    assert "rows count from 1 after the heading" in printed

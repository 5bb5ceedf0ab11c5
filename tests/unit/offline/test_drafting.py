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

    assert '1 record in several rows, which differ in "login"' in draft


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
    assert "CHECK: 1 records stand in several rows that differ" in mapping(tmp_path, *arguments)


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

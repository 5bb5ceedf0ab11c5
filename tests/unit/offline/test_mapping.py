"""`peerline mapping`: what a pack makes of a file, in words and as JSON; drafts that load."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from services.cli import peerline
from services.offline import trial
from tests.builders.rows import a_table
from tests.builders.site import a_site, a_tenant_document, a_tenant_file

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "northwick-datix.csv"
PACK = "pack: ours\nversion: 1\nrecord_id: {column: no}\nstatus: {column: state}\ndrop: [who]\n"
ROWS = [
    {"no": "1", "state": "closed", "who": "Zebra Quartz", "more": "x"},
    {"no": "2", "state": "Mystery", "who": "", "more": ""},
    {"no": "", "state": "closed", "who": "", "more": ""},
]


def mapping(tmp_path: Path, *arguments: str) -> Result:
    """Run a command on a site folder under `tmp_path`, where there need not be one."""
    environment = {"PEERLINE_CONFIG": str(tmp_path / "config")}
    return CliRunner().invoke(peerline, ["mapping", *arguments], env=environment)


def written(tmp_path: Path, name: str, text: str) -> str:
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def tried(tmp_path: Path, *arguments: str) -> dict[str, Any]:
    """Return the document of `mapping test` on the rows above."""
    pack = written(tmp_path, "ours.yaml", PACK)
    file = written(tmp_path, "rows.csv", a_table(*ROWS))
    result = mapping(tmp_path, "test", file, "--pack", pack, "--json", *arguments)
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_the_document_counts_columns_values_flags_and_refusals(tmp_path: Path) -> None:
    """Everything a machine needs to judge an export."""
    found = tried(tmp_path)

    assert (found["rows"], found["reports"], found["pack"]) == (
        3,
        2,
        {"name": "ours", "version": 1},
    )
    uses = {column["name"]: (column["use"], column["filled"]) for column in found["columns"]}
    assert uses == {
        "no": ("used", 2),
        "state": ("used", 3),
        "who": ("dropped", 1),
        "more": ("unused", 1),
    }
    assert found["unmapped"] == [{"field": "status", "value": "Mystery", "count": 1}]
    assert found["flags"]["value_unmapped"] == 1
    (refusal,) = found["refused"]
    assert (refusal["code"], refusal["rows"]) == ("no_record_id", [3])
    assert [report["source"]["record_id"] for report in found["preview"]] == ["1", "2"]


def test_people_get_pages_with_the_same_facts(tmp_path: Path) -> None:
    """And exit code 1, because a row was refused."""
    pack = written(tmp_path, "ours.yaml", PACK)
    file = written(tmp_path, "rows.csv", a_table(*ROWS))

    result = mapping(tmp_path, "test", file, "--pack", pack)

    assert result.exit_code == 1
    assert "2 reports mapped, 1 refused" in result.stdout
    assert "status: Mystery (1)" in result.stdout
    assert "1 no_record_id (rows 3)" in result.stdout
    assert "Canonical report 1" in result.stdout
    assert "Zebra" not in result.output


def test_free_text_without_a_meaning_is_counted_and_not_shown(tmp_path: Path) -> None:
    """A time that somebody typed may say anything."""
    text = "pack: ours\nversion: 1\nrecord_id: {column: no}\noccurred: {date: d, time: t}\n"
    pack = written(tmp_path, "ours.yaml", text)
    file = written(tmp_path, "rows.csv", "no,d,t\n1,2026-03-01,Mrs Zebra called\n")

    result = mapping(tmp_path, "test", file, "--pack", pack)

    assert "occurred.time: (not shown: free text) (1)" in result.stdout
    assert "Zebra" not in result.output


def test_the_shipped_packs_are_listed_and_shown(tmp_path: Path) -> None:
    """What is shown is YAML that loads again, whole."""
    listed = mapping(tmp_path, "list")
    shown = mapping(tmp_path, "show", "datixweb")

    assert {"datixweb", "dciq", "generic", "lfpse-extract", "nrls", "rl6"} <= {
        line.split()[0] for line in listed.stdout.splitlines()
    }
    file = written(tmp_path, "again.yaml", shown.stdout)
    assert mapping(tmp_path, "test", str(EXAMPLE), "--pack", file).exit_code == 0


@pytest.mark.parametrize(
    "arguments", [("show", "datixwed"), ("test", str(EXAMPLE), "--pack", "datixwed")]
)
def test_a_pack_that_does_not_exist_is_named_with_the_one_meant(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    """Told by `peerline` as a refusal with exit code 2."""
    result = mapping(tmp_path, *arguments)

    assert isinstance(result.exception, trial.PackUnknownError)
    assert "did you mean 'datixweb'?" in str(result.exception)


def test_a_tenants_settings_units_and_own_packs_count(tmp_path: Path) -> None:
    """As its reports would be mapped by the services."""
    site = a_site(tmp_path / "config")
    sources = {"datix": {"pack": "ours", "harm_scale": "nrls"}}
    a_tenant_file(site, a_tenant_document(sources=sources))
    own = "pack: ours\nextends: datixweb\nversion: 2\n"
    site.packs_folder("northwick").mkdir()
    written(site.packs_folder("northwick"), "ours.yaml", own)

    result = mapping(
        tmp_path, "test", str(EXAMPLE), "--pack", "ours", "--tenant", "northwick", "--json"
    )

    found = json.loads(result.stdout)
    assert found["pack"] == {"name": "ours", "version": 2}
    assert found["preview"][0]["location"]["unit_id"] == "picu"
    assert "harm_scale_ambiguous" not in found["flags"]
    assert found["preview"][0]["source_system"] == "datix"


def test_a_draft_over_a_shipped_pack_lists_what_has_no_meaning(tmp_path: Path) -> None:
    """It loads as it is; with its comments filled in everything is mapped."""
    result = mapping(tmp_path, "new", str(EXAMPLE), "--name", "ours")

    assert result.exit_code == 0
    assert yaml.safe_load(result.stdout)["extends"] == "datixweb"
    assert '# "CATA": ...  # 2 times' in result.stdout
    filled = _filled(result.stdout)
    pack = written(tmp_path, "ours.yaml", filled)
    found = json.loads(mapping(tmp_path, "test", str(EXAMPLE), "--pack", pack, "--json").stdout)
    assert {each["field"] for each in found["unmapped"]} == {"occurred.time", "location.unit_id"}


def _filled(draft: str) -> str:
    words = {"CATA": "death", "MEDIC": "medication", "NURS": "nurse", "INVOLV": "direct"}
    lines = []
    for line in draft.splitlines():
        head, _, rest = line.partition('# "')
        name, _, after = rest.partition('": ...')
        is_value = after.startswith("  # ") and not head.strip()
        lines.append(f'{head}"{name}": {words.get(name, "unknown")}' if is_value else line)
    return "\n".join(lines) + "\n"


def test_a_draft_of_an_unknown_export_guesses_by_names_and_values(tmp_path: Path) -> None:
    """Each guess says why; names of people are dropped; the draft loads and maps."""
    file = written(
        tmp_path,
        "other.csv",
        "Incident Number;Date of Incident;Ward;Level of Harm;Patient Surname;Patient DOB;"
        "Staff email;Job title;Remark\n"
        "7;13/04/2026;Ward 3;Low;Zebra;01/02/1960;a@x.org;Staff Nurse;x\n",
    )

    result = mapping(tmp_path, "new", file, "--name", "other")

    drafted = yaml.safe_load(result.stdout)
    assert drafted["record_id"] == {"column": "Incident Number"}
    assert drafted["occurred"]["date"]["parse"] == ["%d/%m/%Y"]
    assert drafted["patients"]["harm"]["scale"] == "tenant"
    assert drafted["staff"]["id"] == {"column": "Staff email", "system": "email"}
    assert drafted["drop"] == ["Patient Surname"]
    assert "CHECK: every value also reads as month/day" in result.stdout
    assert '"Remark"' in result.stdout
    assert "Zebra" not in result.stdout
    pack = written(tmp_path, "other.yaml", result.stdout)
    assert mapping(tmp_path, "test", file, "--pack", pack).exit_code == 0


def test_a_draft_of_json_lines_guesses_by_the_members(tmp_path: Path) -> None:
    """An export need not be a table."""
    file = written(
        tmp_path, "rows.ndjson", '{"Event ID": 7, "Status": "open", "n": null}\nno JSON\n'
    )

    result = mapping(tmp_path, "new", file, "--name", "lines")

    drafted = yaml.safe_load(result.stdout)
    assert (drafted["record_id"], drafted["status"]) == (
        {"column": "Event ID"},
        {"column": "Status"},
    )


def test_a_draft_never_overwrites_a_file(tmp_path: Path) -> None:
    """Hours of corrections may be in it."""
    output = tmp_path / "ours.yaml"

    first = mapping(tmp_path, "new", str(EXAMPLE), "--output", str(output))
    output.write_text("mine")
    second = mapping(tmp_path, "new", str(EXAMPLE), "--output", str(output))

    assert first.exit_code == 0
    assert second.exit_code == 2
    assert output.read_text() == "mine"


@pytest.mark.parametrize("name", ["empty.csv", "empty.ndjson"])
def test_an_empty_file_is_said_plainly(tmp_path: Path, name: str) -> None:
    """Nothing to guess and nothing to map."""
    result = mapping(tmp_path, "new", written(tmp_path, name, "\n"))

    assert isinstance(result.exception, ValueError)
    assert hasattr(result.exception, "hint")


def test_a_large_file_is_surveyed_in_pieces_with_the_same_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over several processes, in order, none lost at the seams."""
    monkeypatch.setattr(trial, "SMALL_BYTES", 1)
    states = {n: "closed" if n % 3 else "Odd" for n in range(1, 1203)}
    rows = [{"no": str(n), "state": state, "who": "", "more": ""} for n, state in states.items()]
    pack = written(tmp_path, "ours.yaml", PACK)
    file = written(tmp_path, "rows.csv", a_table(*rows) + "2000,closed\n")

    result = mapping(tmp_path, "test", file, "--pack", pack, "--json")

    found = json.loads(result.stdout)
    assert (found["rows"], found["reports"]) == (1203, 1202)
    assert found["unmapped"] == [{"field": "status", "value": "Odd", "count": 400}]
    assert found["refused"][0]["rows"] == [1203]
    assert [report["source"]["record_id"] for report in found["preview"]] == ["1", "2", "3"]

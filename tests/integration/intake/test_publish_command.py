"""`peerline publish`: an export of any size, whatever happens to intake meanwhile."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson

from tests.builders.guides import DOCS
from tests.builders.intake_processes import ROOT, IntakeProcesses, eventually
from tests.builders.site import a_tenant_document, a_tenant_file

ROWS = 1_203
OURS = DOCS / "examples" / "northwick-datix.yaml"
HEADER = "record_id,occurred_date,harm,narrative\n"


def an_export(folder: Path, rows: int = ROWS, nameless: int | None = None) -> Path:
    """Write an export; the row `nameless`, from 1, has no record id."""
    lines = [
        f"{'' if n == nameless else f'R-{n}'},2026-03-{n % 28 + 1:02},moderate,some words\n"
        for n in range(1, rows + 1)
    ]
    path = folder / "export.csv"
    path.write_text(HEADER + "".join(lines))
    return path


def begin(
    processes: IntakeProcesses, *arguments: str | Path, folder: Path = ROOT
) -> subprocess.Popen[str]:
    """Run the command as a publisher on another machine does."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PEERLINE_URL": f"http://127.0.0.1:{processes.port}",
        "PEERLINE_TOKEN": processes.token,
    }
    return subprocess.Popen(
        [sys.executable, "-m", "services.cli", "publish", *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def publish(
    processes: IntakeProcesses, *arguments: str | Path, folder: Path = ROOT
) -> tuple[int, str, str]:
    """Run it to its end: exit code and what it printed."""
    running = begin(processes, *arguments, folder=folder)
    out, err = running.communicate(timeout=120)
    return running.returncode, out, err


def installed(processes: IntakeProcesses) -> None:
    """Put the pack of docs/publishers.md into the tenant's folder, as its operator would."""
    document = a_tenant_document(processes.tenant, sources={"datix": {"ordering": "updated_at"}})
    a_tenant_file(processes.site, document)
    folder = processes.site.tenant_folder(processes.tenant) / "packs"
    folder.mkdir()
    shutil.copy(OURS, folder)


def incidents(processes: IntakeProcesses) -> set[str]:
    """Return the incidents that were reported."""
    keys = {report["incident_key"] for report in processes.documents("incident.reported.v1")}
    return {key.rpartition("|")[2] for key in keys if key.startswith(f"{processes.tenant}|")}


def test_an_export_larger_than_a_request_goes_in_and_what_was_refused_comes_back(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """The one row without a number is named, kept, corrected and sent."""
    processes.start("http")
    processes.start("normalise")
    export, left = an_export(tmp_path, nameless=700), tmp_path / "left.csv"

    code, out, err = publish(processes, export, "--pack", "generic", "--refused", left)
    assert (code, err) == (1, "")
    assert "export.csv: 1,202 of 1,203 reports taken" in out
    assert "refused: row 700: " in out
    assert "[no_record_id]" in out

    left.write_text(left.read_text().replace("\n,", "\nR-700,"))
    assert publish(processes, left, "--pack", "generic")[0] == 0
    eventually(lambda: len(incidents(processes)) == ROWS)


def test_a_killed_intake_delays_the_export_and_loses_nothing(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """Whatever was not answered is sent again, until somebody answers."""
    processes.start("http")
    processes.start("normalise")
    running = begin(processes, an_export(tmp_path), "--pack", "generic", "--json")
    eventually(lambda: len(processes.records("incident.raw.v1")) > 0)
    processes.kill("http")
    processes.start("http")

    out, err = running.communicate(timeout=120)
    assert (running.returncode, err) == (0, "")
    assert orjson.loads(out)["taken"] == ROWS
    eventually(lambda: len(incidents(processes)) == ROWS)


def test_a_trial_reports_the_same_and_stores_nothing(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """Nobody can be contacted over it."""
    processes.start("http")
    before = len(processes.records("incident.raw.v1"))

    code, out, _ = publish(processes, an_export(tmp_path, 3), "--pack", "generic", "--validate")

    assert (code, out.splitlines()[0]) == (0, "export.csv: 3 of 3 reports would be taken")
    assert len(processes.records("incident.raw.v1")) == before


def test_other_files_need_no_pack(processes: IntakeProcesses, tmp_path: Path) -> None:
    """JSON, a report per line, FHIR: what they are is recognised, several files at once."""
    processes.start("http")
    event = {"resourceType": "AdverseEvent", "id": "a", "actuality": "actual"}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [{"resource": event}]}
    files = {
        "one.json": orjson.dumps({"record_id": "1", "kind": "incident"}),
        "many.json": orjson.dumps([{"record_id": "1"}, {"record_id": "2"}]),
        "lines.ndjson": b'{"record_id": "1"}\n{"record_id": "2"}',
        "fhir.json": orjson.dumps(event),
        "bundle.json": orjson.dumps(bundle),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    code, out, err = publish(processes, *(tmp_path / name for name in files))

    told = [line.partition(" reports")[0] for line in out.splitlines() if line[0] != " "]
    assert (code, err) == (0, "")
    assert told == [
        "one.json: 1 of 1",
        "many.json: 2 of 2",
        "lines.ndjson: 2 of 2",
        "fhir.json: 1 of 1",
        "bundle.json: 1 of 1",
    ]


def test_the_commands_of_the_guide_send_its_export(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """First tried, then sent, with the pack of docs/publishers.md in the tenant's folder."""
    installed(processes)
    shutil.copy(OURS, tmp_path)
    (tmp_path / "docs").symlink_to(DOCS)
    processes.start("http")
    guide = (DOCS / "publishers.md").read_text(encoding="utf-8")
    tried, sent = re.findall(r"^peerline publish (.*)$", guide, re.MULTILINE)
    (shown,) = re.findall(r"^northwick-datix.csv: .* taken$", guide, re.MULTILINE)

    assert publish(processes, *tried.split(), folder=tmp_path)[0] == 0
    code, out, err = publish(processes, *sent.split(), folder=tmp_path)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == shown


def test_a_pack_counts_as_it_is_installed_at_intake(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """By its name it need not be known here; as a file it must be the version that intake has."""
    installed(processes)
    processes.start("http")
    export = DOCS / "examples" / "northwick-datix.csv"
    changed = tmp_path / "ours.yaml"
    changed.write_text(OURS.read_text().replace("version: 1", "version: 7"))

    assert publish(processes, export, "--pack", "northwick-datix")[0] == 0
    before = len(processes.records("incident.raw.v1"))
    code, out, err = publish(processes, export, "--pack", changed)
    assert (code, out) == (2, "")
    assert "reads with version 1, your file is version 7" in err
    assert len(processes.records("incident.raw.v1")) == before


def test_what_is_missing_is_told_before_anything_is_sent(
    processes: IntakeProcesses, tmp_path: Path
) -> None:
    """A table without a pack; nobody who answers; a token that nobody has."""
    export = an_export(tmp_path, 3)
    assert "no pack says what its columns mean" in publish(processes, export)[2]
    away = publish(processes, export, "--pack", "generic", "--patience", "0")
    assert (away[0], "ConnectionRefusedError" in away[2]) == (2, True)

    processes.start("http")
    processes.token = "plt_nobody"
    code, out, err = publish(processes, export, "--pack", "generic")
    assert (code, out) == (2, "")
    assert "401" in err
    assert "plt_nobody" not in err

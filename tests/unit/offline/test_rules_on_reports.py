"""`peerline rules test` and `diff`: a rule set on sample reports, and against another one."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from services.cli import peerline
from services.offline.expected import ExpectationsUnreadableError
from services.triage.rules_cli.opening import NoSuchSetError
from tests.builders.reports import a_native_report
from tests.builders.rules import a_document, a_points_rule, a_rule

REPORTS = [
    a_native_report(),
    a_native_report(record_id="INC-2", staff=None),
    a_native_report(record_id="INC-3", patients=[{"harm": "none"}]),
]


def run(folder: Path, *arguments: str) -> Result:
    """Run `peerline rules ...` without a site."""
    environment = {"PEERLINE_CONFIG": str(folder / "config")}
    return CliRunner().invoke(peerline, ["rules", *arguments], env=environment)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a rule set and, below it, a folder of reports."""
    a_set(tmp_path, "ours.yaml")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "a.json").write_text(json.dumps(REPORTS))
    return tmp_path


def a_set(folder: Path, name: str, *rules: dict[str, Any], **overrides: Any) -> Path:
    """Write a rule file."""
    path = folder / name
    path.write_text(yaml.safe_dump(a_document(*rules, **overrides), sort_keys=False, width=999))
    return path


def test_a_table_says_who_gets_what_and_why(folder: Path) -> None:
    """The examples first, then one row per person or team, then how many got what."""
    result = run(folder, "test", str(folder / "ours.yaml"), str(folder / "reports"))

    lines = result.stdout.splitlines()
    assert lines[0].startswith("test-set version 1: 6 examples hold, ")
    rows = [re.split(r"  +", line) for line in lines[2:6]]
    assert rows == [
        ["RECORD", "WHO", "TIER", "PRIORITY", "WHY"],
        ["INC-1", "nurse, direct", "2", "high", "child_death"],
        ["INC-2", "team of ward-7", "2", "high", "child_death"],
        ["INC-3", "nurse, direct", "0", "none"],
    ]
    assert lines[-2:] == [
        "tier 0, nobody: 1 of 3 reports",
        "tier 2, a peer: 2 of 3 reports",
    ]


def test_a_set_may_be_tried_without_reports(folder: Path) -> None:
    """Its own examples are the least."""
    result = run(folder, "test", str(folder / "ours.yaml"))

    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 1)


def test_expectations_must_come_true(folder: Path) -> None:
    """A record with another tier, or in no file, makes the command fail."""
    expected = folder / "expected.yaml"
    expected.write_text("INC-1: 2\nINC-3: 1\nINC-9: 0\n")

    result = run(
        folder,
        "test",
        str(folder / "ours.yaml"),
        str(folder / "reports"),
        "--expect",
        str(expected),
    )

    assert result.exit_code == 1
    assert "not as expected: INC-3: tier 0, expected 1" in result.stdout
    assert "not as expected: INC-9: expected with tier 0, but it is in no file" in result.stdout
    assert "INC-1: tier" not in result.stdout


@pytest.mark.parametrize("text", ["INC-1: 4", "INC-1: high", "[INC-1]"])
def test_expectations_that_are_none_are_refused(folder: Path, text: str) -> None:
    """With what to write."""
    (folder / "expected.yaml").write_text(text)
    options = ["--expect", str(folder / "expected.yaml")]

    refusal = run(
        folder, "test", str(folder / "ours.yaml"), str(folder / "reports"), *options
    ).exception

    assert isinstance(refusal, ExpectationsUnreadableError)
    assert "RECORD: TIER" in str(refusal)


def test_a_report_that_cannot_be_read_fails_but_hides_no_other(folder: Path) -> None:
    """The rest is told all the same."""
    (folder / "reports" / "b.json").write_text('"no report"')

    result = run(folder, "test", str(folder / "ours.yaml"), str(folder / "reports"))

    assert result.exit_code == 1
    assert "b.json, row 1: refused" in result.stderr
    assert "INC-3" in result.stdout


def test_withheld_and_open_questions_stand_in_the_table(folder: Path) -> None:
    """An age is missing, and the person was offered support already."""
    staff = [REPORTS[0]["staff"][0] | {"support_offered": "yes"}]
    report = a_native_report(patients=[{"harm": "death"}], staff=staff)
    (folder / "reports" / "a.json").write_text(json.dumps(report))

    result = run(folder, "test", str(folder / "ours.yaml"), str(folder / "reports"))

    assert "child_death; withheld: already_supported; 1 questions" in result.stdout


def test_diff_says_what_changed_and_for_whom(folder: Path) -> None:
    """A lower floor: two reports differ; the digest names sets, reports and changes."""
    changed = a_rule(floor={"tier": 1, "priority": "routine"}, id="child_death_local")
    new = a_set(folder, "new.yaml", changed, a_points_rule(), version=2)
    options = ["--reports", str(folder / "reports")]

    result = run(folder, "diff", str(folder / "ours.yaml"), str(new), *options)
    again = run(folder, "diff", str(folder / "ours.yaml"), str(new), *options)

    assert "added    child_death_local: A child died; tier 1, routine" in result.stdout
    assert (
        "INC-1, nurse, direct: tier 2 high → tier 1 routine   +child_death_local -child_death"
        in result.stdout
    )
    assert "3 reports: 2 decided otherwise" in result.stdout
    assert "people and teams with an offer: 2 → 0" in result.stdout
    assert re.search(r"what-if digest: sha256:[0-9a-f]{64}$", result.stdout.rstrip())
    assert result.stdout == again.stdout


def test_diff_of_a_set_with_itself_finds_nothing(folder: Path) -> None:
    """Nothing to tell, and nobody who gets anything else."""
    ours = str(folder / "ours.yaml")

    result = run(folder, "diff", ours, ours, "--reports", str(folder / "reports"))

    assert "No difference: both decide alike." in result.stdout
    assert "0 decided otherwise, 0 more" in result.stdout


def test_sets_have_names_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the working folder, with or without a version, and those that ship."""
    monkeypatch.chdir(folder)
    a_set(folder, "newer.yaml", version=2)

    newest = run(folder, "diff", "test-set@1", "test-set")
    unknown = run(folder, "diff", "test-set@3", "x").exception

    assert "A: test-set version 1" in newest.stdout
    assert "B: test-set version 2" in newest.stdout
    assert isinstance(unknown, NoSuchSetError)

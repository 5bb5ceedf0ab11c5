"""`peerline decide`: files in, one JSON line per report out, refusals on standard error."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from services.cli import peerline
from tests.builders.reports import a_native_report
from tests.builders.site import a_site

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
KEYS = [
    "record_id",
    "tier",
    "priority",
    "group_support",
    "persons",
    "team",
    "reasons",
    "questions",
    "outcome",
    "quality",
]


def _decide(tmp_path: Path, *arguments: str, stdin: str | None = None) -> Result:
    environment = {"PEERLINE_CONFIG": str(tmp_path / "config")}
    return CliRunner().invoke(peerline, ["decide", *arguments], input=stdin, env=environment)


def _file(tmp_path: Path, content: object, name: str = "reports.json") -> str:
    path = tmp_path / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def _lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_report_gives_one_line_with_the_documented_keys(tmp_path: Path) -> None:
    """An array of two reports gives two lines, in order."""
    reports = [a_native_report(), a_native_report(record_id="INC-2", patients=[{"harm": "none"}])]

    first, second = _lines(_decide(tmp_path, _file(tmp_path, reports)))

    assert list(first) == KEYS
    assert [first["record_id"], second["record_id"]] == ["INC-1", "INC-2"]
    assert (first["tier"], first["priority"], first["outcome"]) == (2, "urgent", "offer")
    assert "child_death" in first["reasons"]
    assert first["persons"][0]["role"] == "nurse"
    assert second["outcome"] == "none"


def test_the_highest_tier_of_persons_and_team_stands_on_top(tmp_path: Path) -> None:
    """Nobody is named: the team has the tier."""
    (line,) = _lines(_decide(tmp_path, _file(tmp_path, a_native_report(staff=None))))

    assert line["persons"] == []
    assert line["team"]["unit_id"] == "ward-7"
    assert line["tier"] == line["team"]["tier"] == 2


def test_files_are_decided_in_order_with_one_memory(tmp_path: Path) -> None:
    """The same report in a second file is a duplicate."""
    one = _file(tmp_path, a_native_report(), "one.json")
    two = _file(tmp_path, json.dumps(a_native_report()) + "\n", "two.ndjson")

    lines = _lines(_decide(tmp_path, one, two))

    assert [line["outcome"] for line in lines] == ["offer", "duplicate"]


def test_standard_input_is_read_for_a_dash(tmp_path: Path) -> None:
    """So that a pipe can end here."""
    (line,) = _lines(_decide(tmp_path, "-", stdin=json.dumps(a_native_report())))

    assert line["record_id"] == "INC-1"


def test_a_refused_report_is_named_with_code_and_pointer(tmp_path: Path) -> None:
    """The others are decided all the same; the exit code says that one was refused."""
    result = _decide(tmp_path, _file(tmp_path, [a_native_report(), {"staff": []}]))

    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert ", row 2: refused, no_record_id at /record_id: " in result.stderr


def test_a_file_that_is_no_json_is_refused_without_quoting_it(tmp_path: Path) -> None:
    """The line has the code and what to do, and no word of the file."""
    result = _decide(tmp_path, _file(tmp_path, "Mrs Smith fell {", "note.json"))

    assert result.exit_code == 1
    assert "undecodable" in result.stderr
    assert "Smith" not in result.output


def test_a_file_that_does_not_exist_is_said_plainly(tmp_path: Path) -> None:
    """Nothing is decided."""
    result = _decide(tmp_path, str(tmp_path / "absent.json"))

    assert result.exit_code == 2
    assert "does not exist" in result.stderr
    assert result.stdout == ""


def test_old_files_are_not_late_unless_received_at_says_so(tmp_path: Path) -> None:
    """Reports count as received when they were reported."""
    path = _file(tmp_path, a_native_report())

    plain = _decide(tmp_path, path, "--explain")
    late = _decide(tmp_path, path, "--explain", "--received-at", "2026-12-24T00:00:00Z")

    assert "too long ago" not in plain.stdout
    assert "too long ago" in late.stdout


@pytest.mark.parametrize("moment", ["yesterday", "2026-12-24T00:00:00"])
def test_a_moment_without_an_offset_is_refused(tmp_path: Path, moment: str) -> None:
    """Which hour would it be?"""
    result = _decide(tmp_path, _file(tmp_path, a_native_report()), "--received-at", moment)

    assert result.exit_code == 2


def test_explain_says_who_why_and_by_which_source(tmp_path: Path) -> None:
    """Plain words: the rule's title, its sentence, its source, and what is not known."""
    result = _decide(tmp_path, _file(tmp_path, a_native_report()), "--explain")

    assert result.exit_code == 0
    assert "because A child died [child_death]: at least tier 2, high" in result.stdout
    assert "A patient in the age group child died." in result.stdout
    assert "source: " in result.stdout
    assert "tier 2, a trained peer reaches out; urgent, within 4 hours" in result.stdout


def test_a_rule_file_of_the_site_decides_instead_of_the_default(tmp_path: Path) -> None:
    """A set with a misspelt field is refused as a whole."""
    rules = _file(tmp_path, "rule_set: broken\nversions: 1\n", "rules.yaml")

    result = _decide(tmp_path, _file(tmp_path, a_native_report()), "--rules", rules)

    assert result.exit_code != 0
    assert result.stdout == ""


def test_a_tenant_of_this_site_maps_with_its_own_key(tmp_path: Path) -> None:
    """Pseudonyms are those of production, so that lines can be compared with the console."""
    site = a_site(tmp_path / "config")
    path = _file(tmp_path, a_native_report())

    (own,) = _lines(_decide(tmp_path, path, "--tenant", site.tenants()[0]))
    (trial,) = _lines(_decide(tmp_path, path))

    assert own["persons"][0]["person_ref"] != trial["persons"][0]["person_ref"]


@pytest.mark.parametrize(
    ("name", "reason", "record_id"),
    [
        ("lfpse-v6.json", "child_death", "https://trust.example/incidents|W-20417"),
        ("ahrq-event-form.json", "death", "E-456/74495-3"),
    ],
)
def test_the_published_examples_of_national_formats_are_decided(
    tmp_path: Path, name: str, reason: str, record_id: str
) -> None:
    """As a hospital would send them; the death is seen in both."""
    (found,) = _lines(_decide(tmp_path, str(EXAMPLES / name)))

    assert (found["record_id"], found["outcome"]) == (record_id, "offer")
    assert any(reason in each for each in found["reasons"])


def test_the_real_fhir_samples_are_decided(tmp_path: Path) -> None:
    """Every R4 sample gives a line or a named refusal."""
    if not SAMPLES.exists():
        pytest.skip("the samples are not beside the checkout: real FHIR files were not decided")
    files = sorted(str(path) for path in SAMPLES.glob("fhir-r4*/*.json"))

    lines = _lines(_decide(tmp_path, *files))

    assert len(lines) >= len(files)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here: none decided")
@pytest.mark.parametrize("release", ["fhir-stu3", "fhir-r4", "fhir-r4b"])
def test_a_mild_rash_opens_no_outreach_in_any_release(tmp_path: Path, release: str) -> None:
    """The published example of each release: nobody is asked for anything."""
    (line,) = _lines(_decide(tmp_path, str(SAMPLES / release / "AdverseEvent-example.json")))

    assert (line["outcome"], line["tier"], line["priority"]) == ("none", 0, "none")

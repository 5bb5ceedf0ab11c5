"""`peerline rules` at the terminal: what each command prints, and how it refuses."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from services.triage.domain.rule_lock import ReleasedRuleChangedError
from services.triage.domain.rule_problems import RuleSetError
from services.triage.rules_cli.activating import MomentUnreadableError
from services.triage.rules_cli.group import group
from services.triage.rules_cli.inserting import CannotInsertError
from services.triage.rules_cli.opening import NoSuchRuleError
from tests.builders.rules import a_document, a_points_rule, a_rule


def run(*arguments: str) -> Result:
    """Run `peerline rules ...`."""
    return CliRunner().invoke(group, list(arguments))


def a_file(folder: Path, *rules: dict[str, object], name: str = "site.yaml") -> Path:
    """Write a rule file."""
    path = folder / name
    path.write_text(yaml.safe_dump(a_document(*rules), sort_keys=False, width=1000))
    return path


def test_check_says_what_it_found(tmp_path: Path) -> None:
    """A sound folder is told file by file."""
    a_file(tmp_path)

    result = run("check", str(tmp_path))

    assert result.exit_code == 0
    assert result.stdout.startswith("site.yaml: 2 rules, not released, sha256:")


def test_check_refuses_a_misspelt_field_and_says_which_was_meant(tmp_path: Path) -> None:
    """The whole set, with exit code 1."""
    path = a_file(tmp_path, a_rule(when="patient.died and patient.age_grop <= adolescent"))

    result = run("check", str(path))

    assert result.exit_code == 1
    assert "Did you mean `patient.age_group`?" in result.stderr


def test_a_locked_set_may_not_change(tmp_path: Path) -> None:
    """Nor a rule under its old id; a new version with a new rule may follow."""
    path = a_file(tmp_path)
    assert run("lock", str(path)).exit_code == 0
    assert ", released," in run("check", str(path)).stdout

    a_file(tmp_path, a_rule(floor={"tier": 1, "priority": "routine"}), a_points_rule())
    changed = run("check", str(path))

    assert changed.exit_code == 1
    assert "new version" in changed.stderr


def test_the_lock_is_only_appended_to(tmp_path: Path) -> None:
    """Lines of released sets stay where they are."""
    path = a_file(tmp_path)
    run("lock", str(path))
    before = (tmp_path / "rules.lock").read_text()
    document = a_document(a_rule(), a_points_rule(), a_rule(id="another"), version=2)
    path.write_text(yaml.safe_dump(document))

    run("lock", str(path))

    after = (tmp_path / "rules.lock").read_text()
    assert after.startswith(before)
    assert "rule test-set another sha256:" in after


def test_lock_refuses_a_changed_rule(tmp_path: Path) -> None:
    """The refusal reaches the command line as our own."""
    path = a_file(tmp_path)
    run("lock", str(path))
    a_file(tmp_path, a_rule(follow_up="extended"), a_points_rule())

    assert isinstance(run("lock", str(path)).exception, ReleasedRuleChangedError)


def test_list_and_explain_show_what_ships() -> None:
    """Without a file the commands speak of peerline-default."""
    listed, explained = run("list").stdout, run("explain", "child_death").stdout

    assert listed.startswith("peerline-default version 1")
    assert "child_death" in listed
    assert "fires when  all of this:" in explained
    assert "as written  patient.died" in explained
    assert "source      policy:" in explained


def test_explain_of_an_unknown_rule_names_the_nearest() -> None:
    """A typing mistake is common."""
    refusal = run("explain", "child_deth").exception

    assert isinstance(refusal, NoSuchRuleError)
    assert "child_death" in str(refusal)


def test_show_prints_the_flattened_set(tmp_path: Path) -> None:
    """It is what the hash covers."""
    shown = json.loads(run("show", str(a_file(tmp_path))).stdout)

    assert [rule["id"] for rule in shown["rules"]] == ["child_death", "third_exposure"]


def test_facts_lists_the_model() -> None:
    """With types and codes."""
    assert "patient.harm" in run("facts").stdout
    assert "none, mild, moderate, severe, death" in run("facts").stdout


@pytest.mark.parametrize("moment", ["tomorrow", "2026-01-01T00:00:00"])
def test_activate_refuses_a_moment_without_offset(moment: str) -> None:
    """Before anything is connected."""
    options = ["--tenant", "t", "--mode", "live", "--approved-by", "lead"]

    refusal = run("activate", *options, "--effective-from", moment).exception

    assert isinstance(refusal, MomentUnreadableError)


def far_examples() -> dict[str, object]:
    """Return a rule whose examples miss the boundary of its age group."""
    return a_rule(examples=[e for e in a_rule()["examples"] if e["name"] != "18"])


def test_check_names_the_change_that_no_example_notices(tmp_path: Path) -> None:
    """File, line, column, the change, and the example that would notice it."""
    path = a_file(tmp_path, far_examples())

    result = run("check", str(path))

    row = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "  when:" in text)
    assert result.exit_code == 1
    assert (
        f"site.yaml:{row}:{len('  when: patient.died and ') + 1}: rule child_death" in result.stderr
    )
    assert "`patient.age_group <= adolescent` → `patient.age_group <= young_adult`" in result.stderr
    assert "facts: {patient.age_group: young_adult, patient.died: true}" in result.stderr


def test_check_can_leave_the_mutants_out(tmp_path: Path) -> None:
    """While a rule is being written."""
    path = a_file(tmp_path, far_examples())

    assert run("check", "--no-mutants", str(path)).exit_code == 0


def test_check_tells_only_a_few_of_many_survivors(tmp_path: Path) -> None:
    """The rest is one line that says how to get all examples at once."""
    few = [e for e in a_rule()["examples"] if e["name"] in {"17", "survived", "age missing"}]
    rule = a_rule(
        when="patient.died and patient.age_group in [child, adolescent, young_adult]",
        examples=few,
    )

    said = run("check", str(a_file(tmp_path, rule))).stderr

    assert said.count("no example notices") == 6
    assert "suggest-examples FILE --rule child_death" in said


def test_a_set_that_examples_do_not_hold_is_not_activated(tmp_path: Path) -> None:
    """It is refused before anything is connected, as is its release."""
    path = str(a_file(tmp_path, far_examples()))
    options = ["--tenant", "t", "--mode", "live", "--approved-by", "lead"]

    assert isinstance(run("activate", path, *options).exception, RuleSetError)
    assert isinstance(run("lock", path).exception, RuleSetError)


def test_suggested_examples_can_be_pasted_or_written(tmp_path: Path) -> None:
    """A draft without examples becomes a rule that passes; comments stay."""
    path = a_file(tmp_path, a_rule(examples=[]), a_points_rule())
    path.write_text(f"# our policy\n{path.read_text()}# the end\n")

    printed = run("suggest-examples", str(path), "--rule", "child_death").stdout
    written = run("suggest-examples", str(path), "--write")

    assert printed.startswith("# child_death")
    assert printed.splitlines()[1].startswith("      - {name: ")
    assert "added to 1 rules" in written.stdout
    assert path.read_text().startswith("# our policy\n")
    assert path.read_text().endswith("# the end\n")
    assert run("check", str(path)).exit_code == 0
    assert "Nothing to add" in run("suggest-examples", str(path)).stdout


@pytest.mark.parametrize("style", ["block", "flow"])
def test_examples_go_behind_the_last_one(tmp_path: Path, style: str) -> None:
    """Whether entries are written over several lines or in braces."""
    path = a_file(tmp_path, far_examples())
    if style == "flow":
        document = yaml.safe_load(path.read_text())
        text = "".join(f"    - {json.dumps(e)}  # why\n" for e in document["rules"][0]["examples"])
        document["rules"][0].pop("examples")
        path.write_text(
            f"{yaml.safe_dump(document, sort_keys=False, width=999)}  examples:\n{text}"
        )

    assert run("suggest-examples", str(path), "--write").exit_code == 0

    assert run("check", str(path)).exit_code == 0
    assert path.read_text().count("- {name: age group young adult and died") == 1


def test_a_layout_that_cannot_be_continued_is_left_alone(tmp_path: Path) -> None:
    """All examples on one line: nothing is written."""
    path = tmp_path / "site.yaml"
    path.write_text(json.dumps(a_document(far_examples())))
    before = path.read_text()

    refusal = run("suggest-examples", str(path), "--write").exception

    assert isinstance(refusal, CannotInsertError)
    assert path.read_text() == before


def test_activate_takes_only_a_digest_for_a_comparison() -> None:
    """A sentence in its place would prove nothing."""
    options = ["--tenant", "t", "--mode", "live", "--approved-by", "lead", "--what-if", "we looked"]

    result = run("activate", *options)

    assert result.exit_code == 2
    assert "peerline rules diff" in result.stderr

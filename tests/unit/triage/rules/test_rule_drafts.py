"""`peerline rules new`: a draft that loads, and whose comments are true."""

import json
import re
from pathlib import Path

from click.testing import CliRunner, Result

from services.triage.rule_files import load_file, load_shipped, shipped_folder
from services.triage.rules_cli.drafting import FileExistsAlreadyError, NameUnreadableError
from services.triage.rules_cli.group import group
from services.triage.rules_cli.opening import NoSuchSetError


def run(*arguments: str) -> Result:
    """Run `peerline rules ...`."""
    return CliRunner().invoke(group, list(arguments))


def test_a_draft_passes_every_check(tmp_path: Path) -> None:
    """Before anything is changed; the schema lies beside it."""
    written = run("new", "my-site", "--folder", str(tmp_path), "--alone")

    assert written.exit_code == 0
    assert run("check", str(tmp_path / "my-site.yaml")).exit_code == 0
    assert json.loads((tmp_path / "rule-set.schema.json").read_text())["title"]


def test_a_draft_on_a_base_decides_as_the_base_does(tmp_path: Path) -> None:
    """Nothing differs yet but the name."""
    run("new", "my-site", "--folder", str(tmp_path))

    site = load_file(tmp_path / "my-site.yaml", (shipped_folder(),))

    base = load_shipped()
    assert [rule.id for rule in site.rules] == [rule.id for rule in base.rules]
    assert (site.late, site.merge, site.points_to_tier) == (
        base.late,
        base.merge,
        base.points_to_tier,
    )


def test_what_stands_in_a_draft_as_a_comment_works_without_the_comment(tmp_path: Path) -> None:
    """Every line that an author may uncomment is one that loads and passes the check."""
    run("new", "my-site", "--folder", str(tmp_path))
    path = tmp_path / "my-site.yaml"
    head, _, entries = path.read_text().partition("rules: []\n")
    words = r"^# (?=(scope|points_to_tier|group_support|late|merge): [\[{])"
    active = re.sub(words, "", head, flags=re.MULTILINE)
    path.write_text(f"{active}rules:\n{re.sub('^# ', '', entries, flags=re.MULTILINE)}")

    checked = run("check", str(path))

    site = load_file(path, (shipped_folder(),))
    assert checked.exit_code == 0, checked.stderr
    assert "sample_child_severe_harm" in {rule.id for rule in site.rules}
    assert len(site.rules) == len(load_shipped().rules)
    assert active.count("\n#") == head.count("\n#") - 5


def test_a_draft_may_stand_on_a_set_of_the_folder(tmp_path: Path) -> None:
    """On its newest version."""
    for version in ("1", "2"):
        run("new", "group", "--alone", "--folder", str(tmp_path))
        text = (tmp_path / "group.yaml").read_text().replace("version: 1 ", f"version: {version} ")
        (tmp_path / f"group-{version}.yaml").write_text(text)
        (tmp_path / "group.yaml").unlink()

    run("new", "site", "--extends", "group", "--folder", str(tmp_path))

    assert load_file(tmp_path / "site.yaml").document["base"]["version"] == 2


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    """Somebody's work may be in it."""
    (tmp_path / "my-site.yaml").write_text("# mine")

    refusal = run("new", "my-site", "--folder", str(tmp_path)).exception

    assert isinstance(refusal, FileExistsAlreadyError)


def test_an_unknown_base_names_the_nearest(tmp_path: Path) -> None:
    """Or what ships, where nothing is near."""
    near = run("new", "a", "--extends", "peerline-defalt", "--folder", str(tmp_path)).exception
    far = run("new", "a", "--extends", "zzz", "--folder", str(tmp_path)).exception

    assert isinstance(near, NoSuchSetError)
    assert "did you mean 'peerline-default'" in str(near)
    assert "ships with Peerline" in str(far)


def test_a_name_that_no_set_can_have_is_refused(tmp_path: Path) -> None:
    """Before anything is written."""
    refusal = run("new", "My Site", "--folder", str(tmp_path)).exception

    assert isinstance(refusal, NameUnreadableError)
    assert list(tmp_path.iterdir()) == []

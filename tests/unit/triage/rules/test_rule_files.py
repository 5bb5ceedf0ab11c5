"""Rule files: YAML of JSON types only, and every problem with its line and column."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.rule_problems import RuleSetError
from services.triage.rule_files import load_file, load_rule_set, load_shipped, read_rule_file
from tests.builders.rules import a_document, a_points_rule, a_rule

# Each seed costs a process; this process has one more, its own.
SEEDS = ("4711", "0", "1")[: 1 if settings().max_examples < 100 else None]
TEXT = yaml.safe_dump(a_document(), sort_keys=False, width=1000)


def refusal_of(text: str) -> str:
    """Return what is said of a refused text."""
    with pytest.raises(RuleSetError) as refusal:
        load_rule_set(text, file="site.yaml")
    return str(refusal.value)


def test_a_problem_has_the_line_and_column_of_its_word() -> None:
    """The column is that of the misspelt fact itself, inside the condition."""
    said = refusal_of(TEXT.replace("died and patient.age_group", "died and patient.age_grp"))

    line = next(i for i, text in enumerate(TEXT.splitlines(), 1) if "when: patient" in text)
    assert f"site.yaml:{line}:{len('  when: patient.died and ') + 1}:" in said
    assert "Did you mean `patient.age_group`?" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x 1\nb: *x", "anchors"),
        ("a: !!str 1", "tags"),
        ("a: !python/object:os.system x", "tags"),
        ("a: 2026-01-01", "timestamp"),
        ("a: yes", "bool"),
        ("a: 0x1F", "int"),
        ("a: 1_000", "int"),
        ("a: 1.5", "float"),
        ("a: ~", "null"),
        ("a: 1\na: 2", "twice"),
        ("1: a", "not text"),
        ("[a]: b", "not text"),
        ("a: [", "not YAML"),
        ("a: b\n---\nc: d", "not YAML"),
        ("", "empty"),
        ("a: \x00", "characters"),
        ("[" * 20 + "]" * 20, "deeper"),
        ("<<: {a: 1}", "merge"),
        ("a: " + "x" * 300_000, "256 kB"),
    ],
)
def test_yaml_beyond_json_is_refused(text: str, says: str) -> None:
    """A file must read the same in every tool."""
    assert says in refusal_of(text)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No other failure, whatever the bytes."""
    with contextlib.suppress(RuleSetError):
        document, places = read_rule_file(text, file="x.yaml")
        assert json.loads(json.dumps(document)) == document
        assert () in places


def test_quotes_keep_words_that_look_like_something_else() -> None:
    """A quoted date is text."""
    document, _ = read_rule_file('a: "2026-01-01"\nb: "yes"\nc: true\nd: -3', file="x.yaml")

    assert document == {"a": "2026-01-01", "b": "yes", "c": True, "d": -3}


def test_the_hash_ignores_layout_and_order() -> None:
    """Key order, rule order, white space and style are no meaning."""
    other = a_document(
        a_points_rule(), a_rule(when="patient.died   and patient.age_group <= adolescent")
    )
    turned = json.dumps(dict(reversed(other.items())), indent=3)

    assert load_rule_set(turned, file="b.yaml").hash == load_rule_set(TEXT, file="a.yaml").hash


def test_the_hash_changes_with_the_meaning() -> None:
    """One number is enough."""
    changed = TEXT.replace("points: 30", "points: 31")

    assert load_rule_set(changed, file="b.yaml").hash != load_rule_set(TEXT, file="a.yaml").hash


@pytest.mark.parametrize("seed", SEEDS)
def test_the_hash_is_the_same_on_every_hash_seed(seed: str) -> None:
    """Sets are unordered; nothing of that may reach the document."""
    code = "from services.triage.rule_files import load_shipped; print(load_shipped().hash)"

    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert printed.strip() == load_shipped().hash


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the base set."""
    (tmp_path / "base.yaml").write_text(TEXT)
    return tmp_path


def a_site_file(base_hash: str, rules: list[object], **extra: object) -> str:
    """Return a set that extends the one of this module."""
    document = {
        "rule_set": "site",
        "version": 1,
        "schema": "triage-facts/1",
        "semantics": "kleene/1",
        "extends": {"rule_set": "test-set", "version": 1, "hash": base_hash},
        **extra,
        "rules": rules,
    }
    return yaml.safe_dump(document, sort_keys=False)


def test_a_site_set_adds_retires_and_overrides(folder: Path) -> None:
    """The flattened set has the base's rules but the retired, and the site's own numbers."""
    base = load_file(folder / "base.yaml")
    mine = a_rule(id="my_rule")
    retire = {"id": "third_exposure", "retired": {"in": 1, "reason": "we count otherwise"}}
    late = {"after": "7 days", "then": "none"}
    (folder / "site.yaml").write_text(a_site_file(base.hash, [mine, retire], late=late))

    site = load_file(folder / "site.yaml")

    assert [rule.id for rule in site.rules] == ["child_death", "my_rule"]
    assert site.late.after.days == 7
    assert site.points_to_tier == base.points_to_tier
    assert site.document["base"]["hash"] == base.hash
    assert "retired" in {key for rule in site.document["rules"] for key in rule}


def test_a_base_of_another_hash_is_refused(folder: Path) -> None:
    """A site set stands on exactly the base that was reviewed."""
    (folder / "site.yaml").write_text(a_site_file("sha256:0", [a_rule(id="mine")]))

    with pytest.raises(RuleSetError, match="write its hash"):
        load_file(folder / "site.yaml")


def test_a_base_that_is_not_there_is_refused(folder: Path) -> None:
    """The message says where it was looked for."""
    (folder / "base.yaml").unlink()
    (folder / "site.yaml").write_text(a_site_file("sha256:0", []))

    with pytest.raises(RuleSetError, match="was not found"):
        load_file(folder / "site.yaml")


def test_a_site_cannot_change_a_rule_of_the_base_under_its_id(folder: Path) -> None:
    """A changed meaning is a new id."""
    base = load_file(folder / "base.yaml")
    (folder / "site.yaml").write_text(a_site_file(base.hash, [a_rule(title="Other")]))

    with pytest.raises(RuleSetError, match="used twice"):
        load_file(folder / "site.yaml")


def test_a_problem_in_a_site_set_keeps_its_line(folder: Path) -> None:
    """Flattening moves rules; places move with them."""
    base = load_file(folder / "base.yaml")
    text = a_site_file(base.hash, [a_rule(id="aaa_rule", when="patient.dead")])
    (folder / "site.yaml").write_text(text)
    line = next(i for i, row in enumerate(text.splitlines(), 1) if "patient.dead" in row)

    with pytest.raises(RuleSetError, match=rf"site.yaml:{line}:\d+: rule aaa_rule, when"):
        load_file(folder / "site.yaml")

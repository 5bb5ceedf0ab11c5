"""Golden decisions: what was once decided is decided so for ever; the rest is a component test."""

from pathlib import Path

import pytest

from scripts import goldens
from services.triage.domain.condition import Operator, leaves
from services.triage.domain.fact_model import FACTS
from services.triage.domain.ruleset import Floor, Points
from services.triage.rule_files import load_file
from tests.builders import golden_file
from tests.builders.golden_decisions import FOLDER, Block, decide_block
from tests.builders.golden_file import differences, read_digests, read_reasons
from tests.builders.golden_reports import BLOCKS, REPORTS

FIRST = 0


def test_the_first_block_is_decided_as_committed() -> None:
    """250 reports, byte for byte; `python -m scripts.goldens` shows what differs."""
    assert list(differences(read_digests(), {FIRST: decide_block(FIRST).digests})) == []


def test_ten_thousand_decisions_are_committed() -> None:
    """Every block is there in full, and hardly any two decisions are alike."""
    digests = read_digests()

    assert [len(digests[block]) for block in range(BLOCKS)] == [REPORTS] * BLOCKS
    assert len({digest for block in digests.values() for digest in block}) > 9_500


@pytest.fixture
def committed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give a file with one block of two digests; the code decides the second otherwise."""
    path = tmp_path / "kleene-1.digests"
    golden_file.write_digests({FIRST: ["a" * 16, "b" * 16]}, [], path)
    monkeypatch.setattr(goldens, "read_digests", lambda: read_digests(path))
    monkeypatch.setattr(goldens, "read_reasons", lambda: read_reasons(path))
    monkeypatch.setattr(
        goldens,
        "write_digests",
        lambda digests, reasons: golden_file.write_digests(digests, reasons, path),
    )
    today = Block(FIRST, ["a" * 16, "c" * 16], frozenset())
    monkeypatch.setattr(goldens, "decide_block", lambda _number: today)
    return path


def test_a_changed_decision_is_shown_in_full(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report, the decision and what it sends out, and what to do about it."""
    assert goldens.main(["--block", "0"]) == 1

    told = capsys.readouterr().out
    assert "1 of 2 golden decisions" in told
    assert '"incident_key"' in told
    assert "--changed-because" in told


def test_committed_decisions_are_not_overwritten_without_a_reason(
    committed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal says how many would change."""
    before = committed.read_text()

    assert goldens.main(["--block", "0", "--write"]) == 2
    assert committed.read_text() == before
    assert "1 committed decisions" in capsys.readouterr().out


def test_a_reason_is_kept_beside_the_decisions_it_changed(committed: Path) -> None:
    """Whoever reviews the file reads why."""
    arguments = ["--block", "0", "--write", "--changed-because", "an opt-out was lost"]

    assert goldens.main(arguments) == 0
    assert read_reasons(committed) == ["1 decisions: an opt-out was lost"]
    assert read_digests(committed) == {FIRST: ["a" * 16, "c" * 16]}
    assert goldens.main(["--block", "0"]) == 0


@pytest.mark.parametrize("place", ["0/250", "40/0", "seven", "1/", "-1/2"])
def test_a_place_that_is_not_there_is_named(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """There are 40 blocks of 250 decisions."""
    with pytest.raises(SystemExit):
        goldens.main([f"--show={place}"])

    assert f"there is no decision {place}: write one from 0/0 to 39/249" in capsys.readouterr().err


def test_the_golden_rules_use_the_whole_language() -> None:
    """Every operator, effect and kind of rule, and facts of every room."""
    site = load_file(FOLDER / "site-rule-set.yaml")
    rules = load_file(FOLDER / "rule-set.yaml").rules
    tests = [leaf for rule in rules for leaf in leaves(rule.when)]

    assert {leaf.operator for leaf in tests} == set(Operator)
    assert {leaf.fact.partition(".")[0] for leaf in tests} == {
        fact.room for fact in FACTS.values()
    } | {"windows"}
    assert {type(rule.effect) for rule in rules} == {Floor, Points}
    assert {rule.subject.value for rule in rules} == {"person", "team"}
    assert all(
        any(getattr(rule, key) for rule in rules) for key in ("retouch", "group", "everyone")
    )
    assert {rule.id for rule in rules} - {rule.id for rule in site.rules} == {"tie"}

"""docs/rule-author.md: the rule it shows loads, its tests parse, its commands exist."""

import re
from pathlib import Path

import pytest
import yaml

from services.offline.rules_cli import group
from services.triage.domain.condition import facts_of
from services.triage.domain.condition_parser import parse_condition
from services.triage.domain.fact_model import FACTS, window_fact
from services.triage.domain.mutation import examine
from services.triage.domain.ruleset_mutants import facts_of_set
from tests.builders.rules import a_rule_set

PAGE = (Path(__file__).parents[4] / "docs" / "rule-author.md").read_text()
TABLE = {**FACTS, "windows.exposures_30d": window_fact("exposures_30d")}
ROWS = [line for line in PAGE.splitlines() if re.match(r"\| (?!fact|---)", line)]
TESTS = [text for row in ROWS for text in re.findall(r"`([^`]+)`", row) if not text.endswith("(n)")]


def test_the_rule_of_the_page_passes_every_check() -> None:
    """Whoever copies it begins with something that works."""
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)
    (entry,) = yaml.safe_load(text)

    rules = a_rule_set(entry)

    assert examine(rules.rule(entry["id"]), facts_of_set(rules)).survivors == ()


@pytest.mark.parametrize("text", TESTS)
def test_the_conditions_of_the_page_parse(text: str) -> None:
    """One of each sort of fact."""
    assert facts_of(parse_condition(text, TABLE))


def test_the_commands_of_the_page_exist() -> None:
    """And the page leaves none out."""
    named = set(re.findall(r"peerline rules ([a-z-]+)", PAGE))

    assert named | {"show"} == set(group.commands)
    assert len(TESTS) > 10

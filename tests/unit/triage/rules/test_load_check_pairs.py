"""Load-time checks 1 to 19: each mistake has its exact message, and its neighbour is accepted."""

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from services.triage.domain.rule_problems import Problems, RuleSetError
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_loader import load_document
from services.triage.domain.ruleset_mutants import check_mutants, own_rules
from services.triage.rule_files import load_rule_set, read_rule_file

FOLDER: Final = Path(__file__).parent / "load_checks"
WHOLE: Final = (FOLDER / "set.yaml").read_text()
BASE: Final = load_rule_set(WHOLE, file="set.yaml")
TEXTS: Final = {
    "set": WHOLE,
    "site": (FOLDER / "site.yaml").read_text().replace("HASH", BASE.hash),
}
CASES_FILE: Final = FOLDER / "cases.yaml"
CASES: Final = yaml.safe_load(CASES_FILE.read_text())["cases"] if CASES_FILE.exists() else []


def refusal(case: dict[str, Any], written: str) -> list[str]:
    """Return the lines that refuse the set with `written` in the place of the case; [] loads."""
    file = case.get("file", "set")
    before, place, after = TEXTS[file].partition(case["find"].replace("HASH", BASE.hash))
    assert place, case
    text = before + written.replace("HASH", BASE.hash) + after
    try:
        _load(text, f"{file}.yaml")
    except RuleSetError as error:
        return str(error).replace(BASE.hash, "HASH").splitlines()
    return []


def _load(text: str, name: str) -> None:
    """Load with all checks, as `peerline rules check` does."""
    document, places = read_rule_file(text, file=name)
    rule_set = load_document(document, file=name, places=places, base=_base)
    problems = Problems(name, places)
    check_mutants(rule_set, document, problems, own_rules(rule_set, document))
    problems.refuse_if_any()


def _base(name: str, version: int, _: str) -> RuleSet | None:
    return BASE if (name, version) == ("whole", 1) else None


def test_every_check_has_a_case() -> None:
    """Nineteen checks, rules.md section 11."""
    assert {case["check"] for case in CASES} == set(range(1, 20))
    assert len({(case["check"], case["case"]) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']} {case['case']}")
def test_a_mistake_is_refused_with_its_message(case: dict[str, Any]) -> None:
    """File, line, column, rule, what, why, what to write; nothing else is complained of."""
    assert refusal(case, case["refused"]) == case["says"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['check']} {case['case']}")
def test_its_neighbour_is_accepted(case: dict[str, Any]) -> None:
    """The check is no wider than it must be."""
    assert refusal(case, case["accepted"]) == []

"""The JSON Schema of rule files: what loads is valid, what an editor can see is refused."""

import copy
from typing import Any

import jsonschema
import pytest

from services.triage.domain.fact_model import FACTS
from services.triage.domain.rule_reading import OPTIONAL, REQUIRED
from services.triage.domain.rule_schema import rule_file_schema
from services.triage.rule_files import read_rule_file, shipped_folder
from tests.builders.rules import a_document, a_points_rule, a_rule

SCHEMA = rule_file_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def is_valid(*rules: dict[str, Any], **overrides: Any) -> bool:
    """Return whether an editor finds nothing wrong."""
    return VALIDATOR.is_valid(a_document(*rules, **overrides))


def test_the_schema_is_one() -> None:
    """Editors refuse to work with a broken one."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(shipped_folder().glob("*.yaml")), ids=lambda p: p.name)
def test_shipped_files_are_valid(path: Any) -> None:
    """Whatever the loader takes the schema takes."""
    document, _ = read_rule_file(path.read_text(), file=path.name)

    assert [error.json_path for error in VALIDATOR.iter_errors(document)] == []


def test_the_schema_has_the_keys_that_the_loader_reads() -> None:
    """A key more or less would mislead authors."""
    rule = SCHEMA["$defs"]["rule"]

    assert list(rule["properties"]) == [*REQUIRED, *OPTIONAL]
    assert rule["required"] == list(REQUIRED)


def test_the_schema_offers_every_fact_with_its_codes() -> None:
    """In examples and in questions."""
    example = SCHEMA["$defs"]["rule"]["properties"]["examples"]["items"]
    facts = example["properties"]["facts"]["properties"]

    assert set(facts) == set(FACTS)
    assert facts["patient.harm"] == {"enum": ["none", "mild", "moderate", "severe", "death"]}


def test_a_site_set_needs_no_data_of_its_own() -> None:
    """With `extends` the base has it; without, the file must."""
    base = {"rule_set": "b", "version": 1, "hash": f"sha256:{'0' * 64}"}
    bare = a_document()
    del bare["late"]
    on_base = copy.deepcopy(bare) | {"extends": base}

    assert not VALIDATOR.is_valid(bare)
    assert VALIDATOR.is_valid(on_base)


@pytest.mark.parametrize(
    "entry",
    [
        a_rule(on_unknown="ignore", follow_up="extended", scope="everyone", group=True),
        a_rule(retouch=True, no_retouch="why", retired={"in": 2, "reason": "why"}),
        a_points_rule(examples=[]),
        {"id": "gone", "retired": {"in": 2, "reason": "why"}},
    ],
)
def test_rules_and_retirements_are_valid(entry: dict[str, Any]) -> None:
    """All keys a rule may have; examples may come later."""
    assert is_valid(entry)


@pytest.mark.parametrize(
    "entry",
    [
        a_rule(titel="x"),
        a_rule(family="critical"),
        a_rule(points=3),
        a_rule(floor={"tier": 0, "priority": "high"}),
        a_rule(follow_up="standard"),
        a_rule(id="Not A Name"),
        a_rule(evidence=[]),
        a_rule(evidence=[{"ref": "somebody said", "grade": "low"}]),
        a_rule(on_unknown={"ask": {"patient.hram": "?"}}),
        a_rule(examples=[{"name": "x", "facts": {"patient.hram": "mild"}, "expect": "fires"}]),
        a_rule(examples=[{"name": "x", "facts": {"patient.harm": "mils"}, "expect": "fires"}]),
        a_points_rule(points=101),
        {"id": "gone", "retired": {"reason": "why"}},
    ],
)
def test_what_an_editor_can_see_is_refused(entry: dict[str, Any]) -> None:
    """Keys, codes, fact names and limits, while one types."""
    assert not is_valid(entry)

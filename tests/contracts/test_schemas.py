"""The published JSON Schemas accept the examples and say what the models say."""

import json
from pathlib import Path

import jsonschema
import pytest

from shared import contracts

FOLDER = Path(contracts.__file__).parent
EXAMPLES = sorted((FOLDER / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_valid_under_its_published_schema(path: Path) -> None:
    """A publisher who validates with our schema gets the same answer as from us."""
    name = path.name.split(".")[0]
    schema = json.loads((FOLDER / "schemas" / f"{name}.json").read_text())

    jsonschema.Draft202012Validator(schema).validate(json.loads(path.read_text()))


def test_the_canonical_report_has_no_place_for_what_must_not_leave_intake() -> None:
    """No property of the canonical report can hold a name, a birth date or a narrative."""
    schema = (FOLDER / "schemas" / "IncidentReported.json").read_text()

    for field in ("birth_date", "narrative", "display", "unit_name", "name", "sex", "gender"):
        assert f'"{field}":' not in schema


def _properties(node: object) -> set[str]:
    if isinstance(node, dict):
        own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
        return own.union(*(_properties(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(_properties(value) for value in node))
    return set()


def test_a_request_has_no_place_for_incident_facts() -> None:
    """What the notifier never receives, it cannot leak."""
    schema = json.loads((FOLDER / "schemas" / "OutreachRequested.json").read_text())

    told = ("patient", "harm", "died", "categor", "incident", "event", "fact", "narrative", "kind")
    found = {name for name in _properties(schema) if any(word in name for word in told)}

    assert found == {"kind"}
    assert schema["$defs"]["PersonSubject"]["properties"]["kind"]["const"] == "person"

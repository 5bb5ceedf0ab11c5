"""The published documents against the official schemas of their formats; nothing is fetched.

The schemas lie in `official/`, where SOURCES.tsv says whose they are.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

OFFICIAL = Path(__file__).parent / "official"
DOCS = Path(__file__).parents[3] / "docs"
OPENAPI: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text())
ASYNCAPI: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())
BY_URI = Registry().with_resource(
    "urn:openapi", Resource.from_contents(OPENAPI, default_specification=DRAFT202012)
)


def nodes(document: object, *path: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every object of a document with the way to it; what is in an example is none."""
    if isinstance(document, dict):
        yield path, document
        for name, value in document.items():
            if name not in {"examples", "example"}:
                yield from nodes(value, *path, name)
    elif isinstance(document, list):
        for place, value in enumerate(document):
            yield from nodes(value, *path, str(place))


def examples() -> Iterator[tuple[str, Any]]:
    """Yield the address of its schema and the value of every example in OpenAPI."""
    for path, node in nodes(OPENAPI):
        steps = [quote(step.replace("~", "~0").replace("/", "~1")) for step in (*path, "schema")]
        for example in node.get("examples", {}).values() if "schema" in node else ():
            yield "urn:openapi#/" + "/".join(steps), example["value"]


def complaints(validator: Any, document: object) -> list[str]:
    """Return what is wrong and where."""
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(document)]


def test_the_openapi_document_is_valid() -> None:
    """Version 3.1, but for the schemas in it, which the next test looks at."""
    schema = json.loads((OFFICIAL / "openapi-3.1.json").read_text())

    assert complaints(Draft202012Validator(schema), OPENAPI) == []


def test_every_schema_in_the_openapi_document_is_valid() -> None:
    """JSON Schema 2020-12, wherever one stands."""
    inline = [node["schema"] for _, node in nodes(OPENAPI["paths"]) if "schema" in node]
    schemas = [*OPENAPI["components"]["schemas"].values(), *inline]

    assert len(inline) > 50
    for schema in schemas:
        Draft202012Validator.check_schema(schema)


def test_every_operation_has_an_id_of_its_own() -> None:
    """Generated clients name their functions so; every parameter of a path is described."""
    operations = [
        (path, operation)
        for path, methods in OPENAPI["paths"].items()
        for operation in methods.values()
    ]
    ids = [operation["operationId"] for _, operation in operations]

    assert len(set(ids)) == len(ids)
    for path, operation in operations:
        given = {each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"}
        assert given == {part[1:-1] for part in path.split("/") if part.startswith("{")}


@pytest.mark.parametrize(("schema", "example"), list(examples()))
def test_an_example_is_what_its_schema_says(schema: str, example: Any) -> None:
    """Whoever copies one is not refused for its shape."""
    checked = Draft202012Validator({"$ref": schema}, registry=BY_URI)

    assert complaints(checked, example) == []


def test_every_body_has_an_example() -> None:
    """Whoever writes a publisher starts from one."""
    bodies = [node for path, node in nodes(OPENAPI) if path[-3:-1] == ("requestBody", "content")]

    assert len(bodies) == 15
    assert all(body["examples"] for body in bodies)


def test_the_asyncapi_document_is_valid() -> None:
    """Version 3.0.0, schemas included."""
    schema = json.loads((OFFICIAL / "asyncapi-3.0.0.json").read_text())

    assert complaints(Draft7Validator(schema), ASYNCAPI) == []


def test_every_reference_in_the_asyncapi_document_resolves() -> None:
    """To a channel, a trait or a schema of its own."""
    named = {node["$ref"] for _, node in nodes(ASYNCAPI) if "$ref" in node}

    assert len(named) > 10
    for reference in named:
        found: Any = ASYNCAPI
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found


def test_the_official_schemas_refuse_what_is_wrong() -> None:
    """A check that takes anything would prove nothing."""
    openapi = Draft202012Validator(json.loads((OFFICIAL / "openapi-3.1.json").read_text()))
    asyncapi = Draft7Validator(json.loads((OFFICIAL / "asyncapi-3.0.0.json").read_text()))

    assert complaints(openapi, OPENAPI | {"paths": {"no-slash": {}}})
    assert complaints(asyncapi, ASYNCAPI | {"asyncapi": "3.1.0"})
    assert complaints(asyncapi, ASYNCAPI | {"operations": {"x": {"action": "shout"}}})

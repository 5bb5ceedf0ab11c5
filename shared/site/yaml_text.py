"""YAML as people mean it: `no` and `21:00` are words, a key may stand only once."""

from pathlib import Path
from typing import Any

import yaml

from shared.site.refusals import SiteFileError


class _PlainLoader(yaml.SafeLoader):
    """YAML 1.2's few plain scalars; 1.1 reads Norway's code as false and 21:00 as 1260."""


_PlainLoader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            problem = "a field's name is not text"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        if key.value in seen:
            problem = f"the field '{key.value}' stands twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


# No others: a tag such as !!int makes values of other types, and fails on what it cannot read.
_PlainLoader.yaml_constructors = {
    tag: construct
    for tag, construct in yaml.SafeLoader.yaml_constructors.items()
    if tag is None or tag.removeprefix("tag:yaml.org,2002:") in {"null", "seq", "str"}
} | {"tag:yaml.org,2002:map": _mapping}


def parse_yaml(path: Path, text: str) -> dict[str, Any]:
    """Return the file's mapping; scalars stay text, an empty one is None.

    Raises:
        SiteFileError: with line and column, when this is no YAML or no mapping.
    """
    try:
        document = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        wrong = f"{where}{error.problem}"
        raise SiteFileError(path, wrong, "Correct the YAML at that place.") from None
    except yaml.YAMLError:
        raise SiteFileError(path, "this is no YAML", "Remove control characters.") from None
    except RecursionError:
        wrong = "the file is nested too deep to be read"
        raise SiteFileError(path, wrong, "Settings have a few levels only.") from None
    if not isinstance(document, dict):
        raise SiteFileError(path, "a mapping is expected", "Write 'field: value' lines.")
    return document

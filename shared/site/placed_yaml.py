"""YAML limited to JSON's shapes, with the line and column of every value."""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import yaml

KeyPath: TypeAlias = tuple[str | int, ...]
Places: TypeAlias = Mapping[KeyPath, tuple[int, int]]

LARGEST_BYTES: Final = 256 * 1024
DEEPEST: Final = 16
_NULL: Final = "tag:yaml.org,2002:null"


class PlacedYamlError(ValueError):
    """The text is not YAML, or says what JSON cannot; `place` is its line and column, from 1."""

    def __init__(self, mark: yaml.Mark | None, what: str, write: str) -> None:
        """Keep place, fault and advice apart."""
        super().__init__(what)
        self.place = (mark.line + 1, mark.column + 1) if mark else None
        self.what = what
        self.write = write


class _Loader(yaml.SafeLoader):
    """Composes nodes and refuses what JSON does not have, before anything is built."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PlacedYamlError(mark, "anchors and aliases are not read", "write the value out")
        if getattr(event, "tag", None) is not None:
            raise PlacedYamlError(mark, "tags are not read", "remove the tag")
        if self.depth >= DEEPEST:
            what = f"the file is nested deeper than {DEEPEST}"
            raise PlacedYamlError(mark, what, "flatten it")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


# Only null is more than text: `no`, `1` and `21:00` are the words that they look like.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag == _NULL]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_placed_yaml(text: str) -> tuple[Any, Places]:
    """Return mappings, lists, text and None of a file, and where each stands.

    Raises:
        PlacedYamlError: not YAML, an anchor, tag or repeated key, too deep, or over 256 kB.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        what = f"the file is larger than {LARGEST_BYTES // 1024} kB"
        raise PlacedYamlError(None, what, "split it")
    places: dict[KeyPath, tuple[int, int]] = {}
    return _value(_compose(text), (), places), places


def _compose(text: str) -> yaml.Node:
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        what = f"this is not YAML: {error.problem}"
        raise PlacedYamlError(error.problem_mark, what, "correct it") from None
    except (yaml.YAMLError, RecursionError):
        what = "the file holds characters or nesting that YAML does not allow"
        raise PlacedYamlError(None, what, "save it as plain UTF-8 text") from None
    finally:
        if loader is not None:
            loader.dispose()
    if node is None:
        raise PlacedYamlError(None, "the file is empty", "write `key: value` lines")
    return node


def _value(node: yaml.Node, path: KeyPath, places: dict[KeyPath, tuple[int, int]]) -> Any:  # noqa: ANN401 - any of four shapes
    places.setdefault(path, _place(node))
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, places)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, n), places) for n, item in enumerate(node.value)]
    return None if node.tag == _NULL else node.value


def _mapping(
    node: yaml.MappingNode, path: KeyPath, places: dict[KeyPath, tuple[int, int]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise PlacedYamlError(key.start_mark, "a key is not text", "write a name")
        if key.value in found:
            what = f"the key `{key.value}` stands here twice"
            raise PlacedYamlError(key.start_mark, what, "remove one of them")
        places[*path, key.value] = _place(key)
        found[key.value] = _value(value, (*path, key.value), places)
    return found


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1

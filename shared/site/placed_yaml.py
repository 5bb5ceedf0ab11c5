"""YAML limited to JSON's shapes, with the line and column of every value.

No anchors, tags or duplicate keys: a file must read the same in every tool.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

import yaml

KeyPath: TypeAlias = tuple[str | int, ...]
Places: TypeAlias = Mapping[KeyPath, tuple[int, int]]
ReadScalar: TypeAlias = Callable[[yaml.ScalarNode], Any]

LARGEST_BYTES: Final = 256 * 1024
DEEPEST: Final = 16
_NULL: Final = "tag:yaml.org,2002:null"


class Fault(StrEnum):
    """What kind of fault it is, for who reports it under a name of its own."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    KEY = "key"


class PlacedYamlError(ValueError):
    """The text is not YAML, or says what JSON cannot; `place` is its line and column, from 1."""

    def __init__(
        self, mark: yaml.Mark | None, what: str, write: str, fault: Fault = Fault.UNREADABLE
    ) -> None:
        """Keep place, fault and advice apart."""
        super().__init__(what)
        self.place = (mark.line + 1, mark.column + 1) if mark else None
        self.what = what
        self.write = write
        self.fault = fault


def as_word(node: yaml.ScalarNode) -> str | None:
    """Return a scalar's text: `no`, `1` and `21:00` are the words that they look like."""
    text: str = node.value
    return None if node.tag == _NULL else text


@dataclass(frozen=True, slots=True)
class Limits:
    """How deep a file may nest, and what to do with one that is too large or empty."""

    deepest: int = DEEPEST
    if_large: str = "split it"
    if_empty: str = "write `key: value` lines"


def read_placed_yaml(text: str) -> tuple[Any, Places]:
    """Return mappings, lists, text and None of a file, and where each stands.

    Raises:
        PlacedYamlError: not YAML, an anchor, tag or repeated key, too deep, or over 256 kB.
    """
    places: dict[KeyPath, tuple[int, int]] = {}

    def note(path: KeyPath, key: yaml.Node | None, value: yaml.Node) -> None:
        mark = (key or value).start_mark
        places[path] = mark.line + 1, mark.column + 1

    return Reading(as_word, note).read(text), places


@dataclass(frozen=True, slots=True)
class Reading:
    """How files of one kind are read: what a scalar may be, and who notes the places.

    `note` gets each path with the node of its key (None for an item of a list) and of its value.
    """

    scalar: ReadScalar
    note: Callable[[KeyPath, yaml.Node | None, yaml.Node], None]
    limits: Limits = field(default_factory=Limits)

    def read(self, text: str) -> Any:  # noqa: ANN401 - JSON is any of six types
        """Return the document of a file's text.

        Raises:
            PlacedYamlError: as `read_placed_yaml`, or what `scalar` raises.
        """
        if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
            what = f"the file is larger than {LARGEST_BYTES // 1024} kB"
            raise PlacedYamlError(None, what, self.limits.if_large, Fault.TOO_LARGE)
        node = _compose(text, self.limits)
        self.note((), None, node)
        return self._value(node, ())

    def _value(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 - JSON is any of six types
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._member(None, item, (*path, n)) for n, item in enumerate(node.value)]
        return self.scalar(node)  # type: ignore[arg-type]

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = _name(key, self.scalar)
            if name in found:
                what = f"the key `{name}` stands here twice"
                raise PlacedYamlError(key.start_mark, what, "remove one of them", Fault.KEY)
            found[name] = self._member(key, value, (*path, name))
        return found

    def _member(self, key: yaml.Node | None, value: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 - JSON is any of six types
        self.note(path, key, value)
        return self._value(value, path)


def _name(key: yaml.Node, scalar: ReadScalar) -> str:
    name = scalar(key) if isinstance(key, yaml.ScalarNode) else None
    if isinstance(name, str):
        return name
    raise PlacedYamlError(key.start_mark, "a key is not text", "write a name", Fault.KEY)


class _Loader(yaml.SafeLoader):
    """Composes nodes and refuses what JSON does not have, before anything is built."""

    depth = 0
    deepest = DEEPEST

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise PlacedYamlError(mark, "anchors and aliases are not read", "write the value out")
        if getattr(event, "tag", None) is not None:
            raise PlacedYamlError(mark, "tags are not read", "remove the tag")
        if self.depth >= self.deepest:
            what = f"the file is nested deeper than {self.deepest}"
            raise PlacedYamlError(mark, what, "flatten it", Fault.TOO_LARGE)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str, limits: Limits) -> yaml.Node:
    loader = None
    try:
        loader = _Loader(text)
        loader.deepest = limits.deepest
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
        raise PlacedYamlError(None, "the file is empty", limits.if_empty)
    return node

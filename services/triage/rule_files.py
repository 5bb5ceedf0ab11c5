"""Read rule files: YAML limited to JSON types, with the line and column of every value.

No anchors, tags, dates, yes/no booleans or duplicate keys: a file must read the same in every tool.
"""

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.triage.domain.rule_problems import Check, KeyPath, Place, Problem, RuleSetError
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_flatten import Base
from services.triage.domain.ruleset_loader import load_document

LARGEST_BYTES: Final = 256 * 1024
DEEPEST: Final = 12
SHIPPED: Final = "peerline-default"
_TAG: Final = "tag:yaml.org,2002:"
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}
_QUOTE: Final = "put it in quotes, or write true, false or a plain whole number"


class _RefusedError(Exception):
    """A construct that is not read, with its mark."""

    def __init__(self, mark: yaml.Mark | None, what: str, write: str, check: Check) -> None:
        super().__init__(what)
        self.place = Place(mark.line + 1, mark.column + 1) if mark else None
        self.what = what
        self.write = write
        self.check = check


class _JsonLoader(yaml.SafeLoader):
    """Composes nodes and refuses what JSON does not have, before anything is built."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            what = "anchors and aliases are not read"
            raise _RefusedError(event.start_mark, what, "write the value out", Check.UNREADABLE)
        if getattr(event, "tag", None) is not None:
            write = "remove the tag"
            raise _RefusedError(event.start_mark, "tags are not read", write, Check.UNREADABLE)
        if self.depth >= DEEPEST:
            what = f"the file is nested deeper than {DEEPEST}"
            raise _RefusedError(event.start_mark, what, "flatten it", Check.TOO_LARGE)
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(slots=True)
class _Reader:
    """Turns nodes into plain values and notes where each stands."""

    places: dict[KeyPath, Place] = field(default_factory=dict)

    def read(self, node: yaml.Node, path: KeyPath) -> Any:  # noqa: ANN401 - JSON is any of six types
        self.places.setdefault(path, _place(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
        return _scalar(node)  # type: ignore[arg-type]

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                raise _refused(key_node, "a key is not text", "write a name", Check.KEY)
            if key in result:
                what = f"the key `{key}` stands here twice"
                raise _refused(key_node, what, "remove one of them", Check.KEY)
            scalar = isinstance(value_node, yaml.ScalarNode)
            self.places[*path, key] = _place(value_node if scalar else key_node)
            result[key] = self.read(value_node, (*path, key))
        return result


def read_rule_file(text: str, *, file: str) -> tuple[Any, dict[KeyPath, Place]]:
    """Return the parsed document and the place of each of its paths; neither may be changed.

    Raises:
        RuleSetError: not YAML, or YAML beyond JSON types, or larger than 256 kB.
    """
    try:
        return _parsed(text)
    except _RefusedError as refusal:
        problem = Problem(
            refusal.check, file, refusal.place, None, "the file", refusal.what, refusal.write
        )
        raise RuleSetError((problem,)) from None


@lru_cache(maxsize=8)  # a base is looked for among all files of its folder, then read again
def _parsed(text: str) -> tuple[Any, dict[KeyPath, Place]]:
    _refuse_large(text)
    reader = _Reader()
    return reader.read(_compose(text), ()), reader.places


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A rule file that was read: its text, what it says, where, and the set it makes."""

    text: str
    document: Mapping[str, Any]
    places: Mapping[KeyPath, Place]
    rule_set: RuleSet


def load_rule_set(text: str, *, file: str, base: Base | None = None) -> RuleSet:
    """Return the checked rule set of a file's text; `base` finds the set it extends.

    Raises:
        RuleSetError: with every problem, its line and column, and what to write.
    """
    document, places = read_rule_file(text, file=file)
    return load_document(document, file=file, places=places, base=base)


def read_file(path: Path, folders: tuple[Path, ...] = (), *, draft: bool = False) -> RuleFile:
    """Return a rule file with the set it makes, as `load_file` finds it.

    In a draft, examples may be missing or wrong.

    Raises:
        RuleSetError: the file or its base does not load.
        OSError: the file cannot be read.
    """
    text = _text(path)
    document, places = read_rule_file(text, file=path.name)
    base = Folder(tuple(dict.fromkeys((path.parent, *folders))))
    rule_set = load_document(document, file=path.name, places=places, base=base, draft=draft)
    return RuleFile(text, document, places, rule_set)


@dataclass(frozen=True, slots=True)
class Folder:
    """Finds the sets that others extend among the rule files of some folders."""

    folders: tuple[Path, ...]

    def __call__(self, name: str, version: int, rule_set_hash: str) -> RuleSet | None:
        """Return the set of that name and version, None when no file holds it."""
        del rule_set_hash  # the loader compares it and says which it found
        path = self.sets().get((name, version))
        return None if path is None else load_file(path, self.folders)

    def sets(self) -> dict[tuple[str, int], Path]:
        """Return the file of each (name, version); of two files the first folder's counts."""
        found: dict[tuple[str, int], Path] = {}
        for path in (file for folder in self.folders for file in sorted(folder.glob("*.yaml"))):
            document, _ = read_rule_file(_text(path), file=path.name)
            match document:
                case {"rule_set": str(name), "version": int(version)}:
                    found.setdefault((name, version), path)
        return found


def load_file(path: Path, folders: tuple[Path, ...] = ()) -> RuleSet:
    """Return the set in a file; bases are looked for beside it and in `folders`.

    Raises:
        RuleSetError: the file or its base does not load.
        OSError: the file cannot be read.
    """
    return read_file(path, folders).rule_set


def shipped_folder() -> Path:
    """Return the folder of the rule sets that ship with the product."""
    return Path(str(importlib.resources.files("services.triage.rulesets")))


@cache
def load_shipped(name: str = SHIPPED) -> RuleSet:
    """Return a shipped rule set, by default `peerline-default`; read once in a process.

    Raises:
        RuleSetError: the file was changed by hand and does not load.
    """
    return load_file(shipped_folder() / f"{name}.yaml")


def _text(path: Path) -> str:
    return path.read_bytes()[: LARGEST_BYTES + 1].decode("utf-8", "replace")


def _refuse_large(text: str) -> None:
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        what = f"the file is larger than {LARGEST_BYTES // 1024} kB"
        raise _RefusedError(None, what, "split the set", Check.TOO_LARGE)


def _compose(text: str) -> yaml.Node:
    loader = None
    try:
        loader = _JsonLoader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        what = f"this is not YAML: {error.problem}"
        raise _RefusedError(error.problem_mark, what, "correct it", Check.UNREADABLE) from None
    except (yaml.YAMLError, RecursionError):
        what = "the file holds characters or nesting that YAML does not allow"
        raise _RefusedError(None, what, "save it as plain UTF-8 text", Check.UNREADABLE) from None
    finally:
        if loader is not None:
            loader.dispose()
    if node is None:
        raise _RefusedError(None, "the file is empty", "write a rule set", Check.UNREADABLE)
    return node


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style is not None or node.tag == f"{_TAG}str":
        return text
    if node.tag in (f"{_TAG}bool", f"{_TAG}null") and text in _WORDS:
        return _WORDS[text]
    if node.tag == f"{_TAG}int" and _WHOLE.fullmatch(text):
        return int(text)
    kind = node.tag.removeprefix(_TAG)
    raise _refused(node, f"a bare `{kind}` like this reads differently elsewhere", _QUOTE)


def _refused(
    node: yaml.Node, what: str, write: str, check: Check = Check.UNREADABLE
) -> _RefusedError:
    return _RefusedError(node.start_mark, what, write, check)


def _place(node: yaml.Node) -> Place:
    start, end = node.start_mark, node.end_mark
    if not isinstance(node, yaml.ScalarNode) or start.line != end.line:
        return Place(start.line + 1, start.column + 1)
    quoted = node.style in ("'", '"')
    return Place(start.line + 1, start.column + 1 + quoted, inline=True)

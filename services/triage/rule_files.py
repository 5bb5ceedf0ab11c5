"""Read rule files: YAML limited to JSON types, with the line and column of every value.

No anchors, tags, dates, yes/no booleans or duplicate keys: a file must read the same in every tool.
"""

import importlib.resources
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from services.triage.domain.rule_problems import Check, KeyPath, Place, Problem, RuleSetError
from services.triage.domain.ruleset import RuleSet
from services.triage.domain.ruleset_flatten import Base
from services.triage.domain.ruleset_loader import load_document
from shared.site.placed_yaml import LARGEST_BYTES, Fault, Limits, PlacedYamlError, Reading

DEEPEST: Final = 12
SHIPPED: Final = "peerline-default"
_TAG: Final = "tag:yaml.org,2002:"
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_WORDS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "": None}
_QUOTE: Final = "put it in quotes, or write true, false or a plain whole number"
_LIMITS: Final = Limits(deepest=DEEPEST, if_large="split the set", if_empty="write a rule set")
_CHECKS: Final = {
    Fault.UNREADABLE: Check.UNREADABLE,
    Fault.TOO_LARGE: Check.TOO_LARGE,
    Fault.KEY: Check.KEY,
}


def read_rule_file(text: str, *, file: str) -> tuple[Any, dict[KeyPath, Place]]:
    """Return the parsed document and the place of each of its paths; neither may be changed.

    Raises:
        RuleSetError: not YAML, or YAML beyond JSON types, or larger than 256 kB.
    """
    try:
        return _parsed(text)
    except PlacedYamlError as error:
        place = Place(*error.place) if error.place else None
        check = _CHECKS[error.fault]
        problem = Problem(check, file, place, None, "the file", error.what, error.write)
        raise RuleSetError((problem,)) from None


@lru_cache(maxsize=8)  # a base is looked for among all files of its folder, then read again
def _parsed(text: str) -> tuple[Any, dict[KeyPath, Place]]:
    places: dict[KeyPath, Place] = {}

    def note(path: KeyPath, key: yaml.Node | None, value: yaml.Node) -> None:
        scalar = isinstance(value, yaml.ScalarNode)
        places[path] = _place(value if key is None or scalar else key)

    return Reading(_scalar, note, _LIMITS).read(text), places


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


def _scalar(node: yaml.ScalarNode) -> str | int | float | bool | None:
    text: str = node.value
    if node.style is not None or node.tag == f"{_TAG}str":
        return text
    if node.tag in (f"{_TAG}bool", f"{_TAG}null") and text in _WORDS:
        return _WORDS[text]
    if node.tag == f"{_TAG}int" and _WHOLE.fullmatch(text):
        return int(text)
    kind = node.tag.removeprefix(_TAG)
    what = f"a bare `{kind}` like this reads differently elsewhere"
    raise PlacedYamlError(node.start_mark, what, _QUOTE)


def _place(node: yaml.Node) -> Place:
    start, end = node.start_mark, node.end_mark
    if not isinstance(node, yaml.ScalarNode) or start.line != end.line:
        return Place(start.line + 1, start.column + 1)
    quoted = node.style in ("'", '"')
    return Place(start.line + 1, start.column + 1 + quoted, inline=True)

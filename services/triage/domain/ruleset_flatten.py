"""Flatten a site's set onto its base: one document, whose digest is the set's hash."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check, KeyPath, Place
from services.triage.domain.ruleset import RuleSet

Base: TypeAlias = Callable[[str, int, str], RuleSet | None]
_REPLACED: Final = ("points_to_tier", "group_support", "late", "merge", "scope")
_RETIREMENT: Final = {"id", "retired"}


@dataclass(frozen=True, slots=True)
class Flattened:
    """The flat document, and for each path of it the place in the file it came from."""

    document: dict[str, Any]
    places: Mapping[KeyPath, Place]


def flatten(
    document: Mapping[str, Any], places: Mapping[KeyPath, Place], base: RuleSet | None
) -> Flattened:
    """Return the set with its base's rules, windows and data; rules sorted by id.

    A rule `{id, retired}` retires the base's rule of that id; a reused id stands twice in the
    result and is refused there.
    """
    flat: dict[str, Any] = dict(document)
    inherited: list[Any] = []
    if base is not None:
        flat.pop("extends", None)
        flat["base"] = {"rule_set": base.name, "version": base.version, "hash": base.hash}
        for key in _REPLACED:
            if key not in flat and key in base.document:
                flat[key] = base.document[key]
        if "windows" in base.document or "windows" in flat:
            flat["windows"] = {**base.document.get("windows", {}), **_mapping(flat.get("windows"))}
        inherited = list(base.document["rules"])
    return _with_rules(flat, inherited, places)


def check_extends(document: Node, base: Base | None) -> RuleSet | None:
    """Return the base a file extends, None when it has none.

    The base must be the very one the file names: a wrong hash refuses the file.
    """
    node = document.entries().get("extends")
    if node is None:
        return None
    keys = node.keys(("rule_set", "version", "hash"))
    name, version = keys["rule_set"].slug(), keys["version"].whole(1, 10**6)
    stated = keys["hash"].text(80)
    found = base(name, version, stated) if base else None
    if found is None:
        what = f"the base {name} version {version} was not found"
        raise node.stop(what, "put its file beside this one, or name another", check=Check.BASE)
    if (found.name, found.version, found.hash) != (name, version, stated):
        what = f"the base {found.name} version {found.version} has the hash {found.hash}"
        raise keys["hash"].stop(what, "review that base, then write its hash", check=Check.BASE)
    return found


def is_retirement(rule: object) -> bool:
    """Return whether an entry only retires a rule of the base."""
    return isinstance(rule, Mapping) and set(rule) == _RETIREMENT


def _with_rules(
    flat: dict[str, Any], inherited: list[Any], places: Mapping[KeyPath, Place]
) -> Flattened:
    retired = {}
    mine: list[tuple[Any, int | None]] = []
    ids = {rule["id"] for rule in inherited if "retired" not in rule}
    for index, rule in enumerate(_list(flat.get("rules"))):
        if is_retirement(rule) and rule["id"] in ids:
            retired[rule["id"]] = rule["retired"]
        else:
            mine.append((rule, index))
    rules = [(_retire(rule, retired), None) for rule in inherited] + mine
    rules.sort(key=lambda pair: _id(pair[0]))
    if isinstance(flat.get("rules"), list) or inherited:
        flat["rules"] = [rule for rule, _ in rules]
    moved = {old: new for new, (_, old) in enumerate(rules) if old is not None}
    return Flattened(flat, _moved(places, moved))


def _moved(places: Mapping[KeyPath, Place], moved: Mapping[int, int]) -> dict[KeyPath, Place]:
    result = {}
    for path, place in places.items():
        match path:
            case ("rules", int(old), *rest):
                if old in moved:
                    result["rules", moved[old], *rest] = place
            case _:
                result[path] = place
    return result


def _retire(rule: Mapping[str, Any], retired: Mapping[str, Any]) -> dict[str, Any]:
    if rule["id"] not in retired:
        return dict(rule)
    return {**rule, "retired": retired[rule["id"]]}


def _id(rule: object) -> str:
    return str(rule.get("id", "")) if isinstance(rule, Mapping) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []

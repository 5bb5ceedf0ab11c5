"""What changed between two rule sets, in words: rules, thresholds, windows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.triage.domain.flow_style import flow
from services.triage.domain.rule_lock import MEANING
from services.triage.domain.rule_pages import write_effect
from services.triage.domain.ruleset import Rule, RuleSet

_DATA: Final = ("scope", "points_to_tier", "group_support", "late", "merge")
_MEANING: Final = tuple(name for name in MEANING if name != "id")
_WORDING: Final = ("title", "explain", "evidence", "examples")


def differences(old: RuleSet, new: RuleSet) -> Iterator[str]:
    """Yield one line per difference, details indented; nothing where both decide alike."""
    yield from _rules(old, new)
    yield from _named(_DATA, old.document, new.document)
    windows = (old.document.get("windows", {}), new.document.get("windows", {}))
    for name in sorted({*windows[0], *windows[1]}):
        yield from _changed(f"window {name}", windows[0].get(name), windows[1].get(name))


def _rules(old: RuleSet, new: RuleSet) -> Iterator[str]:
    before, after = _active(old), _active(new)
    for name in sorted(after.keys() - before.keys()):
        yield f"added    {name}: {after[name].title}; {write_effect(after[name].effect)}"
    for name in sorted(before.keys() - after.keys()):
        yield f"{_without(name, new)}; it gave {write_effect(before[name].effect)}"
    documents = (_documents(old), _documents(new))
    for name in sorted(before.keys() & after.keys()):
        yield from _one_rule(name, documents[0][name], documents[1][name])


def _without(name: str, new: RuleSet) -> str:
    """Say that a rule is gone: retired with its reason, or just not there."""
    entry = _documents(new).get(name)
    if entry is None:
        return f"missing  {name}: there is no rule of this id any more"
    return f"retired  {name}: {entry['retired']['reason']}"


def _one_rule(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    details = list(_named(_MEANING, old, new))
    worded = [key for key in _WORDING if old[key] != new[key]]
    if details:
        yield f"changed  {name}"
        yield from (f"  {line}" for line in details)
    if worded:
        yield f"reworded {name}: {', '.join(worded)}{'' if details else '; it decides as before'}"


def _named(keys: Sequence[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in keys:
        yield from _changed(key, old.get(key), new.get(key))


def _changed(name: str, old: object, new: object) -> Iterator[str]:
    if old != new:
        yield f"{name}: {_shown(old)} → {_shown(new)}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else flow(value)


def _active(rule_set: RuleSet) -> dict[str, Rule]:
    return {rule.id: rule for rule in rule_set.rules}


def _documents(rule_set: RuleSet) -> dict[str, Mapping[str, Any]]:
    return {rule["id"]: rule for rule in rule_set.document["rules"]}

"""The lock: released sets and rules keep their meaning for ever; it is only ever appended to.

One line per set (`set NAME VERSION HASH`) and per rule (`rule NAME ID HASH`). The hash of a rule
covers what it does, not its title, explanation, evidence or examples.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.triage.domain.ruleset import RuleSet
from shared.contracts.canonical import digest

FILE_NAME: Final = "rules.lock"
MEANING: Final = (
    "id",
    "family",
    "for",
    "when",
    "floor",
    "points",
    "on_unknown",
    "follow_up",
    "scope",
    "group",
    "retouch",
)


class ReleasedRuleChangedError(ValueError):
    """A released set or rule is not what the lock says."""


def lock_lines(rule_set: RuleSet) -> Iterator[str]:
    """Yield the lines that lock this set, rules by id."""
    yield f"set {rule_set.name} {rule_set.version} {rule_set.hash}"
    for rule in rule_set.document["rules"]:
        yield f"rule {rule_set.name} {rule['id']} {_meaning(rule)}"


def check_lock(lock: str, rule_set: RuleSet) -> bool:
    """Return whether the set is released; a set the lock does not know is not.

    Raises:
        ReleasedRuleChangedError: a line of the lock says otherwise.
    """
    locked = _locked(lock)
    for line in lock_lines(rule_set):
        key, _, found = line.rpartition(" ")
        if locked.get(key, found) != found:
            raise ReleasedRuleChangedError(
                f"{key} was released as {locked[key]} and is now {found}: old decisions point to "
                "the former. Give a changed set a new version, and a changed rule a new id "
                "(retire the old one)"
            )
    return f"set {rule_set.name} {rule_set.version}" in locked


def extended(lock: str, rule_set: RuleSet) -> str:
    """Return the lock with this set's lines appended.

    Raises:
        ReleasedRuleChangedError: the set contradicts the lock.
    """
    check_lock(lock, rule_set)
    locked = _locked(lock)
    new = [line for line in lock_lines(rule_set) if line.rpartition(" ")[0] not in locked]
    return "".join(f"{line}\n" for line in (*lock.splitlines(), *new))


def _locked(lock: str) -> dict[str, str]:
    lines = (line.rpartition(" ") for line in lock.splitlines() if line and line[0] != "#")
    return {key: found for key, _, found in lines}


def _meaning(rule: Mapping[str, Any]) -> str:
    return digest({key: rule[key] for key in MEANING if key in rule})

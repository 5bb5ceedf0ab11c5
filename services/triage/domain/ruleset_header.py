"""Read what stands above the rules: name, steps, group support, lateness, merging, scope."""

import itertools
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check, KeyPath, Problems
from services.triage.domain.ruleset import GroupSupport, Late, LateThen, MergeRule, PointsStep
from shared.contracts.words import Category, Involvement, Priority

LONGEST_LATE: Final = timedelta(days=3650)
LONGEST_MERGE: Final = timedelta(days=31)
URGENCIES: Final = tuple(p.value for p in Priority if p is not Priority.NONE)
_HIGHEST_TIER: Final = 3
_MOST_POINTS: Final = 20_000


def read_steps(node: Node) -> tuple[PointsStep, ...]:
    """Return the steps of `points_to_tier`, which rise."""
    steps = tuple(_step(item) for item in node.items(_HIGHEST_TIER))
    for below, above in itertools.pairwise(steps):
        rises = above.at > below.at and above.tier > below.tier
        if not rises or above.priority.rank < below.priority.rank:
            what = f"the step at {above.at} does not rise above the step at {below.at}"
            write = "order the steps by points, with rising tier and priority never less urgent"
            raise node.stop(what, write, check=Check.STEPS)
    return steps


def read_group_support(node: Node) -> GroupSupport:
    """Return from how many persons or units on a group conversation is suggested."""
    keys = node.keys(("persons_over", "units_over"))
    return GroupSupport(keys["persons_over"].whole(1, 1000), keys["units_over"].whole(1, 100))


def read_late(node: Node) -> Late:
    """Return when a report is late, and what follows."""
    keys = node.keys(("after", "then"))
    then = keys["then"].choice(tuple(LateThen))
    return Late(keys["after"].duration(LONGEST_LATE), LateThen(then))


def read_merge(node: Node) -> MergeRule:
    """Return which incidents may be one occurrence."""
    keys = node.keys(("within", "compatible"))
    groups = [
        frozenset(
            item.choice(tuple(Category), check=Check.UNKNOWN_CODE) for item in group.items(30)
        )
        for group in keys["compatible"].items(30)
    ]
    return MergeRule(keys["within"].duration(LONGEST_MERGE), tuple(groups))


def read_scope(node: Node | None) -> frozenset[str]:
    """Return the involvements that meet only rules with `scope: everyone`."""
    if node is None:
        return frozenset()
    skipped = node.keys(("skip_involvement",))["skip_involvement"]
    known = tuple(Involvement)
    return frozenset(item.choice(known, check=Check.UNKNOWN_CODE) for item in skipped.items(10))


def refuse_inexact(document: Mapping[str, object], problems: Problems) -> None:
    """Note empty values, floats and keys that are not ASCII: they have no stable hash."""
    _walk(document, (), problems)


def _walk(value: object, path: KeyPath, problems: Problems) -> None:
    if value is None:
        write = "write a value, or leave out the key"
        problems.note(Check.VALUE, path, "the value is empty", write)
    elif isinstance(value, float):
        problems.note(Check.VALUE, path, "this is not a whole number", "write a whole number")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if not str(key).isascii():
                problems.note(Check.KEY, path, "a key is not plain ASCII", "rename the key")
            _walk(inner, (*path, key), problems)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            _walk(inner, (*path, index), problems)


def _step(node: Node) -> PointsStep:
    keys = node.keys(("at", "tier", "priority"))
    return PointsStep(
        keys["at"].whole(1, _MOST_POINTS, check=Check.STEPS),
        keys["tier"].whole(1, _HIGHEST_TIER, check=Check.STEPS),
        Priority(keys["priority"].choice(URGENCIES, check=Check.STEPS)),
    )

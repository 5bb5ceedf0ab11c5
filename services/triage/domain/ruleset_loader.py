"""Load a rule set: flatten it, read it, check everything; anything wrong refuses the whole set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.triage.domain.fact_model import SCHEMA
from services.triage.domain.fact_table import FactTable
from services.triage.domain.kleene import SEMANTICS
from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check, KeyPath, Place, Problems, StoppedError
from services.triage.domain.rule_reading import RuleReader
from services.triage.domain.ruleset import GroupSupport, Late, MergeRule, PointsStep, Rule, RuleSet
from services.triage.domain.ruleset_flatten import Base, check_extends, flatten, is_retirement
from services.triage.domain.ruleset_gates import gates_of
from services.triage.domain.ruleset_header import (
    read_group_support,
    read_late,
    read_merge,
    read_scope,
    read_steps,
    refuse_inexact,
)
from services.triage.domain.ruleset_warnings import warnings_of
from services.triage.domain.ruleset_windows import declared_windows, read_windows
from shared.contracts.canonical import digest
from shared.contracts.words import SubjectKind

MOST_RULES: Final = 200
_REQUIRED: Final = ("rule_set", "version", "schema", "semantics", "rules")
_POLICY: Final = ("points_to_tier", "group_support", "late", "merge")
_OPTIONAL: Final = ("scope", "windows")


@dataclass(frozen=True, slots=True)
class _Policy:
    """What stands above the rules."""

    points_to_tier: tuple[PointsStep, ...]
    group_support: GroupSupport
    late: Late
    merge: MergeRule
    skip_involvement: frozenset[str]


def load_document(
    document: object,
    *,
    file: str,
    places: Mapping[KeyPath, Place],
    base: Base | None = None,
    draft: bool = False,
) -> RuleSet:
    """Return the rule set of a parsed file.

    `base` finds the set that the file extends; `places` says where each path stands. In a draft,
    examples may be missing or wrong.

    Raises:
        RuleSetError: with every problem found.
    """
    problems = Problems(file, places, draft=draft)
    with problems.part():
        node = Node(document, (), problems)
        found = check_extends(node, base)
        flat = flatten(node.value, places, found)
        problems.places = flat.places
        return _load(flat.document, problems)
    problems.refuse_if_any()
    raise AssertionError(file)  # a part only stops after noting a problem


def rule_set_from_document(
    document: Mapping[str, Any], *, file: str = "triage.ruleset.v1"
) -> RuleSet:
    """Return the rule set of a flattened document, as published on the topic.

    Raises:
        RuleSetError: the document does not load, or its examples fail.
    """
    problems = Problems(file)
    with problems.part():
        return _load(document, problems)
    problems.refuse_if_any()
    raise AssertionError(file)


def _load(document: Mapping[str, Any], problems: Problems) -> RuleSet:
    required, written = (*_REQUIRED, *_POLICY), ("extends", *_OPTIONAL)
    keys = Node(document, (), problems).keys(
        required, (*_OPTIONAL, "base"), advised=(*required, *written)
    )
    refuse_inexact(document, problems)
    with problems.part():
        keys["schema"].choice((SCHEMA,))
    with problems.part():
        keys["semantics"].choice((SEMANTICS,))
    name, version = keys["rule_set"].slug(), keys["version"].whole(1, 10**6)
    policy = _policy(keys, problems)
    windows = read_windows(keys.get("windows"))
    facts = FactTable.with_windows(declared_windows(keys.get("windows"), windows))
    rules = _rules(keys["rules"], facts)
    problems.refuse_if_any()
    tidy = _tidy(document)
    active = tuple(sorted(rules, key=lambda rule: rule.id))
    persons = [rule for rule in active if rule.subject is SubjectKind.PERSON]
    personal = facts.person_windows()
    return RuleSet(
        name=name,
        version=version,
        hash=digest(tidy),
        schema=SCHEMA,
        semantics=SEMANTICS,
        skip_involvement=policy.skip_involvement,
        points_to_tier=policy.points_to_tier,
        group_support=policy.group_support,
        late=policy.late,
        merge=policy.merge,
        windows=windows,
        rules=active,
        person_gates=gates_of(persons, facts),
        everyone_gates=gates_of([rule for rule in persons if rule.everyone], facts),
        nameless_gates=gates_of([r for r in persons if not r.reads & personal], facts),
        team_gates=gates_of([r for r in active if r.subject is SubjectKind.TEAM], facts),
        document=tidy,
        warnings=warnings_of(active, policy.points_to_tier, facts),
    )


def _policy(keys: Mapping[str, Node], problems: Problems) -> _Policy:
    with problems.part():
        return _Policy(
            points_to_tier=read_steps(keys["points_to_tier"]),
            group_support=read_group_support(keys["group_support"]),
            late=read_late(keys["late"]),
            merge=read_merge(keys["merge"]),
            skip_involvement=read_scope(keys.get("scope")),
        )
    problems.refuse_if_any()
    raise StoppedError


def _rules(node: Node, facts: FactTable) -> list[Rule]:
    """Return the active rules; retired ones are checked too but decide nothing."""
    reader = RuleReader(facts)
    seen: set[str] = set()
    active = []
    for item in node.items(MOST_RULES):
        with node.problems.part():
            entry = item.entries()
            _identify(item, entry, seen)
            retired = "retired" in entry and _retirement(entry["retired"])
            rule = reader.read(item)
            if rule is not None and not retired:
                active.append(rule)
        node.problems.rule = None
    return active


def _identify(item: Node, entry: Mapping[str, Node], seen: set[str]) -> None:
    if "id" not in entry:
        raise item.stop("the rule has no id", "add `id:`", check=Check.KEY)
    rule_id = entry["id"].name()
    item.problems.rule = rule_id
    if is_retirement(item.value):
        what = "the entry retires a rule that the base does not have, or has retired already"
        raise item.stop(what, "correct the id, or remove the entry", check=Check.BASE)
    if rule_id in seen:
        what = "the id is used twice (also by a rule of the base, retired or not)"
        write = "give a new id: a changed rule is a new rule, retire the old one"
        raise entry["id"].stop(what, write, check=Check.DUPLICATE_ID)
    seen.add(rule_id)


def _retirement(node: Node) -> bool:
    keys = node.keys(("in", "reason"))
    keys["in"].whole(1, 10**6)
    keys["reason"].text()
    return True


def _tidy(value: Any) -> Any:  # noqa: ANN401 - JSON is any of six types
    """Collapse white space in every text: layout is no meaning, so it enters no hash."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, Mapping):
        return {key: _tidy(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_tidy(inner) for inner in value]
    return value

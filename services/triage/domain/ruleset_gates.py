"""Group rules by the test they begin with, so that one false test silences all of them at once."""

from collections.abc import Iterable

from services.triage.domain.closures import FactOf, compile_condition
from services.triage.domain.condition import Both, Condition, Leaf, facts_of
from services.triage.domain.ruleset import Gate, Rule


def gates_of(rules: Iterable[Rule], fact: FactOf) -> tuple[Gate, ...]:
    """Return the gates over these rules; a rule stands behind exactly one."""
    grouped: dict[Condition, list[Rule]] = {}
    for rule in rules:
        grouped.setdefault(_first(rule.when), []).append(rule)
    return tuple(_gate(first, tuple(members), fact) for first, members in grouped.items())


def _first(condition: Condition) -> Condition:
    match condition:
        case Both(children) if isinstance(children[0], Leaf):
            return children[0]
    return condition


def _gate(first: Condition, rules: tuple[Rule, ...], fact: FactOf) -> Gate:
    if len(rules) == 1:
        return Gate(rules[0].verdict, rules[0].reads_patient, rules)
    reads_patient = any(name.startswith("patient.") for name in facts_of(first))
    return Gate(compile_condition(first, fact), reads_patient, rules)

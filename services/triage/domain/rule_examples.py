"""Examples: small cases that start from everything unknown and must come out as the file says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from services.triage.domain.assess import verdict_on
from services.triage.domain.fact_model import Fact, Shape
from services.triage.domain.fact_table import FactTable
from services.triage.domain.facts import Facts, FactValue, Scene, complete_patient
from services.triage.domain.kleene import verdict_of
from services.triage.domain.rule_nodes import Node
from services.triage.domain.rule_problems import Check
from services.triage.domain.ruleset import Example, Rule
from services.triage.domain.spelling import nearest
from shared.contracts.words import Verdict

MOST_EXAMPLES: Final = 60
_RECEIVED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def read_examples(node: Node, facts: FactTable) -> tuple[Example, ...]:
    """Return the examples of one rule, their values checked against the fact model."""
    examples = tuple(_example(item, facts) for item in node.items(MOST_EXAMPLES))
    names = [example.name for example in examples]
    if len(set(names)) != len(names):
        raise node.stop("two examples have one name", "give each its own", check=Check.EXAMPLE)
    return examples


def check_examples(node: Node, rule: Rule, facts: FactTable) -> None:
    """Note examples with another outcome than expected, and outcomes without an example."""
    for index, example in enumerate(rule.examples):
        found = verdict_of(verdict_on(rule, example_scene(example, facts)))
        if found is not example.expect:
            what = f"example `{example.name}` comes out {found}, the file expects {example.expect}"
            path = (*node.path, index)
            node.problems.note(Check.EXAMPLE, path, what, "correct the rule or the example")
    wanted = {Verdict.FIRES, Verdict.SILENT} | ({Verdict.UNKNOWN} if rule.on_unknown else set())
    for kind in sorted(wanted - {example.expect for example in rule.examples}):
        what = f"no example expects `{kind}`"
        node.problems.note(Check.EXAMPLE, node.path, what, "add one at the boundary of the rule")


def example_scene(example: Example, facts: FactTable) -> Scene:
    """Return the scene of an example: all unknown but its facts, windows 0, one patient."""
    return scene_of_facts(example.facts, facts)


def scene_of_facts(given: Facts, facts: FactTable) -> Scene:
    """Return the scene in which only these facts are known."""
    shared = dict(assumed(facts))
    patient: dict[str, FactValue] = {}
    for name, value in given.items():
        (patient if name.startswith("patient.") else shared)[name] = value
    return Scene(shared=shared, patients=(complete_patient(patient),))


def assumed(facts: FactTable) -> Facts:
    """Return what holds in an example that does not say otherwise; all else is unknown."""
    windows = {f"windows.{name}": 0 for name in facts.windows}
    return {**windows, "team.named": False, "incident.received_at": _RECEIVED}


def _example(node: Node, facts: FactTable) -> Example:
    keys = node.keys(("name", "facts", "expect"))
    values = {name: _value(item, name, facts) for name, item in keys["facts"].entries().items()}
    expect = keys["expect"].choice(tuple(Verdict), check=Check.EXAMPLE)
    return Example(keys["name"].text(120), values, Verdict(expect))


def _value(node: Node, name: str, facts: FactTable) -> FactValue:
    fact = facts.facts.get(name)
    if fact is None:
        meant = nearest(name, facts.facts)
        raise node.stop(
            f"there is no fact `{name}`",
            "write a fact of the model",
            check=Check.UNKNOWN_FACT,
            meant=meant,
        )
    match fact.shape:
        case Shape.NUMBER:
            return node.whole(fact.low, fact.high)
        case Shape.YES_NO:
            return node.flag()
        case Shape.TIME:
            return _moment(node)
        case Shape.CODES:
            return tuple(_code(item, fact) for item in node.items(len(fact.codes)))
        case _:
            return _code(node, fact)


def _code(node: Node, fact: Fact) -> str:
    return node.choice(fact.codes, check=Check.UNKNOWN_CODE)


def _moment(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text(40))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise node.stop("this is not a moment", 'write for example "2026-01-31T12:00:00Z"')
    return moment


def values_as_json(values: Mapping[str, FactValue]) -> dict[str, object]:
    """Return example facts as plain JSON types, for printing."""
    return {name: _plain(value) for name, value in sorted(values.items())}


def _plain(value: FactValue) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value

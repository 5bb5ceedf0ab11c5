"""The traced path: the same verdict as the closures, with every test's value kept."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.triage.domain.closures import FactOf, Lookup, compile_leaf
from services.triage.domain.condition import (
    Both,
    Condition,
    Either,
    Leaf,
    Negation,
    write_leaf,
)
from services.triage.domain.explanation import show
from services.triage.domain.facts import FactValue
from services.triage.domain.kleene import UNKNOWN, Truth, negate, verdict_of

_SAID: Final = {"fires": "yes", "silent": "no", "unknown": "not known"}


@dataclass(frozen=True, slots=True)
class TraceNode:
    """One node of a traced condition: `label` is `and`, `or`, `not` or the test's text.

    `values` has the facts a test read; for the other nodes it is empty.
    """

    label: str
    truth: Truth
    values: tuple[tuple[str, FactValue], ...] = ()
    children: tuple["TraceNode", ...] = ()


Tracer: TypeAlias = Callable[[Lookup], TraceNode]


def compile_trace(condition: Condition, fact: FactOf) -> Tracer:
    """Return a function that evaluates without short cuts, so that every test shows its value."""
    match condition:
        case Leaf():
            return _leaf(condition, fact)
        case Negation(child):
            return _negation(compile_trace(child, fact))
        case Both(children):
            return _joined("and", min, tuple(compile_trace(child, fact) for child in children))
        case Either(children):
            return _joined("or", max, tuple(compile_trace(child, fact) for child in children))


def unknown_facts(node: TraceNode) -> frozenset[str]:
    """Return the facts that leave the node unknown, reached through unknown nodes only."""
    if node.truth != UNKNOWN:
        return frozenset()
    here = frozenset(name for name, value in node.values if value is None)
    return here.union(*(unknown_facts(child) for child in node.children))


def lines_of(node: TraceNode, indent: int = 0) -> Iterator[str]:
    """Yield the trace as indented lines: verdict, test, values read."""
    said = _SAID[verdict_of(node.truth)]
    read = ", ".join(f"{name} is {show(value)}" for name, value in node.values)
    yield f"{'  ' * indent}{said:<9} {node.label}{f'   ({read})' if read else ''}"
    for child in node.children:
        yield from lines_of(child, indent + 1)


def _leaf(leaf: Leaf, fact: FactOf) -> Tracer:
    test = compile_leaf(leaf, fact(leaf.fact))
    label = write_leaf(leaf)
    names = leaf.facts

    def traced(lookup: Lookup) -> TraceNode:
        return TraceNode(label, test(lookup), tuple((name, lookup(name)) for name in names))

    return traced


def _negation(child: Tracer) -> Tracer:
    def traced(lookup: Lookup) -> TraceNode:
        node = child(lookup)
        return TraceNode("not", negate(node.truth), (), (node,))

    return traced


def _joined(
    label: str, choose: Callable[[Iterator[Truth]], Truth], children: tuple[Tracer, ...]
) -> Tracer:
    def traced(lookup: Lookup) -> TraceNode:
        nodes = tuple(child(lookup) for child in children)
        return TraceNode(label, choose(node.truth for node in nodes), (), nodes)

    return traced

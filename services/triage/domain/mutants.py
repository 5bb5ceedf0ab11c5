"""Mutants of a condition: each changes one detail, and an example of the rule should notice."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from services.triage.domain.closures import FactOf
from services.triage.domain.condition import (
    Both,
    Condition,
    Either,
    Leaf,
    Negation,
    NodePath,
    children_of,
    with_child,
    write_condition,
)
from services.triage.domain.mutant_tests import changed_tests

_LONGEST: Final = 70


class Mutant(NamedTuple):
    """A condition changed in one place: `path` leads to what changed, `change` names it."""

    path: NodePath
    change: str
    condition: Condition


def mutants_of(condition: Condition, fact: FactOf) -> tuple[Mutant, ...]:
    """Return the mutants, each once, in the order of the text.

    Every number, duration, code, operator, list element, `and`, `or`, `not`, `known` and operand
    is changed in turn; some mutants may mean the same as the condition.
    """
    distinct: dict[Condition, Mutant] = {}
    for mutant in _changed(condition, fact, is_negated=False):
        distinct.setdefault(mutant.condition, mutant)
    return tuple(distinct.values())


def _changed(node: Condition, fact: FactOf, *, is_negated: bool) -> Iterator[Mutant]:
    """Yield a node's own mutants, then those of its children, put back into it."""
    if isinstance(node, Leaf):
        yield from _tests(node, fact)
    elif isinstance(node, Negation):
        yield Mutant((), f"`not` before {_quoted(node.child)} removed", node.child)
    else:
        yield from _joined(node)
    if not is_negated and not isinstance(node, Negation):
        yield Mutant((), f"`not` added before {_quoted(node)}", Negation(node))
    for index, child in enumerate(children_of(node)):
        for mutant in _changed(child, fact, is_negated=isinstance(node, Negation)):
            whole = with_child(node, index, mutant.condition)
            yield Mutant((index, *mutant.path), mutant.change, whole)


def _tests(leaf: Leaf, fact: FactOf) -> Iterator[Mutant]:
    for changed in changed_tests(leaf, fact(leaf.fact)):
        yield Mutant((), f"{_quoted(leaf)} → {_quoted(changed)}", changed)


def _joined(node: Both | Either) -> Iterator[Mutant]:
    """Yield the node with the other connective, then without each operand; of two one remains."""
    if isinstance(node, Both):
        yield Mutant((), "`and` → `or`", Either(node.children))
    else:
        yield Mutant((), "`or` → `and`", Both(node.children))
    for index, dropped in enumerate(node.children):
        rest = node.children[:index] + node.children[index + 1 :]
        whole = rest[0] if len(rest) == 1 else type(node)(rest)
        yield Mutant((index,), f"{_quoted(dropped)} dropped", whole)


def _quoted(condition: Condition) -> str:
    text = write_condition(condition)
    return f"`{text}`" if len(text) <= _LONGEST else f"`{text[:_LONGEST]}…`"

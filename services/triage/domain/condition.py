"""The typed tree of a condition, and its text: parsing what was written gives the same tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, TypeAlias

# Child indexes from the top of a tree down to a node.
NodePath: TypeAlias = tuple[int, ...]
Constant: TypeAlias = int | str | tuple[str, ...] | timedelta | None


class Operator(StrEnum):
    """What a test does with its fact."""

    YES = "yes"
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "=="
    DIFFERENT = "!="
    IN = "in"
    NOT_IN = "not in"
    HAS = "has"
    LACKS = "lacks"
    IS_KNOWN = "is known"
    IS_UNKNOWN = "is unknown"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test of one fact; with `minus` it tests the time that passed between two."""

    fact: str
    operator: Operator
    constant: Constant = None
    minus: str | None = None

    @property
    def facts(self) -> tuple[str, ...]:
        """The one or two facts the test reads."""
        return (self.fact,) if self.minus is None else (self.fact, self.minus)


@dataclass(frozen=True, slots=True)
class Both:
    """All children hold (`and`)."""

    children: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one child holds (`or`)."""

    children: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """The child does not hold."""

    child: "Condition"


Condition: TypeAlias = Leaf | Both | Either | Negation
_UNITS: Final = (
    ("days", timedelta(days=1)),
    ("hours", timedelta(hours=1)),
    ("minutes", timedelta(minutes=1)),
)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the tests from left to right."""
    if isinstance(condition, Leaf):
        yield condition
    for child in children_of(condition):
        yield from leaves(child)


def children_of(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that a node joins or negates; a test has none."""
    match condition:
        case Leaf():
            return ()
        case Negation(child):
            return (child,)
        case Both(children) | Either(children):
            return children


def with_child(condition: Condition, index: int, child: Condition) -> Condition:
    """Return the node with one of its children replaced."""
    if isinstance(condition, Both | Either):
        before, after = condition.children[:index], condition.children[index + 1 :]
        return type(condition)((*before, child, *after))
    return Negation(child)


def facts_of(condition: Condition) -> frozenset[str]:
    """Return the names of all facts the condition reads."""
    return frozenset(name for leaf in leaves(condition) for name in leaf.facts)


def write_condition(condition: Condition) -> str:
    """Return the condition as text of the rule language."""
    match condition:
        case Leaf():
            return write_leaf(condition)
        case Negation(child):
            return f"not {_inner(child)}"
        case Both(children):
            return " and ".join(_inner(child) for child in children)
        case Either(children):
            return " or ".join(_inner(child) for child in children)


def write_leaf(leaf: Leaf) -> str:
    """Return one test as text."""
    fact = leaf.fact if leaf.minus is None else f"{leaf.fact} - {leaf.minus}"
    match leaf.operator:
        case Operator.YES:
            return fact
        case Operator.IS_KNOWN | Operator.IS_UNKNOWN:
            return f"{fact} {leaf.operator}"
        case Operator.HAS:
            return f"{leaf.constant} in {fact}"
        case Operator.LACKS:
            return f"{leaf.constant} not in {fact}"
        case operator:
            return f"{fact} {operator} {write_constant(leaf.constant)}"


def write_constant(constant: Constant) -> str:
    """Return a literal as text: a whole number, a code, a list of codes or a duration."""
    if isinstance(constant, tuple):
        return f"[{', '.join(constant)}]"
    if isinstance(constant, timedelta):
        return _write_duration(constant)
    return str(constant)


def unit_of(duration: timedelta) -> timedelta:
    """Return the largest unit that measures a duration: a day, an hour or a minute."""
    return _unit(duration)[1]


def _write_duration(duration: timedelta) -> str:
    name, unit = _unit(duration)
    return f"{name}({duration // unit})"


def _unit(duration: timedelta) -> tuple[str, timedelta]:
    return next(pair for pair in _UNITS if duration % pair[1] == timedelta(0))


def _inner(condition: Condition) -> str:
    text = write_condition(condition)
    return f"({text})" if isinstance(condition, Both | Either) else text

"""Parse a condition: guards, Python's parser, a whitelist, the fact model; errors have columns."""

import ast
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from services.triage.domain.condition import (
    Both,
    Condition,
    Either,
    Leaf,
    Negation,
    NodePath,
    Operator,
    facts_of,
    leaves,
)
from services.triage.domain.condition_error import ConditionError
from services.triage.domain.condition_operands import OperandReader, column_of, not_the_language
from services.triage.domain.condition_tests import comparison, knowledge, membership, yes_no
from services.triage.domain.fact_model import Fact

LONGEST: Final = 2000
DEEPEST: Final = 12
MOST_TESTS: Final = 12
MOST_FACTS: Final = 8
_COMPARISONS: Final[Mapping[type[ast.cmpop], Operator]] = {
    ast.Lt: Operator.LESS,
    ast.LtE: Operator.AT_MOST,
    ast.Gt: Operator.MORE,
    ast.GtE: Operator.AT_LEAST,
    ast.Eq: Operator.EQUAL,
    ast.NotEq: Operator.DIFFERENT,
}


def parse_condition(text: str, facts: Mapping[str, Fact]) -> Condition:
    """Return the typed tree of a condition over these facts.

    Raises:
        ConditionError: anything that is not the rule language, or not of the fact model.
    """
    condition = _Builder(OperandReader(facts)).build(_syntax(text), ())
    _limit("tests", sum(1 for _ in leaves(condition)), MOST_TESTS)
    _limit("facts", len(facts_of(condition)), MOST_FACTS)
    return condition


def columns_of(text: str, facts: Mapping[str, Fact]) -> Mapping[NodePath, int]:
    """Return where each node of the tree of a condition that parses begins, from 1.

    Raises:
        ConditionError: it does not parse.
    """
    builder = _Builder(OperandReader(facts))
    builder.build(_syntax(text), ())
    return builder.columns


@dataclass(frozen=True, slots=True)
class _Builder:
    operands: OperandReader
    columns: dict[NodePath, int] = field(default_factory=dict)

    def build(self, node: ast.expr, path: NodePath) -> Condition:
        self.columns[path] = column_of(node)
        if len(path) >= DEEPEST:
            what = f"the condition is nested deeper than {DEEPEST}"
            raise ConditionError("too_large", column_of(node), what, "split the rule in two")
        match node:
            case ast.BoolOp(op=op, values=values):
                children = tuple(self.build(v, (*path, i)) for i, v in enumerate(values))
                return Both(children) if isinstance(op, ast.And) else Either(children)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Negation(self.build(operand, (*path, 0)))
            case ast.Compare():
                return self._tests(node, path)
            case ast.Attribute() | ast.Name() | ast.Constant():
                return yes_no(self.operands.read(node))
        raise not_the_language(node)

    def _tests(self, node: ast.Compare, path: NodePath) -> Condition:
        sides = (node.left, *node.comparators)
        if len(node.ops) > 1 and not all(type(op) in _COMPARISONS for op in node.ops):
            what = "only comparisons can be chained"
            raise ConditionError("bad_test", column_of(node), what, "join the tests with `and`")
        pairs = zip(sides, node.ops, sides[1:], strict=False)
        tests = tuple(self._test(left, op, right) for left, op, right in pairs)
        if len(tests) == 1:
            return tests[0]
        self.columns.update({(*path, i): column_of(side) for i, side in enumerate(sides[:-1])})
        return Both(tests)

    def _test(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Leaf:
        one, other = self.operands.read(left), self.operands.read(right)
        match op:
            case ast.Is() | ast.IsNot():
                return knowledge(one, other, negated=isinstance(op, ast.IsNot))
            case ast.In() | ast.NotIn():
                return membership(one, other, negated=isinstance(op, ast.NotIn))
        return comparison(one, _COMPARISONS[type(op)], other)


def _syntax(text: str) -> ast.expr:
    _guard(text)
    # A condition may be folded over lines; spaces of the same number keep the columns.
    line = text.replace("\n", " ").replace("\t", " ").replace("\r", " ")
    body = line.lstrip(" ")
    padding = len(line) - len(body)
    try:
        # A tokenizer warning (`1and`) is a mistake here, not advice.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(body, mode="eval").body
    except SyntaxError as error:
        raise _not_a_condition((error.offset or len(body) + 1) + padding) from None
    except (ValueError, MemoryError, RecursionError):
        raise _not_a_condition(1) from None
    return _shifted(tree, padding)


def _guard(text: str) -> None:
    if len(text) > LONGEST:
        what = f"the condition has {len(text)} characters, more than {LONGEST}"
        raise ConditionError("too_large", LONGEST + 1, what, "split the rule in two")
    for column, character in enumerate(text, start=1):
        if not (character.isascii() and character.isprintable()) and character not in "\n\t\r":
            what = "a condition is plain ASCII text"
            raise ConditionError("syntax", column, what, "remove this character")
        if character in "#\\":
            what = f"`{character}` hides or joins what follows"
            raise ConditionError("syntax", column, what, "put comments beside the rule")


def _shifted(tree: ast.expr, padding: int) -> ast.expr:
    for node in ast.walk(tree) if padding else ():
        if isinstance(node, ast.expr):
            node.col_offset += padding
    return tree


def _not_a_condition(column: int) -> ConditionError:
    write = "check parentheses, `and`, `or`, `not`, and `==` for equality"
    return ConditionError("syntax", column, "this cannot be read as a condition", write)


def _limit(noun: str, count: int, most: int) -> None:
    if count > most:
        what = f"the condition has {count} {noun}, more than {most}"
        raise ConditionError("too_large", 1, what, "split the rule in two")

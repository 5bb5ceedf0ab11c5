"""Type checking: which operand may be tested against which fact, and the leaf that results."""

from typing import Final

from services.triage.domain.condition import Leaf, Operator
from services.triage.domain.condition_error import ConditionError
from services.triage.domain.condition_operands import (
    Difference,
    Duration,
    Field,
    Number,
    Operand,
    Word,
    Words,
)
from services.triage.domain.fact_model import Fact, Shape
from services.triage.domain.spelling import nearest

_FLIPPED: Final = {
    Operator.LESS: Operator.MORE,
    Operator.AT_MOST: Operator.AT_LEAST,
    Operator.MORE: Operator.LESS,
    Operator.AT_LEAST: Operator.AT_MOST,
    Operator.EQUAL: Operator.EQUAL,
    Operator.DIFFERENT: Operator.DIFFERENT,
}
_EQUALITY: Final = (Operator.EQUAL, Operator.DIFFERENT)
_KNOWLEDGE: Final = {"known": True, "unknown": False}
_HOW: Final = {
    Shape.NUMBER: "write `{0} >= 3`",
    Shape.YES_NO: "write `{0}` alone, or `not {0}`",
    Shape.CODE: "write `{0} == code` or `{0} in [code, code]`",
    Shape.ORDERED: "write `{0} >= code`",
    Shape.TIME: "write `time - time < days(n)`, or `{0} is unknown`",
    Shape.CODES: "write `code in {0}`",
}


def yes_no(operand: Operand) -> Leaf:
    """Return the test of a fact that stands alone."""
    match operand:
        case Field(fact=fact) if fact.shape is Shape.YES_NO:
            return Leaf(fact.name, Operator.YES)
        case Field(fact=fact):
            raise _refused(
                operand, f"`{fact.name}` is {fact.shape} and cannot stand alone", how(fact)
            )
        case Word(text=text):
            what = f"`{text}` stands alone and tests nothing"
            raise _refused(
                operand, what, "write `fact operator code`, for example patient.harm >= severe"
            )
    raise _refused(operand, "a literal cannot stand alone", "write `fact operator literal`")


def knowledge(left: Operand, right: Operand, *, negated: bool) -> Leaf:
    """Return `fact is known` or `fact is unknown`; `is not` turns one into the other."""
    match left, right:
        case Field(fact=fact), Word(text=text) if text in _KNOWLEDGE:
            known = _KNOWLEDGE[text] is not negated
            return Leaf(fact.name, Operator.IS_KNOWN if known else Operator.IS_UNKNOWN)
    raise _refused(
        right, "`is` asks only whether a fact is known", "write `fact is known` or `is unknown`"
    )


def membership(left: Operand, right: Operand, *, negated: bool) -> Leaf:
    """Return `fact in [codes]` or `code in list-fact`."""
    match left, right:
        case Field(fact=fact), Words(words=words) if fact.shape in (Shape.CODE, Shape.ORDERED):
            codes = tuple(_code(fact, word) for word in words)
            return Leaf(fact.name, Operator.NOT_IN if negated else Operator.IN, codes)
        case Word(), Field(fact=fact) if fact.shape is Shape.CODES:
            operator = Operator.LACKS if negated else Operator.HAS
            return Leaf(fact.name, operator, _code(fact, left))
        case Field(fact=fact), _:
            raise _refused(left, f"`{fact.name}` is {fact.shape}", how(fact))
        case _, Field(fact=fact):
            raise _refused(right, f"`{fact.name}` is {fact.shape}", how(fact))
    raise _refused(left, "`in` needs a fact", "write `code in list-fact` or `fact in [code, code]`")


def comparison(left: Operand, operator: Operator, right: Operand) -> Leaf:
    """Return a comparison; a literal on the left is turned round."""
    if isinstance(left, Number | Duration | Word) and isinstance(right, Field | Difference):
        left, operator, right = right, _FLIPPED[operator], left
    match left, right:
        case Field(fact=fact), Number(value=value) if fact.shape is Shape.NUMBER:
            return Leaf(fact.name, operator, value)
        case Field(fact=fact), Word() if fact.shape is Shape.ORDERED:
            return Leaf(fact.name, operator, _code(fact, right))
        case Field(fact=fact), Word() if fact.shape is Shape.CODE and operator in _EQUALITY:
            return Leaf(fact.name, operator, _code(fact, right))
        case Difference(later=later, earlier=earlier), Duration(value=length):
            return Leaf(later.fact.name, operator, length, minus=earlier.fact.name)
    raise _wrong_comparison(left, operator, right)


def how(fact: Fact) -> str:
    """Return how a fact of this shape is tested."""
    return _HOW[fact.shape].format(fact.name)


def _wrong_comparison(left: Operand, operator: Operator, right: Operand) -> ConditionError:
    match left, right:
        case Field(fact=fact), Word() if fact.shape is Shape.CODE:
            what = f"the codes of `{fact.name}` have no order, `{operator}` means nothing"
            return _refused(left, what, how(fact))
        case Field(), Field():
            return _refused(right, "two facts cannot be compared", "compare a fact with a literal")
        case Field(fact=fact), _:
            return _refused(right, f"`{fact.name}` is {fact.shape}, this literal is not", how(fact))
        case Difference(), _:
            return _refused(right, "a difference of times needs a duration", "write `< days(n)`")
    return _refused(left, "the test reads no fact", "write `fact operator literal`")


def _code(fact: Fact, word: Word) -> str:
    if word.text in fact.codes:
        return word.text
    if word.text in _KNOWLEDGE:
        raise _refused(word, f"`{word.text}` is no code", f"write `{fact.name} is {word.text}`")
    known = ", ".join(fact.codes)
    raise ConditionError(
        "unknown_code",
        word.column,
        f"`{fact.name}` never is `{word.text}`",
        f"write one of {known}",
        nearest(word.text, fact.codes),
    )


def _refused(operand: Operand, what: str, write: str) -> ConditionError:
    return ConditionError("bad_test", operand.column, what, write)

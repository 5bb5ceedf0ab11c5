"""Three-valued logic `kleene/1`: false < unknown < true; `and` is the least, `or` the greatest."""

from typing import Final, TypeAlias

from shared.contracts.words import Verdict

SEMANTICS: Final = "kleene/1"

Truth: TypeAlias = int
FALSE: Final[Truth] = 0
UNKNOWN: Final[Truth] = 1
TRUE: Final[Truth] = 2

_VERDICTS: Final = (Verdict.SILENT, Verdict.UNKNOWN, Verdict.FIRES)


def negate(truth: Truth) -> Truth:
    """Return `not truth`: swaps false and true, keeps unknown."""
    return TRUE - truth


def verdict_of(truth: Truth) -> Verdict:
    """Return what a rule says when its condition has this truth."""
    return _VERDICTS[truth]

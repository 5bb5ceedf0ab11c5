"""The refusal of a condition: what stands at which column, and what to write instead."""

from typing import Literal, TypeAlias

ConditionCode: TypeAlias = Literal[
    "unknown_fact", "unknown_code", "bad_test", "too_large", "syntax"
]


class ConditionError(ValueError):
    """A condition that does not follow the grammar or the fact model.

    `column` counts from 1 in the condition's text; `write` says what to write; `meant` is the
    nearest word.
    """

    def __init__(
        self, code: ConditionCode, column: int, what: str, write: str, meant: str | None = None
    ) -> None:
        self.code: ConditionCode = code
        self.column = column
        self.what = what
        self.write = write
        self.meant = meant
        hint = f"; did you mean `{meant}`?" if meant else ""
        super().__init__(f"column {column}: {what}; {write}{hint}")

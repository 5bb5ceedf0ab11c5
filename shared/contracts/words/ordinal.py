"""A vocabulary with an order."""

from enum import StrEnum
from typing import Self


class Ordinal(StrEnum):
    """A vocabulary whose order of declaration is its rank, lowest first.

    `rank` is the position in the declaration, 0 is the lowest.
    """

    rank: int

    def __new__(cls, word: str) -> Self:
        """Make the next member: those before it are counted once, here."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.rank = len(cls.__members__)
        return member

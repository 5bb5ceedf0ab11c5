"""A vocabulary with an order."""

from enum import StrEnum


class Ordinal(StrEnum):
    """A vocabulary whose order of declaration is its rank, lowest first."""

    @property
    def rank(self) -> int:
        """Position in the declaration, 0 is the lowest."""
        return list(type(self)).index(self)

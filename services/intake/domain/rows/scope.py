"""What an expression of a pack reads from: one row, one element of a list in it, the notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from services.intake.domain.notes import Notes

Cells: TypeAlias = Mapping[str, Any]
"""Cells by folded header; text of a table, or any JSON."""


@dataclass(slots=True)
class Scope:
    """One place to read from; what `cells` do not have is looked up in `outer`.

    `rows` are all rows of the report: one, but where a source writes a row per patient.
    """

    cells: Cells
    notes: Notes
    rows: tuple[Cells, ...] = ()
    outer: Cells | None = None

    def value(self, name: str) -> Any:  # noqa: ANN401 - any JSON
        """Return what stands under a folded header; None where nothing does."""
        found = self.cells.get(name)
        if found is None and self.outer is not None:
            found = self.outer.get(name)
        if isinstance(found, str):
            return found.strip() or None
        return found

    def within(self, cells: Cells) -> "Scope":
        """Return the scope of one element of a list in this row."""
        return Scope(cells, self.notes, self.rows, self.cells)


Read: TypeAlias = Callable[[Scope], Any]
"""An expression, compiled: it reads, and never raises but RefusedError for a limit."""

"""What an expression of a pack reads from: one row, one element of a list in it, the notes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from services.intake.domain.notes import Notes
from services.intake.domain.rows.table import fold

Cells: TypeAlias = Mapping[str, Any]
"""What cells say by folded header: text of a table or any JSON; blank cells are left out."""


@dataclass(slots=True)
class Scope:
    """One place to read from; what `cells` do not have is looked up in `outer`.

    `rows` are all rows of the report: one, but where a source writes a row per patient. `lists`
    keeps what a cell's JSON lists, which patients and staff read alike.
    """

    cells: Cells = field(repr=False)
    notes: Notes
    rows: tuple[Cells, ...] = field(default=(), repr=False)
    outer: Cells | None = field(default=None, repr=False)
    lists: dict[str, list[Cells]] = field(default_factory=dict, repr=False)

    def within(self, cells: Cells) -> "Scope":
        """Return the scope of one element of a list in this row."""
        return Scope(cells, self.notes, self.rows, self.cells, self.lists)


# How SQL Server's and MySQL's own tools write a cell in which there is nothing.
BLANK: Final = frozenset({"", "NULL", r"\N"})


def plain_cells(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a JSON object by folded name, without blank ones."""
    found = {}
    for name, value in given.items():
        if isinstance(value, str):
            plain = value.strip()
            if plain not in BLANK:
                found[fold(name)] = plain
        elif value is not None:
            found[fold(name)] = value
    return found


Read: TypeAlias = Callable[[Scope], Any]
"""An expression, compiled: it reads, and never raises but RefusedError for a limit."""

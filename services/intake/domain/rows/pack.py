"""A pack: how the rows of one kind of export become reports; data, checked when it is loaded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from services.intake.domain.rows.scope import Cells, Read, Scope


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded pack; two of the same name and version are the same.

    `columns` are the folded headers it reads, `inner` names within lists that a cell may hold,
    `conditions` names that decide which rows or elements count, `cells` all of these, `drop` what
    it knows and leaves behind, `ids` those of which a file must have one. Rows of a request with
    the same values in `together` are one report. `needs_scale` tells that without the source's
    `harm_scale` every harm stays unknown. `fitted` gives the fields without all that reads columns
    which a table's header does not have, compiled once for a header. `document` is the file as it
    was read, joined with what it extends.
    """

    name: str
    version: int
    title: str
    columns: frozenset[str]
    inner: frozenset[str]
    conditions: frozenset[str]
    cells: frozenset[str]
    drop: frozenset[str]
    ids: frozenset[str]
    together: tuple[str, ...]
    needs_scale: bool
    fields: Mapping[str, Read] = field(repr=False, compare=False)
    fitted: Callable[[frozenset[str]], Mapping[str, Read]] = field(repr=False, compare=False)
    document: Mapping[str, Any] = field(repr=False, compare=False)

    def report(self, scope: Scope, header: frozenset[str] | None) -> dict[str, Any]:
        """Return the report that a row holds, in the words of contracts.md section 1.

        `header` are the folded columns of its table; None for JSON, where each row has its own.
        """
        found = {}
        fields = self.fields if header is None else self.fitted(header)
        for name, read in fields.items():
            value = read(scope)
            if value is not None:
                found[name] = value
        return found

    def key(self, cells: Cells) -> tuple[object, ...] | None:
        """Return what rows of one report have in common; None for a row that is one by itself."""
        found = tuple(cells.get(name) for name in self.together)
        return found if any(found) else None

    def reports(self, rows: Iterable[Cells]) -> list[list[int]]:
        """Return the places of each report's rows, in the order in which the reports begin.

        Rows of one record need not follow each other; apart, the last would replace the others.
        """
        found: dict[object, list[int]] = {}
        for place, cells in enumerate(rows):
            found.setdefault(self.key(cells) or place, []).append(place)
        return list(found.values())

"""Which entries of a list count: `where` and `where_not` of a pack."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from services.intake.domain.rows.problems import Node
from services.intake.domain.rows.scope import Scope
from services.intake.domain.rows.table import fold
from services.intake.domain.tables import normal

FILTERS: Final = ("where", "where_not")
_ENDS: Final = "ends"


class Condition(NamedTuple):
    """One name of an entry, and the words or the endings of a code that fit."""

    name: str
    words: frozenset[str]
    endings: tuple[str, ...]

    def fits(self, value: object) -> bool:
        """Tell whether a value is one of the words, or a code of one word that ends so."""
        if value is None:
            return False
        if not self.endings:
            return normal(str(value)) in self.words
        code = normal(value) if isinstance(value, str) else ""
        return " " not in code and code.endswith(self.endings)


def chosen(
    filters: Mapping[str, Node], pointer: str
) -> tuple[Callable[[Scope], bool], frozenset[str]]:
    """Return what tells whether an entry counts, and the names that it reads.

    Whose code has none of the endings, and of which no `where_not` says anything either, is nobody
    we know: the entry is left out and noted as unmapped, never guessed.
    """
    wanted, barred = (_conditions(filters.get(name)) for name in FILTERS)
    field = f"{pointer}/where"

    def is_chosen(entry: Scope) -> bool:
        cells = entry.cells
        for condition in wanted:
            value = cells.get(condition.name)
            if not condition.fits(value):
                if condition.endings and not _is_barred(condition.name, value, barred):
                    entry.notes.unmapped(field, "" if value is None else value)
                return False
        return not any(condition.fits(cells.get(condition.name)) for condition in barred)

    return is_chosen, frozenset(condition.name for condition in (*wanted, *barred))


def _is_barred(name: str, value: object, barred: list[Condition]) -> bool:
    return any(condition.name == name and condition.fits(value) for condition in barred)


def _conditions(node: Node | None) -> list[Condition]:
    if node is None:
        return []
    return [_condition(fold(name), each) for name, each in node.entries().items()]


def _condition(name: str, node: Node) -> Condition:
    if not isinstance(node.value, dict):
        return Condition(name, frozenset(normal(item.text()) for item in node.items()), ())
    endings = node.keys((_ENDS,))[_ENDS].items()
    return Condition(name, frozenset(), tuple(_ending(item) for item in endings))


def _ending(node: Node) -> str:
    ending = normal(node.text())
    if not ending:
        raise node.stop("no code ends with this", "write letters or digits, for example C")
    return ending

"""The verbs of a pack, each compiled into a function of a row."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from services.intake.domain.limits import decode_json
from services.intake.domain.refusals import RefusedError
from services.intake.domain.rows.scope import Cells, Read, Scope, plain_cells
from services.intake.domain.rows.table import fold
from services.intake.domain.tables import normal
from shared.contracts.words import QualityFlag, RejectionCode

MISSING: Any = object()
# How an entry of a plain list, such as the parts of a split cell, is called within the list.
PART: Final = "value"


def nothing(_scope: Scope) -> None:
    """Read what is never there: a column that the table does not have, and all made of it."""


def column(name: str) -> Read:
    """Read a cell; what an element of a list does not have is looked up in its row."""
    folded = fold(name)

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        found = scope.cells.get(folded)
        if found is None and scope.outer is not None:
            return scope.outer.get(folded)
        return found

    return read


def const(value: object) -> Read:
    """Read nothing: the value is the same for every row."""
    return lambda _scope: value


def live(reads: Iterable[Read]) -> list[Read]:
    """Leave out what reads nothing."""
    return [read for read in reads if read is not nothing]


def first_of(reads: Iterable[Read]) -> Read:
    """Take the first that gives anything: both `coalesce` and `first`."""
    some = live(reads)
    if len(some) <= 1:
        return some[0] if some else nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        for each in some:
            value = each(scope)
            if value is not None:
                return value
        return None

    return read


def user_defined(cell: Read, name_key: str, value_key: str, wanted: str) -> Read:
    """Find a field that the site made itself in a cell that lists such fields."""
    if cell is nothing:
        return nothing
    name_of, value_of, label = fold(name_key), fold(value_key), normal(wanted)

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        for each in elements(cell, scope):
            given = each.get(name_of)
            if given is not None and normal(str(given)) == label:
                return each.get(value_of)
        return None

    return read


def member(source: Read, path: Sequence[str]) -> Read:
    """Walk into the JSON of a cell: names of members, or places in a list from 0."""
    if source is nothing:
        return nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = opened(source(scope), scope)
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                return None
        return value

    return read


def split(source: Read, separators: Sequence[str]) -> Read:
    """Divide a text at any of the separators; blanks around the parts do not count."""
    if source is nothing:
        return nothing
    only, *others = separators

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        if not isinstance(value, str):
            return value
        for each in others:
            value = value.replace(each, only)
        return [part for text in value.split(only) if (part := text.strip())] or None

    return read


def one_of(source: Read) -> Read:
    """Take the first of a list, for a field that holds one value."""
    if source is nothing:
        return nothing

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        return value[0] if isinstance(value, list) and value else value

    return read


def mapped(source: Read, table: Mapping[str, Any], default: Any = MISSING) -> Read:  # noqa: ANN401 - any JSON
    """Replace what the table knows; the rest becomes `default`, or stays for the reader to note."""
    if source is nothing:
        return nothing
    folded = {normal(key): value for key, value in table.items()}

    def one(value: Any) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, bool):
            value = "true" if value else "false"
        text = value if isinstance(value, str) else str(value)
        found = table.get(text, MISSING)
        if found is MISSING:
            found = folded.get(normal(text), default)
        return value if found is MISSING else found

    def read(scope: Scope) -> Any:  # noqa: ANN401 - any JSON
        value = source(scope)
        if value is None or isinstance(value, dict):
            return value
        if not isinstance(value, list):
            return one(value)
        return _flat([one(item) for item in value]) or None

    return read


def elements(source: Read, scope: Scope) -> list[Cells]:
    """Return the entries of a list in a cell: objects, or plain values under the name `value`."""
    value = source(scope)
    known = scope.lists.get(value) if isinstance(value, str) else None
    if known is not None:
        return known
    found = opened(value, scope)
    if isinstance(found, list):
        given = [each if isinstance(each, dict) else {PART: each} for each in found]
    else:
        given = [found] if isinstance(found, dict) else []
    listed: list[Cells] = [plain_cells(each) for each in given]
    if isinstance(value, str):
        scope.lists[value] = listed
    return listed


def opened(value: object, scope: Scope) -> Any:  # noqa: ANN401 - it is JSON
    """Return the JSON that a text holds; what is no text is JSON already.

    Raises:
        RefusedError: `limit`, nested too deep or a text in it too long.
    """
    if not isinstance(value, str):
        return value
    context = scope.notes.context
    try:
        return decode_json(value.encode("utf-8", "replace"), context.decode, context.limits)
    except RefusedError as error:
        if error.code is RejectionCode.LIMIT:
            raise
        scope.notes.flag(QualityFlag.VALUE_UNMAPPED)
        return None


def _flat(values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if isinstance(value, list):
            flat += value
        elif value is not None:
            flat.append(value)
    return flat

"""Compile one expression of a pack: a source, its modifiers, and the kind of the field it fills."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.intake.domain.readers import UNKNOWN
from services.intake.domain.rows import finishing, times, verbs
from services.intake.domain.rows.dates import DateReader, PatternError, cell_reader
from services.intake.domain.rows.fields import Field, Kind
from services.intake.domain.rows.problems import Node, near
from services.intake.domain.rows.scope import Read, Scope
from services.intake.domain.rows.table import fold
from services.intake.domain.tables import Tables, normal

SOURCES: Final = ("column", "const", "coalesce", "first", "udf")
MODIFIERS: Final = ("json", "split", "map", "else")
_OWN: Final[Mapping[Kind, tuple[str, ...]]] = MappingProxyType(
    {
        Kind.MOMENT: ("parse", "zone"),
        Kind.HARM: ("scale",),
        Kind.IDENTIFIER: ("system",),
        Kind.IDENTIFIERS: ("system",),
    }
)
_LISTS: Final = frozenset({Kind.WORDS, Kind.IDENTIFIERS})
_YES_NO: Final = frozenset({"yes", "no", "unknown", "suspected"})
_PEOPLE: Final = frozenset({"/staff/*/id", "/staff/*/name"})
_UNSAID: Final = "unknown"


@dataclass(slots=True)
class Builder:
    """Compiles expressions and remembers which columns they read.

    `inner` are names inside the lists that a cell may hold; they may be columns as well.
    `conditions` are names that decide which elements of a list count, `ids` those of which a table
    must have one. With a `header`, the folded columns of a table, whatever reads another column
    reads nothing.
    """

    tables: Tables
    header: frozenset[str] | None = None
    columns: set[str] = field(default_factory=set)
    inner: set[str] = field(default_factory=set)
    conditions: set[str] = field(default_factory=set)
    ids: frozenset[str] = frozenset()
    udf: tuple[str, str, str] | None = None
    is_inside: bool = False
    needs_scale: bool = False

    def column(self, name: str) -> Read:
        """Read a column, and remember it."""
        folded = fold(name)
        (self.inner if self.is_inside else self.columns).add(folded)
        if self.header is not None and not self.is_inside and folded not in self.header:
            return verbs.nothing
        return verbs.column(name)

    def value(self, node: Node, kind: Field, pointer: str) -> Read:
        """Return the expression at `node` for a field of that kind."""
        if kind.kind in _LISTS and isinstance(node.value, list):
            return self._union(node.items(), kind, pointer)
        source, system = self._source(node, kind, pointer)
        return self._finished(source, system, node, kind, pointer)

    def patterns(self, node: Node | None) -> DateReader | None:
        """Return the reader of the date patterns at `node`."""
        if node is None:
            return None
        try:
            return cell_reader(tuple(item.text() for item in node.items()))
        except PatternError as error:
            raise node.stop(str(error), "write for example %d/%m/%Y %H:%M") from None

    def zone(self, node: Node | None) -> tzinfo | None:
        """Return the zone at `node`; None is the tenant's."""
        if node is None or node.value == finishing.TENANT:
            return None
        try:
            return ZoneInfo(node.text())
        except (ZoneInfoNotFoundError, ValueError, OSError):
            write = "write tenant or an IANA zone such as Europe/London"
            raise node.stop("this time zone is not known", write) from None

    def _union(self, nodes: list[Node], kind: Field, pointer: str) -> Read:
        if kind.kind is Kind.IDENTIFIERS:
            return finishing.identifiers([self._source(node, kind, pointer) for node in nodes])
        reads = verbs.live([self.value(node, kind, pointer) for node in nodes])
        if not reads:
            return verbs.nothing

        def read(scope: Scope) -> list[Any] | None:
            found: list[Any] = []
            for each in reads:
                value = each(scope)
                if value is not None:
                    found += value if isinstance(value, list) else [value]
            return found or None

        return read

    def _source(self, node: Node, kind: Field, pointer: str) -> tuple[Read, str]:
        if isinstance(node.value, str):
            return self.column(node.text()), normal(node.text())
        keys = node.keys((), (*SOURCES, *MODIFIERS, *_OWN.get(kind.kind, ())))
        named = [name for name in SOURCES if name in keys]
        if len(named) != 1:
            write = f"write exactly one of {', '.join(SOURCES)}"
            raise node.stop("it is not clear where the value comes from", write)
        read = self._base(named[0], keys[named[0]], kind, pointer)
        system = normal(keys["column"].text()) if "column" in keys else "unspecified"
        if "system" in keys:
            system = keys["system"].text()
        read = self._modified(read, keys, kind)
        if "split" in keys and kind.kind not in _LISTS:
            self._check_split(keys["split"], pointer)
            read = verbs.one_of(read)
        return read, system

    def _check_split(self, node: Node, pointer: str) -> None:
        if pointer in _PEOPLE and not self.is_inside:
            what = "several people stand in this cell, and all but the first would be lost"
            write = "write `from: {column: ..., split: [...]}` in staff, and `column: value` here"
            raise node.stop(what, write)

    def _base(self, verb: str, node: Node, kind: Field, pointer: str) -> Read:
        if verb == "column":
            return self.column(node.text())
        if verb == "const":
            return verbs.const(self._target(node, kind))
        if verb == "udf":
            if self.udf is None:
                write = "add `udf: {column: ..., name: ..., value: ...}` to the pack"
                raise node.stop("the pack does not say where user-defined fields stand", write)
            column, name, value = self.udf
            # An element of a list may have such a cell of its own.
            cell = verbs.column(column) if self.is_inside else self.column(column)
            return verbs.user_defined(cell, name, value, node.text())
        if verb == "coalesce" or kind.kind in _OWN:
            return verbs.first_of([self._item(item, kind, pointer) for item in node.items()])
        return verbs.first_of(self._strict(node, kind, pointer))

    def _item(self, node: Node, kind: Field, pointer: str) -> Read:
        if kind.kind in {Kind.IDENTIFIER, Kind.MOMENT}:
            return self.value(node, kind, pointer)
        return self._source(node, kind, pointer)[0]

    def _strict(self, node: Node, kind: Field, pointer: str) -> list[Read]:
        """Compile the items of `first`: what a map does not know is left to the next one."""
        *early, last = node.items()
        return [
            *(self._source(_with_else(item), kind, pointer)[0] for item in early),
            self._source(last, kind, pointer)[0],
        ]

    def _modified(self, read: Read, keys: Mapping[str, Node], kind: Field) -> Read:
        if "json" in keys:
            read = verbs.member(read, [item.text() for item in keys["json"].items()])
        if "split" in keys:
            read = verbs.split(read, [_separator(item) for item in keys["split"].items()])
        if "map" not in keys and "else" not in keys:
            return read
        table = self._table(keys["map"], kind) if "map" in keys else {}
        default = self._target(keys["else"], kind) if "else" in keys else verbs.MISSING
        return verbs.mapped(read, table, default)

    def _table(self, node: Node, kind: Field) -> dict[str, Any]:
        if node.value is None:
            return {}
        table: dict[str, Any] = {}
        seen: dict[str, str] = {}
        for key, target in node.entries().items():
            table[key] = self._target(target, kind)
            twin = seen.setdefault(normal(key), key)
            if table[twin] != table[key]:
                write = "keep one of them; case, blanks and punctuation do not count"
                raise target.stop(f"`{key}` has two meanings here", write)
        return table

    def _target(self, node: Node, kind: Field) -> Any:  # noqa: ANN401 - text, list or None
        if node.value is None:
            return None
        if isinstance(node.value, list) and kind.kind in _LISTS:
            return [self._target(item, kind) for item in node.items()]
        text = node.text()
        if kind.kind is Kind.YES_NO:
            return node.choice(sorted(_YES_NO))
        if kind.vocabulary is None:
            return text
        if text.strip().casefold() in UNKNOWN:
            return None
        word = self.tables.word(kind.vocabulary, text)
        if word is None:
            known = sorted(set(self.tables.words[kind.vocabulary].values()))
            write = f"write one of {', '.join(known)}, or unknown"
            what = f"`{text[:60]}` is no word of {kind.vocabulary}"
            raise node.stop(what, write, near(text, known))
        return word

    def _finished(self, read: Read, system: str, node: Node, kind: Field, pointer: str) -> Read:
        keys = node.entries() if isinstance(node.value, dict) else {}
        if kind.kind is Kind.HARM:
            return self._harm(read, node, keys.get("scale"), pointer)
        if kind.kind is Kind.MOMENT and keys.keys() & {"parse", "zone"}:
            dates = self.patterns(keys.get("parse"))
            return times.moment(read, dates, self.zone(keys.get("zone")))
        if kind.kind is Kind.IDENTIFIER and not keys.keys() & {"coalesce", "first"}:
            return finishing.identifier(read, system)
        if kind.kind is Kind.IDENTIFIERS:
            return finishing.identifiers([(read, system)])
        return read

    def _harm(self, read: Read, node: Node, scale: Node | None, pointer: str) -> Read:
        if scale is None:
            what = "harm has no `scale`, and the same code is a death in one and no harm in another"
            write = f"add `scale: tenant`, or one of {', '.join(sorted(self.tables.harm_scales))}"
            raise node.stop(what, write)
        name = scale.choice([finishing.TENANT, *sorted(self.tables.harm_scales)])
        self.needs_scale |= name == finishing.TENANT and not node.value.get("map")
        words = frozenset(self.tables.words["harm"].values())
        return finishing.harm(read, name, words, pointer)


def _with_else(node: Node) -> Node:
    if not isinstance(node.value, dict) or "map" not in node.value or "else" in node.value:
        return node
    return Node(node.value | {"else": None}, node.path, node.problems)


def _separator(node: Node) -> str:
    if not isinstance(node.value, str) or not node.value:
        raise node.stop("this separates nothing", 'write for example ";" in quotes')
    return node.value

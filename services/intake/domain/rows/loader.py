"""Load a pack: every key known, every word ours, every scale declared; or all that is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from services.intake.domain.rows import finishing, times, verbs
from services.intake.domain.rows.choosing import FILTERS, chosen
from services.intake.domain.rows.expressions import Builder
from services.intake.domain.rows.fields import REPORT, Field, Fields, Form, Group, Kind
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.problems import (
    KeyPath,
    Node,
    Problems,
)
from services.intake.domain.rows.scope import Read, Scope
from services.intake.domain.rows.table import fold
from services.intake.domain.tables import Tables

HEADER: Final = ("pack", "version", "title", "extends", "drop", "together", "udf")
ROWS: Final = "rows"
_FROM: Final = "from"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)
_VERSION: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_EXTENDS: Final = "extends"
_HEADERS_KEPT: Final = 64
_SEVERAL: Final = 2
_PATIENTS: Final = "/patients/*"
_CODINGS: Final = "/codings/*"
# What a source grades of the incident, not of a person: it counts where no patient is listed.
_OF_THE_INCIDENT: Final = frozenset(
    {"harm", "harm_psychological", "harm_duration", "died", "outcomes"}
)


def load_pack(
    document: object,
    tables: Tables,
    *,
    file: str,
    places: Mapping[KeyPath, tuple[int, int]] | None = None,
    base: Callable[[str], Mapping[str, Any] | None] | None = None,
) -> Pack:
    """Return the pack that a document describes; `base` finds the document that it extends.

    Raises:
        PackError: with every problem, its line and column, and what to write.
    """
    problems = Problems(file, places or {})
    node = Node(document, (), problems)
    found: list[Pack] = []
    with problems.part():
        found.append(_load(_extended(node, base), tables))
    problems.refuse_if_any()
    return found[0]


def merged(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with what `own` says instead or besides; only mappings are joined."""
    result = dict(base)
    for key, value in own.items():
        known = result.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            result[key] = merged(known, value)
        else:
            result[key] = value
    return result


def _extended(node: Node, base: Callable[[str], Mapping[str, Any] | None] | None) -> Node:
    entries = node.entries()
    if _EXTENDS not in entries:
        return node
    name = entries[_EXTENDS].text()
    found = base(name) if base is not None else None
    if found is None:
        raise entries[_EXTENDS].stop("there is no such pack", "see `peerline mapping list`")
    return Node(merged(found, node.value), (), node.problems)


def _load(node: Node, tables: Tables) -> Pack:
    keys = node.keys(("pack", "version", "record_id"), (*HEADER, *REPORT))
    builder = Builder(tables)
    fields = _fields(keys, builder)
    drop = _columns(keys.get("drop"))
    together = tuple(sorted(_columns(keys.get("together"))))
    _check_drop(keys, drop & (builder.columns | builder.inner | set(together)))
    columns = frozenset(builder.columns | set(together))
    return Pack(
        name=_matching(keys["pack"], _NAME, "write lower-case letters, digits, _ and -"),
        version=int(_matching(keys["version"], _VERSION, "write a whole number from 1")),
        title=keys["title"].text() if "title" in keys else "",
        columns=columns,
        inner=frozenset(builder.inner),
        conditions=frozenset(builder.conditions),
        cells=columns | builder.inner | builder.conditions,
        drop=drop,
        ids=builder.ids,
        together=together,
        needs_scale=builder.needs_scale,
        fields=fields,
        fitted=lru_cache(_HEADERS_KEPT)(lambda header: _fields(keys, Builder(tables, header))),
        document=node.value,
    )


def _fields(keys: Mapping[str, Node], builder: Builder) -> dict[str, Read]:
    if "udf" in keys:
        with keys["udf"].problems.part():
            builder.udf = _udf(keys["udf"], builder)
    before = set(builder.columns)
    fields: dict[str, Read] = {}
    for name, kind in REPORT.items():
        if name not in keys:
            continue
        with keys[name].problems.part():
            fields[name] = _field(keys[name], kind, builder, f"/{name}")
        if name == "record_id":
            builder.ids = frozenset(builder.columns - before)
    return {name: read for name, read in fields.items() if read is not verbs.nothing}


def _matching(node: Node, pattern: re.Pattern[str], write: str) -> str:
    text = str(node.value)
    if not pattern.fullmatch(text):
        raise node.stop("this is not what stands here", write)
    return text


def _columns(node: Node | None) -> frozenset[str]:
    if node is None or node.value is None:
        return frozenset()
    return frozenset(fold(item.text()) for item in node.items())


def _check_drop(keys: Mapping[str, Node], both: set[str] | frozenset[str]) -> None:
    for name in sorted(both):
        what = f"the column `{name}` is dropped and read in the same pack"
        keys["drop"].problems.note(keys["drop"].path, what, "keep it in one of the two places")


def _udf(node: Node, builder: Builder) -> tuple[str, str, str]:
    keys = node.keys(("column", "name", "value"))
    column, name, value = (keys[key].text() for key in ("column", "name", "value"))
    builder.column(column)
    return column, name, value


def _field(node: Node, kind: Field | Group, builder: Builder, pointer: str) -> Read:
    if isinstance(kind, Field):
        return builder.value(node, kind, pointer)
    if kind.is_list:
        return _entries(node, kind.fields, builder, f"{pointer}/*")
    if kind.form is Form.OCCURRED:
        return _occurred(node, kind.fields, builder)
    keys = node.keys((), kind.fields)
    if kind.form is Form.LFPSE_AGE:
        text = Field(Kind.TEXT)
        return finishing.lfpse_age({n: builder.value(e, text, pointer) for n, e in keys.items()})
    return _object(keys, kind.fields, builder, pointer)


def _object(keys: Mapping[str, Node], fields: Fields, builder: Builder, pointer: str) -> Read:
    return _composed(_reads(keys, fields, builder, pointer))


def _reads(
    keys: Mapping[str, Node], fields: Fields, builder: Builder, pointer: str
) -> dict[str, Read]:
    reads: dict[str, Read] = {}
    for name, each in keys.items():
        with each.problems.part():
            found = _field(each, fields[name], builder, f"{pointer}/{name}")
            if found is not verbs.nothing:
                reads[name] = found
    return reads


def _composed(given: Mapping[str, Read]) -> Read:
    if not given:
        return verbs.nothing
    reads = dict(given)
    spread = reads.pop("lfpse_age", None)
    members = tuple(reads.items())

    def read(scope: Scope) -> dict[str, Any] | None:
        found = {}
        for name, each in members:
            value = each(scope)
            if value is not None:
                found[name] = value
        if spread is not None:
            found = spread(scope) | found
        return found or None

    return read


def _occurred(node: Node, fields: Fields, builder: Builder) -> Read:
    keys = dict(node.keys((), (*fields, "zone")))
    zone = builder.zone(keys.pop("zone", None))
    parts = {
        name: _field(each, fields[name], builder, f"/occurred/{name}")
        for name, each in keys.items()
    }
    return times.occurred(parts, zone)


def _entries(node: Node, fields: Fields, builder: Builder, pointer: str) -> Read:
    reads = verbs.live([_entry(item, fields, builder, pointer) for item in node.items()])
    if not reads:
        return verbs.nothing

    def read(scope: Scope) -> list[Any] | None:
        found: list[Any] = []
        for each in reads:
            found += each(scope)
        # A list that turns out empty says that nothing was found, not that there is none.
        return found or None

    return read


def _entry(node: Node, fields: Fields, builder: Builder, pointer: str) -> Read:
    known = (_FROM, *FILTERS)
    keys = dict(node.keys((), (*known, *fields)))
    filters: dict[str, Node] = {name: keys.pop(name) for name in known if name in keys}
    builder.is_inside = _FROM in filters and filters[_FROM].value != ROWS
    reads = _reads(keys, fields, builder, pointer)
    builder.is_inside = False
    read_one = _composed(reads)
    graded = _OF_THE_INCIDENT if pointer == _PATIENTS else frozenset()
    read_incident = _composed({name: each for name, each in reads.items() if name in graded})
    if _FROM not in filters:
        if filters:
            raise node.stop("`where` has no list to choose from", "add `from: COLUMN`")
        return _single(read_one, needed="code" if pointer == _CODINGS else None)
    is_chosen, names = chosen(filters, pointer)
    builder.conditions |= names
    rows = _rows(filters[_FROM], builder)
    if rows is verbs.nothing:
        return _single(read_incident)

    def read(scope: Scope) -> list[Any]:
        # Somebody of whom nothing is said is there all the same.
        found = [read_one(each) or {} for each in rows(scope) if is_chosen(each)]
        # A death is no less one because nobody has entered whose it was.
        return found or ([] if (one := read_incident(scope)) is None else [one])

    return read


def _single(read_one: Read, needed: str | None = None) -> Read:
    if read_one is verbs.nothing:
        return verbs.nothing

    def read(scope: Scope) -> list[Any]:
        one = read_one(scope)
        return [] if one is None or (needed is not None and needed not in one) else [one]

    return read


def _rows(node: Node, builder: Builder) -> Read:
    """Return what gives the entries of a list: the report's rows, or what a cell of each lists."""
    if node.value == ROWS:
        return lambda scope: [scope.within(cells) for cells in scope.rows]
    source = builder.value(node, Field(Kind.WORDS), "/from")
    if source is verbs.nothing:
        return verbs.nothing

    def read(scope: Scope) -> Iterable[Scope]:
        if len(scope.rows) < _SEVERAL:
            return [scope.within(each) for each in verbs.elements(source, scope)]
        places = [replace(scope, cells=cells) for cells in scope.rows]
        # A list of the whole record stands in each of its rows: it counts once.
        distinct = {str(source(place)): place for place in reversed(places)}
        first = [place for place in places if distinct.get(str(source(place))) is place]
        return [place.within(each) for place in first for each in verbs.elements(source, place)]

    return read

"""Write a drafted pack: YAML that loads, with every guess and every value to be mapped named."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final, TypeAlias

from services.intake.domain.rows.fields import REPORT, Field, Fields, Group, Kind
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.table import fold
from services.intake.domain.rows.verbs import PART
from services.intake.packs.pack_files import shipped_tables
from services.offline.guessing import Guess, date_patterns, is_address, looks_like
from services.offline.survey import BLANK

Unmapped: TypeAlias = Mapping[str, Sequence[tuple[str, int]]]
Tree: TypeAlias = dict[str, Any]
"""Keys to trees or finished text; under `#` a list of comments that stand before the rest."""

_COMMENTS: Final = "#"
_STAFF: Final = "staff"
_PATIENTS: Final = "patients"
_BETWEEN: Final = (";", ",", "/", "&", "|")
_MOST: Final = 60
_WIDTH: Final = 88
_UNITS: Final = "location.unit_id"
_WHERE: Final = "where"
_WHERE_NOT: Final = "where_not"
# Policy: of an export with a row per person or patient more records than this stand in several
# rows; of any other only the few that were corrected and exported twice.
_MANY: Final = 0.1
# Policy: so many parts of cells look like logins that the rest are slips of whoever typed them.
_MOST_PARTS: Final = 0.75
# What JSON writes as it is and YAML does not take, or takes for the end of a line.
_UNWRITTEN: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_HEAD: Final = """\
# Drafted by `peerline mapping new` from {file}. Every line is a guess: correct it, then
#   peerline mapping test {file} --pack ./{name}.yaml
# Values without a meaning stand in comments: remove the `#` and write the word for each.
"""


@dataclass(frozen=True, slots=True)
class Source:
    """What a draft is made of: its name, the file, and up to some hundred values per column.

    `number` is the column of the record's number; `several` of `records` stand in several rows,
    which differ in the columns `differing`.
    """

    name: str
    file: str
    values: Mapping[str, Sequence[str]]
    number: str
    several: int = 0
    differing: frozenset[str] = frozenset()
    records: int = 0

    @property
    def is_row_a_part(self) -> bool:
        """Tell whether so many records stand in several rows that a row seems to be a part."""
        return self.several > _MANY * self.records


def extending(source: Source, base: Pack, unmapped: Unmapped) -> str:
    """Return a draft over a shipped pack that knows most of the columns."""
    tree: Tree = {"pack": source.name, "version": "1", "extends": base.name}
    rest: list[str] = []
    for path, values in sorted(unmapped.items(), key=lambda entry: _order(entry[0])):
        steps = path.split(".")
        if steps[-1] == _WHERE:
            rest += _unchosen(base, steps[0], values)
        elif path == _UNITS or not _can_overlay(base.document, steps):
            rest += _for_elsewhere(path, values)
        else:
            _at(tree, steps)["map"] = {_COMMENTS: _to_be_mapped(path, values)}
    known = base.columns | base.inner | base.drop
    if source.several and not base.together:
        rest += _joined(source)
    rest += _unused(source, [name for name in source.values if fold(name) not in known])
    return _page(source, tree, rest)


def guessed(source: Source, guesses: Sequence[Guess], unmapped: Unmapped) -> str:
    """Return a draft of what the columns' names and values say."""
    tree: Tree = {"pack": source.name, "version": "1", "title": _quoted(f"Drafted, {source.file}")}
    is_unclear = bool(source.several) and not _are_revisions(source, guesses)
    is_joined = is_unclear and source.is_row_a_part
    if is_joined:
        why = f"CHECK: {_records(source)} in several rows; these are one report each"
        tree["together"] = f"{_listed([source.number])}  # {why}"
    tree["record_id"] = _record_id(source, guesses)
    # A file of nothing but names: one of them has to be the number, until somebody corrects it.
    dropped = [one for one in guesses if one.field == "drop" and one.column != source.number]
    for guess in guesses:
        if guess.field not in {"drop", "record_id"}:
            leaf = _at(tree, guess.field.split("."))
            leaf |= _leaf(guess, source.values[guess.column])
            if (values := unmapped.get(guess.field)) and guess.field != _UNITS:
                leaf["map"] = {_COMMENTS: _to_be_mapped(guess.field, values)}
    for name in (_STAFF, _PATIENTS):
        fields = {guess.column for guess in guesses if guess.field.startswith(f"{name}.")}
        if is_joined and not fields.isdisjoint(source.differing):
            tree[name] = {"from": "rows", **tree[name]}
    _divide_people(tree, guesses, source)
    if dropped:
        names = ", ".join(_quoted(guess.column) for guess in dropped)
        tree["drop"] = f"[{names}]  # names and addresses of people never leave intake"
    rest = _of_the_first_row(source, guesses) if is_joined else []
    rest += _joined(source) if is_unclear and not is_joined else []
    seen = {source.number, *(guess.column for guess in guesses)}
    unused = _unused(source, [name for name in source.values if name not in seen])
    rest += [*_for_elsewhere(_UNITS, unmapped.get(_UNITS, ())), *unused]
    return _page(source, tree, rest)


def _record_id(source: Source, guesses: Sequence[Guess]) -> Tree:
    for guess in guesses:
        if guess.field == "record_id":
            return _leaf(guess, ())
    why = "guess: no name says which column is the record's number; this is the first"
    return {"column": f"{_quoted(source.number)}  # {why}"}


def _records(source: Source) -> str:
    count = "1 record" if source.several == 1 else f"{source.several} records"
    return f"{count} of {source.records}"


def _are_revisions(source: Source, guesses: Sequence[Guess]) -> bool:
    dated = {guess.column for guess in guesses if guess.field in {"updated_at", "revision"}}
    return not dated.isdisjoint(source.differing)


def _joined(source: Source) -> list[str]:
    columns = ", ".join(_quoted(name) for name in sorted(source.differing))
    return [
        f"CHECK: {_records(source)} in several rows, which differ in {columns}.",
        "  Without more only the last row of each counts. If a row is a revision, map its number",
        "  or date of change (revision, updated_at). If a row is a person or a patient, write",
        f"  `together: {_listed([source.number])}`, and `from: rows` in staff or patients.",
    ]


def _of_the_first_row(source: Source, guesses: Sequence[Guess]) -> list[str]:
    lists = (f"{_STAFF}.", f"{_PATIENTS}.")
    columns = [
        guess.column
        for guess in guesses
        if guess.column in source.differing and not guess.field.startswith(lists)
    ]
    if not columns:
        return []
    return [
        "CHECK: the rows of a record differ in these columns too; the first row counts:",
        *(f"  {_quoted(column)}" for column in columns),
    ]


def _divide_people(tree: Tree, guesses: Sequence[Guess], source: Source) -> None:
    """Read every person of a cell that holds several; a name may have a comma and be only one."""
    column = next((guess.column for guess in guesses if guess.field == f"{_STAFF}.id"), None)
    values = source.values.get(column or "", ())
    marks = [mark for mark in _BETWEEN if any(mark in value for value in values)]
    parts = [part.strip() for value in values for part in _split(value, marks)]
    if not marks:
        return
    staff = tree[_STAFF]
    if not _are_logins(parts):
        tree[_STAFF] = {_COMMENTS: _perhaps_several(column or "", marks), **staff}
        return
    cell = {"column": staff["id"]["column"], "split": _listed(marks)}
    who = {"column": f"{PART}  # CHECK: each of several people in a cell"} | {
        name: text for name, text in staff["id"].items() if name != "column"
    }
    tree[_STAFF] = {**staff, "from": cell, "id": who}


def _are_logins(parts: Sequence[str]) -> bool:
    """Tell whether most parts are one word each that is not written like a name (`Lee, Ann`)."""
    single = sum(" " not in part and not part.istitle() for part in parts)
    return single >= _MOST_PARTS * len(parts)


def _perhaps_several(column: str, marks: Sequence[str]) -> list[str]:
    return [
        f"CHECK: some cells have {' '.join(marks)} in them. If these are several people, write",
        f"  `from: {{column: {_quoted(column)}, split: {_listed(marks)}}}` here, and",
        f"  `column: {PART}` in id; else the whole cell is taken for one person.",
    ]


def _split(value: str, marks: Sequence[str]) -> list[str]:
    for mark in marks:
        value = value.replace(mark, marks[0])
    return value.split(marks[0]) if marks else [value]


def _leaf(guess: Guess, values: Sequence[str]) -> Tree:
    leaf: Tree = {"column": f"{_quoted(guess.column)}  # guess: {guess.why}"}
    kind = _field(guess.field)
    if kind is not None and kind.kind is Kind.MOMENT and not guess.field.endswith(".time"):
        patterns, is_ambiguous = date_patterns(values)
        if patterns:
            leaf["parse"] = _listed(patterns)
        if is_ambiguous:
            leaf["parse"] += "  # CHECK: every value also reads as month/day"
    elif kind is not None and kind.kind is Kind.HARM:
        leaf["scale"] = "tenant  # harm_scale of the source; or name a scale, or map every value"
    elif kind is not None and kind.kind in {Kind.IDENTIFIER, Kind.IDENTIFIERS}:
        system = "email" if is_address(values) else "login"
        system = "patient-id" if guess.field.startswith("patients") else system
        leaf["system"] = f"{system}  # CHECK: as the staff directory calls it"
    return leaf


def _can_overlay(document: Mapping[str, Any], steps: Sequence[str]) -> bool:
    node: Any = document
    for step in steps:
        node = node.get(step) if isinstance(node, Mapping) else None
    return isinstance(node, Mapping) and "first" not in node


def _order(path: str) -> tuple[int, str]:
    return [*REPORT].index(path.split(".", maxsplit=1)[0]), path


def _at(tree: Tree, steps: Sequence[str]) -> Tree:
    for step in steps:
        tree = tree.setdefault(step, {})
    return tree


def _to_be_mapped(path: str, values: Sequence[tuple[str, int]]) -> list[str]:
    words = ", ".join(_words(_field(path)))
    lines = [f"Without a meaning yet: {len(values)}. Write for each one of:"]
    lines += wrap(words, _WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines += [f"{_quoted(value)}: ...  # {_times(count)}" for value, count in values[:_MOST]]
    return lines


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _words(kind: Field | None) -> list[str]:
    if kind is None or kind.vocabulary is None:
        return ["yes", "no", "unknown"]
    return [*dict.fromkeys(shipped_tables().words[kind.vocabulary].values()), "unknown"]


def _for_elsewhere(path: str, values: Sequence[tuple[str, int]]) -> list[str]:
    if not values:
        return []
    place = "the tenant's unit table, as aliases" if path == _UNITS else "a map of your own"
    lines = [f"{path}: values that belong into {place}:"]
    return [*lines, *(f"  {_quoted(value)}  {_times(count)}" for value, count in values[:_MOST])]


def _unchosen(base: Pack, name: str, values: Sequence[tuple[str, int]]) -> list[str]:
    """Return what to write of entries of whom the pack cannot tell who they are."""
    lines = [f"{name}: entries left out, because the pack cannot tell who they are:"]
    lines += [f"  {_quoted(value)}  {_times(count)}" for value, count in values[:_MOST]]
    entry = base.document[name]
    codes = [value for value, _ in values if value != BLANK][:1]
    for column, said in entry[_WHERE].items() if codes else ():
        if isinstance(said, Mapping):
            ends = _listed([*_several_of(said["ends"]), *codes])
            barred = _listed([*_several_of(entry.get(_WHERE_NOT, {}).get(column, [])), *codes])
            lines.append(f"  Who belongs there: `{_WHERE}: {{{column}: {{ends: {ends}}}}}`;")
            lines.append(f"  who does not: `{_WHERE_NOT}: {{{column}: {barred}}}`, under {name}.")
    return lines


def _several_of(value: Any) -> list[str]:  # noqa: ANN401 - as YAML has it
    return value if isinstance(value, list) else [value]


def _unused(source: Source, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    lines = ["Columns that nothing here reads:"]
    for name in names:
        values = source.values[name]
        looks = looks_like(values)
        kind = f", {looks}" if looks else ""
        lines.append(f"  {_quoted(name)}  {len(set(values))} different values in the sample{kind}")
    return lines


def _page(source: Source, tree: Tree, rest: Sequence[str]) -> str:
    lines = [*_lines(tree, 0), *([""] if rest else []), *(f"# {line}".rstrip() for line in rest)]
    return _HEAD.format(file=source.file, name=source.name) + "\n".join(lines) + "\n"


def _lines(tree: Tree, depth: int) -> Iterator[str]:
    blank = "  " * depth
    for key, value in tree.items():
        if key == _COMMENTS:
            yield from (f"{blank}# {line}" for line in value)
        elif isinstance(value, dict):
            yield f"{blank}{key}:"
            yield from _lines(value, depth + 1)
        else:
            yield f"{blank}{key}: {value}"


def _field(path: str) -> Field | None:
    fields: Fields = REPORT
    for step in path.split("."):
        found = fields.get(step)
        if isinstance(found, Field):
            return found
        if not isinstance(found, Group):
            return None
        fields = found.fields
    return None


def _listed(texts: Sequence[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _quoted(text: str) -> str:
    return _UNWRITTEN.sub(
        lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False)
    )

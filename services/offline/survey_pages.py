"""The result of `peerline mapping test`: pages for people, one document for machines."""

import json
from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any, Final

from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.table import fold
from services.offline.survey import KNOWN, MOST_PLACES, Survey

_MOST_SHOWN: Final = 12
_HUNDRED: Final = 100
_WIDTH: Final = 96
_SEVERAL: Final = """\
CHECK: {count} in several rows that differ, and only the last row of each will count.
  If a row is a person or a patient, join them: `together: [the number's column]` in the pack, and
  `from: rows` in staff or patients. If a row is a revision, map its number or date of change."""

_JOINED: Final = """\
CHECK: {count} made of several rows, which differ in
  {columns}.
  Of what is not read `from: rows` the first row counts; a correction in a later row is lost."""
_CROWDED: Final = """\
CHECK: {count} one of `, ; / & |` or a blank: probably several people,
  who count as one that nobody knows. Split the cell: `from: {{column: NAME, split: [","]}}`."""
_ROWS: Final = "rows count from 1 after the heading; a spreadsheet counts one more"


def use_of(column: str, pack: Pack) -> str:
    """Return what the pack does with a column of the file: used, dropped or unused."""
    name = fold(column)
    if name in pack.columns | pack.inner:
        return "used"
    return "dropped" if name in pack.drop else "unused"


def missing_columns(found: Survey, pack: Pack) -> list[str]:
    """Return the columns that the pack reads and a table has not; none are known of JSON.

    What a pack also reads within a list, such as the contacts, may well be there.
    """
    if not found.columns:
        return []
    return sorted(pack.columns - pack.inner - {fold(column) for column in found.columns})


def document(name: str, pack: Pack, found: Survey) -> dict[str, Any]:
    """Return the whole result as JSON."""
    return {
        "file": name,
        "pack": {"name": pack.name, "version": pack.version},
        "rows": found.rows,
        "reports": found.reports,
        "repeats": found.repeats,
        "in_several_rows": len(found.several),
        "of_several_rows": {"reports": found.joined, "differing": sorted(found.differing)},
        "staff_with_separators": found.crowded,
        "refused": [
            {
                "code": code,
                "detail": detail,
                "count": count,
                "rows": found.places[code, detail],
            }
            for (code, detail), count in found.refused.most_common()
        ],
        "columns": [
            {"name": column, "use": use_of(column, pack), "filled": found.filled[column]}
            for column in found.columns
        ],
        "missing": missing_columns(found, pack),
        "known": {name: found.known[name] for name in KNOWN},
        "unmapped": [
            {"field": path_of(pointer), "value": value, "count": count}
            for (pointer, value), count in found.unmapped.most_common()
        ],
        "flags": dict(found.flags.most_common()),
        "flag_rows": {flag: found.flag_places[flag] for flag, _ in found.flags.most_common()},
        "preview": found.previews,
    }


def pages(name: str, pack: Pack, found: Survey, preview: int) -> Iterator[str]:
    """Yield the lines for people."""
    total = found.reports + found.refusals
    yield f"{name} with pack {pack.name} {pack.version}: {found.rows or total} rows"
    yield f"{found.reports} reports mapped, {found.refusals} refused, {found.repeats} repeated"
    if not total:
        yield "The file has no rows, or a header only: export it again with its rows."
    yield from _checks(found)
    yield from _section(f"Refused ({_ROWS})", _refusals(found))
    yield from _section("Columns", _columns(found, pack))
    missing = ", ".join(missing_columns(found, pack))
    yield from _section("Read by the pack, not in this file", wrap(missing, _WIDTH))
    yield from _section("What the rules can read", _known(found))
    yield from _section(
        "Values without a meaning: give them one in a map of your own pack", _unmapped(found)
    )
    yield from _section(f"Quality flags ({_ROWS})", _flags(found))
    for number, report in enumerate(found.previews[:preview], start=1):
        quality = {name: value for name, value in report["quality"].items() if name != "unmapped"}
        text = json.dumps({**report, "quality": quality}, indent=2, ensure_ascii=False)
        yield from _section(f"Canonical report {number}", text.splitlines())


def path_of(pointer: str) -> str:
    """Return a field as a pack names it: `/patients/*/harm` is patients.harm."""
    return pointer.strip("/").replace("/*", "").replace("/", ".")


def _checks(found: Survey) -> Iterator[str]:
    if found.several:
        records = _told(len(found.several), "record stands", "records stand")
        yield _SEVERAL.format(count=records)
    if found.joined and found.differing:
        columns = ("\n  ").join(wrap(", ".join(sorted(found.differing)), _WIDTH))
        reports = _told(found.joined, "report was", "reports were")
        yield _JOINED.format(count=reports, columns=columns)
    if found.crowded:
        people = _told(found.crowded, "identifier of staff holds", "identifiers of staff hold")
        yield _CROWDED.format(count=people)


def _told(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  {line}" for line in lines)


def _refusals(found: Survey) -> list[str]:
    lines = []
    for (code, detail), count in found.refused.most_common():
        lines.append(f"{count} {code} ({_rows(found.places[code, detail], count)}): {detail}")
    return lines


def _flags(found: Survey) -> list[str]:
    counts = found.flags.most_common()
    # What every report has needs no rows.
    rows = [
        "" if count == found.reports else f"   {_rows(found.flag_places[flag], count)}"
        for flag, count in counts
    ]
    return [line + shown for line, shown in zip(_counted(counts, found.reports), rows, strict=True)]


def _rows(rows: Sequence[int], count: int) -> str:
    shown = ", ".join(str(row) for row in rows)
    return f"rows {shown}{', …' if count > MOST_PLACES else ''}"


def _columns(found: Survey, pack: Pack) -> list[str]:
    width = max((len(column) for column in found.columns), default=0)
    return [
        f"{column:<{width}}  {use_of(column, pack):<7}  {found.filled[column]:>7} filled"
        for column in found.columns
    ]


def _known(found: Survey) -> list[str]:
    return _counted([(name, found.known[name]) for name in KNOWN], found.reports)


def _unmapped(found: Survey) -> list[str]:
    lines = []
    for field in dict.fromkeys(pointer for pointer, _ in found.unmapped):
        values = [(v, n) for (pointer, v), n in found.unmapped.most_common() if pointer == field]
        shown = " · ".join(f"{value} ({count})" for value, count in values[:_MOST_SHOWN])
        more = f" · and {len(values) - _MOST_SHOWN} more" if len(values) > _MOST_SHOWN else ""
        lines.append(f"{path_of(field)}: {shown}{more}")
    return lines


def _counted(counts: Sequence[tuple[str, int]], total: int) -> list[str]:
    width = max((len(name) for name, _ in counts), default=0)
    return [
        f"{name:<{width}}  {count:>7}  {count * _HUNDRED // (total or 1):>3} %"
        for name, count in counts
    ]

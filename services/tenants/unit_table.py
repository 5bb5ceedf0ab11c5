"""Reads units from CSV: unit_id, and if given title, campus, digest_address, alias:<source>."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from services.tenants.refusals import UnitTableError
from shared.site.files import read_text
from shared.site.spelling import closest

_PLAIN: Final = ("unit_id", "title", "campus", "digest_address")
_ALIAS: Final = "alias:"
_BETWEEN: Final = "|"


def read_unit_table(path: Path, sources: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return unit_id → the fields of a `Unit`; several aliases of a source are parted by `|`.

    Raises:
        UnitTableError: naming row and column, when the table cannot be used.
        SiteFileError: when the file cannot be read.
    """
    text = read_text(path, "Give the path of a CSV file with a column unit_id.")
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    _check_columns(path, tuple(reader.fieldnames or ()), sources)
    units: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(reader, start=2):
        unit_id = _unit_id(path, number, row, units)
        units[unit_id] = dict(_fields(row))
    return units


def _check_columns(path: Path, columns: tuple[str, ...], sources: tuple[str, ...]) -> None:
    if "unit_id" not in columns:
        raise UnitTableError(
            f"{path}: there is no column unit_id",
            "The first line names the columns: unit_id,title,campus,alias:<source>",
        )
    known = [*_PLAIN, *(_ALIAS + source for source in sources)]
    for column in columns:
        if column not in known:
            raise UnitTableError(
                f"{path}: '{column}' is no column{closest(column, known)}",
                "Rename the column, or name the source with --source.",
            )


def _unit_id(
    path: Path, number: int, row: Mapping[str | None, Any], known: Mapping[str, Any]
) -> str:
    unit_id = str(row.get("unit_id") or "").strip()
    if None in row:
        raise UnitTableError(
            f"{path}, line {number}: more values than columns", "Put quotes around commas."
        )
    if not unit_id:
        raise UnitTableError(f"{path}, line {number}: unit_id is empty", "Give every unit an id.")
    if unit_id in known:
        raise UnitTableError(
            f"{path}, line {number}: this unit_id stands on an earlier line",
            "Keep one row per unit and part its aliases by '|'.",
        )
    return unit_id


def _fields(row: Mapping[str | None, Any]) -> Iterator[tuple[str, Any]]:
    given = {str(name): (value or "").strip() for name, value in row.items()}
    yield from ((name, given[name]) for name in _PLAIN[1:] if given.get(name))
    aliases = {
        name.removeprefix(_ALIAS): [part.strip() for part in value.split(_BETWEEN) if part.strip()]
        for name, value in given.items()
        if name.startswith(_ALIAS) and value
    }
    if aliases:
        yield "aliases", aliases

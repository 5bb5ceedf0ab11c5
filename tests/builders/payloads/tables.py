"""Tables of rows for every shipped pack: CSV, TSV, NDJSON, in the encodings that exports have."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import orjson

from tests.builders.payloads.degrading import degraded as spoilt
from tests.builders.payloads.degrading import dirty
from tests.builders.payloads.draw import Draw
from tests.builders.payloads.payload import Draft, Written
from tests.builders.payloads.rows import PACKS, Row

# How the bytes are written, and what the media type says of it.
_ENCODINGS: Final = (
    ("utf-8", ""),
    ("utf-8", "; charset=utf-8"),
    ("utf-8-sig", ""),
    ("cp1252", ""),
    ("cp1252", "; charset=windows-1252"),
    ("utf-16", ""),
    ("utf-16", "; charset=utf-16"),
    ("utf-16-le", "; charset=utf-16-le"),
)
_QUOTING: Final[tuple[Literal[0, 1], ...]] = (csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
_DELIMITERS: Final = (",", ";", "\t", "|")
_CELLS: Final = (
    "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "\x1b[31m", "\u202e", "[" * 70, '[{"con_type":', "NaN",
    '[{"con_type": "PATC"}]', "[[1]]", '{"a": 1}', "a" * 4_000, "\x1c", "\x85", "\u2028", '"', "''",
    "1e999", "9" * 400,
)  # fmt: skip
_MEDIA: Final = (
    "text/csv", "text/csv; charset=nonsense", "text/csv; charset=utf-7", "text/csv; charset=idna",
    "text/csv; charset=base64", "text/csv; charset=zip", "text/csv; charset=undefined",
    "text/csv; guessed=yes", None, "application/json",
)  # fmt: skip
NDJSON: Final = "application/x-ndjson"


def generate(draw: Draw) -> Draft:
    """Return one to five reports of one pack."""
    pack, rows, written = _drawn(draw)
    is_row_a_report = len(rows) == len(written)
    if is_row_a_report and draw.chance(0.3):
        body = b"\n".join(orjson.dumps(_opened(row)) for row in rows)
        return Draft(body, written, NDJSON, pack=pack)
    encoding, said_of_it = draw.pick(_ENCODINGS)
    delimiter = draw.pick(_DELIMITERS)
    media = "text/tab-separated-values" if delimiter == "\t" else "text/csv"
    body = write(draw, rows, delimiter).encode(encoding)
    return Draft(body, written, media + said_of_it, pack=pack)


def degraded(draw: Draw) -> Draft:
    """Return a table as real exports are: odd cells, columns that nobody knows, no charset."""
    pack, rows, _ = _drawn(draw)
    for row in rows:
        for name in draw.some(sorted(row), 4):
            row[name] = _dirty(draw, name, row[name])
        if draw.chance(0.3):
            row[draw.secret("local field ")] = draw.told()
    if draw.chance(0.2):
        body = b"\n".join(orjson.dumps(spoilt(draw, _opened_if(row))) for row in rows)
        return Draft(body, (), NDJSON, pack=pack)
    text = write(draw, rows, draw.pick(_DELIMITERS))
    text = draw.pick((text, text, "\ufeff" + text, text + "\n\n", text.replace("\r\n", "\r")))
    encoding = draw.pick(("utf-8", "cp1252", "utf-16", "latin-1"))
    media = draw.pick(("text/csv", "text/csv; charset=utf-8", "text/csv; charset=ascii", None))
    return Draft(text.encode(encoding, "replace"), (), media, pack=pack)


def hostile(draw: Draw) -> Draft:
    """Return a table that is broken as a table: cells, quotes, headers, sizes, encodings."""
    pack, rows, _ = _drawn(draw)
    for row in rows:
        for name in draw.some(sorted(row), 4):
            row[name] = draw.pick(_CELLS)
    delimiter = draw.pick(_DELIMITERS)
    text = write(draw, rows, delimiter)
    kind = draw.number(0, 7)
    if kind == 0:
        text = text + '"never closed' + delimiter
    elif kind == 1:
        text = text.replace(delimiter, "", 1)
    elif kind == 2:
        text = delimiter.join(f"c{n}" for n in range(draw.number(499, 502))) + "\n" + text
    elif kind == 3:
        header, _, rest = text.partition("\n")
        text = f"{header.strip()}{delimiter}{header}\n{rest}"
    elif kind == 4:
        text = text + "x" * draw.pick((65_535, 65_537, 140_000)) + "\n"
    encoding = draw.pick(("utf-8", "utf-16-be", "utf-32", "cp1252", "utf-7"))
    media = draw.pick(_MEDIA)
    return Draft(text.encode(encoding, "replace"), (), media, pack=draw.pick((pack, pack, "none")))


def _drawn(draw: Draw) -> tuple[str, list[Row], tuple[Written, ...]]:
    pack = draw.pick(sorted(PACKS))
    groups = [PACKS[pack](draw) for _ in range(draw.number(1, 5))]
    return pack, [row for rows, _ in groups for row in rows], tuple(said for _, said in groups)


def _dirty(draw: Draw, name: str, text: str) -> str:
    found = dirty(draw, name, text)
    return found if isinstance(found, str) else "" if found is None else str(found)


def write(draw: Draw, rows: Sequence[Mapping[str, Any]], delimiter: str) -> str:
    """Return rows as delimited text under all their columns, in one order or another."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if draw.chance():
        columns.reverse()
    text = io.StringIO()
    quoting = draw.pick(_QUOTING)
    ending = draw.pick(("\r\n", "\n"))
    writer = csv.DictWriter(
        text, columns, delimiter=delimiter, lineterminator=ending, quoting=quoting
    )
    writer.writerow({name: _spelt(draw, name) for name in columns})
    writer.writerows(rows)
    return text.getvalue()


def _spelt(draw: Draw, name: str) -> str:
    return draw.pick((name, name.upper(), f" {name} "))


def _opened_if(row: Row) -> dict[str, Any]:
    try:
        return _opened(row)
    except orjson.JSONDecodeError:
        return dict(row)


def _opened(row: Row) -> dict[str, Any]:
    """Return a row of JSON, whose contacts are a list and not the text of one."""
    if "contacts" not in row:
        return dict(row)
    return row | {"contacts": orjson.loads(row["contacts"])}

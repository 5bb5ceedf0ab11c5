"""A file as the requests that a publisher would send: pieces of many reports, read as a stream."""

import codecs
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final, TextIO

import click

from services.intake.domain import media
from services.intake.domain.refusals import RefusedError
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.scope import BLANK, plain_cells
from services.intake.domain.rows.table import (
    Encoding,
    Record,
    delimiter_of,
    encoding_of,
    fold,
    records,
)
from services.offline.files import NAMED, STANDARD_INPUT, media_type
from shared.contracts.words import RejectionCode

ROWS: Final = 500
LARGEST: Final = 4 * 1024 * 1024
_SAMPLE: Final = 1024 * 1024
_TABLES: Final = frozenset({".csv", ".tsv", ".tab", ".txt", ".psv"})
_SAYS_NOTHING: Final = "\ufeff \t\r\n,;|"
_NOT_TEXT: Final = (
    "The file is not text in the encoding that it seems to have, so from here on nothing in it can "
    "be trusted. Save it as UTF-8 and try again."
)
_JSON_BEGINS: Final = (b"{", b"[", b"<")
# How a ZIP archive begins, which .xlsx and .ods are, and the compound file that .xls is.
_WORKBOOK_BEGINS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class EmptyFileError(ValueError):
    """There is nothing in the file."""

    hint = "Export it again, or name another file."


class WorkbookError(ValueError):
    """The file is a workbook, not text."""

    hint = "Open it and save it as 'CSV UTF-8 (comma delimited)', then name that file."


@dataclass(frozen=True, slots=True)
class Body:
    """Some consecutive reports of a file; `first` is the place of its first row, from 0.

    `reports` are the places of each report's rows, in intake's order, as far as that is known.
    `columns` are those of the header as written, `filled` how many of the rows say something there,
    `differing` those in which rows of one report differ.
    `broken` is set instead, code and why, where the file cannot be read further.
    """

    content: bytes = field(repr=False)
    media: str
    first: int = 0
    rows: int = 0
    reports: tuple[tuple[int, ...], ...] = ()
    columns: tuple[str, ...] = ()
    filled: tuple[int, ...] = ()
    differing: frozenset[str] = frozenset()
    read_bytes: int = 0
    broken: tuple[RejectionCode, str] | None = None

    def place_of(self, index: int) -> int:
        """Return the place of the row with which the report of that index begins, from 0."""
        return self.reports[index][0] if index < len(self.reports) else self.first + index


def is_table(path: str) -> bool:
    """Tell whether a file's name or its first bytes say that it is delimited text."""
    suffix = PurePath(path).suffix.lower()
    if suffix in _TABLES:
        return True
    return suffix not in NAMED and not _begins_as_json(path)


def bodies(path: str, pack: Pack | None) -> Iterator[Body]:
    """Yield a file's reports; of tables and lines never more than a few MiB are held at a time.

    Raises:
        OSError: the file cannot be read.
        EmptyFileError: it is empty.
        WorkbookError: it is an Excel workbook.
    """
    if path != STANDARD_INPUT:
        _refuse_workbook(path)
    if path != STANDARD_INPUT and is_table(path):
        yield from _table_bodies(Path(path), pack)
    elif media.read(media_type(path)).is_lines:
        with _opened(path) as stream:
            yield from _line_bodies(stream)
    else:
        with _opened(path) as stream:
            content = stream.read()
        yield Body(content, media_type(path), read_bytes=len(content))


def _refuse_workbook(path: str) -> None:
    with Path(path).open("rb") as stream:
        if stream.read(4) in _WORKBOOK_BEGINS:
            name = PurePath(path).name
            raise WorkbookError(f"{name} is an Excel workbook or an archive, so it is no text.")


def _begins_as_json(path: str) -> bool:
    with Path(path).open("rb") as stream:
        head = stream.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")
    return not head or head.startswith(_JSON_BEGINS)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield click.get_binary_stream("stdin")
    else:
        with Path(path).open("rb") as stream:
            yield stream


def _line_bodies(stream: Iterable[bytes]) -> Iterator[Body]:
    lines: list[bytes] = []
    size = first = total = 0
    for line in stream:
        total += len(line)
        if not line.strip():
            continue
        lines.append(line)
        size += len(line)
        if len(lines) == ROWS or size > LARGEST:
            yield _lines_body(lines, first, total)
            first, size = first + len(lines), 0
            lines = []
    if lines:
        yield _lines_body(lines, first, total)


def _lines_body(lines: list[bytes], first: int, total: int) -> Body:
    count = len(lines)
    reports = tuple((place,) for place in range(first, first + count))
    content = b"".join(lines)
    return Body(content, "application/x-ndjson", first, count, reports, read_bytes=total)


def _table_bodies(path: Path, pack: Pack | None) -> Iterator[Body]:
    encoding = _encoding(path)
    errors = "surrogateescape" if encoding.is_guessed else "strict"
    cutter = _Cutter(encoding, errors, pack)
    with path.open(encoding=encoding.name, errors=errors, newline="") as text:
        try:
            yield from _cut(path, text, cutter)
        except UnicodeError:
            yield cutter.broken(RejectionCode.UNDECODABLE, _NOT_TEXT)


def _cut(path: Path, text: TextIO, cutter: "_Cutter") -> Iterator[Body]:
    start = text.read(_SAMPLE)
    marks = len(start) - len(start.lstrip("\ufeff"))
    if not start.strip(_SAYS_NOTHING):
        raise EmptyFileError(f"{path.name} is empty, so there is nothing to map.")
    text.seek(0)
    text.read(marks)  # before a quote it would hide the name of the first column
    yield from cutter.bodies(text, delimiter_of(start[marks:]))


@dataclass(slots=True)
class _Cutter:
    encoding: Encoding
    errors: str
    pack: Pack | None
    place: int = 0
    read_bytes: int = 0

    def bodies(self, text: TextIO, delimiter: str) -> Iterator[Body]:
        found = records(text, delimiter)
        try:
            header = next(found, None)
            if header is None:
                return
            self.read_bytes = len(self._bytes(header.text))
            pending: list[Record] = []
            while taken := self._take(found, pending, header):
                yield self._body(header, taken)
        except RefusedError as error:
            yield self.broken(error.code, error.detail)

    def broken(self, code: RejectionCode, why: str) -> Body:
        content_type = media.of_table(self.encoding.name, is_guessed=self.encoding.is_guessed)
        return Body(b"", content_type, self.place, broken=(code, why))

    def _take(self, found: Iterator[Record], pending: list[Record], header: Record) -> list[Record]:
        taken: list[Record] = []
        size = 0
        columns = [fold(cell) for cell in header.cells]
        for record in chain([pending.pop()] if pending else (), found):
            is_full = len(taken) >= ROWS or size > LARGEST
            if is_full and not self._is_together(taken[-1], record, columns):
                pending.append(record)
                break
            taken.append(record)
            size += len(record.text)
        return taken

    def _is_together(self, one: Record, other: Record, columns: list[str]) -> bool:
        if self.pack is None or not self.pack.together:
            return False
        keys = [self.pack.key(_cells(each, columns)) for each in (one, other)]
        return keys[0] is not None and keys[0] == keys[1]

    def _body(self, header: Record, taken: list[Record]) -> Body:
        columns = tuple(header.cells)
        filled = [0] * len(columns)
        for record in taken:
            for place, cell in enumerate(record.cells[: len(columns)]):
                if cell not in BLANK:
                    filled[place] += 1
        rows = self._bytes("".join(record.text for record in taken))
        first, self.place = self.place, self.place + len(taken)
        reports = tuple(self._reports(first, taken, columns))
        self.read_bytes += len(rows)
        return Body(
            self._bytes(header.text) + rows,
            media.of_table(self.encoding.name, is_guessed=self.encoding.is_guessed),
            first,
            len(taken),
            reports,
            tuple(cell.replace("\ufeff", "") for cell in columns),
            tuple(filled),
            frozenset(_differing(first, taken, reports, columns)),
            self.read_bytes,
        )

    def _reports(
        self, first: int, taken: list[Record], header: tuple[str, ...]
    ) -> Iterator[tuple[int, ...]]:
        if self.pack is None or not self.pack.together:
            yield from ((place,) for place in range(first, first + len(taken)))
            return
        columns = [fold(cell) for cell in header]
        for places in self.pack.reports(_cells(record, columns) for record in taken):
            yield tuple(first + place for place in places)

    def _bytes(self, text: str) -> bytes:
        return text.encode(self.encoding.name, self.errors)


def _differing(
    first: int, taken: list[Record], reports: Iterable[tuple[int, ...]], columns: tuple[str, ...]
) -> Iterator[str]:
    for places in reports:
        begin, *others = (taken[place - first].cells for place in places)
        for cells in others:
            for column, one, other in zip(columns, begin, cells, strict=False):
                if one.strip() != other.strip():
                    yield column.replace("\ufeff", "")


def _cells(record: Record, columns: list[str]) -> dict[str, Any]:
    return plain_cells(dict(zip(columns, record.cells, strict=False)))


def _encoding(path: Path) -> Encoding:
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
        cut = sample[: sample.rfind(b"\n") + 1] or sample
        guess = encoding_of(cut, None)
        if guess.name != "utf-8" or not _is_utf8(
            chain([sample], iter(lambda: stream.read(_SAMPLE), b""))
        ):
            return guess if guess.name != "utf-8" else Encoding("cp1252", is_guessed=True)
    return guess


def _is_utf8(parts: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for part in parts:
            decoder.decode(part)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True

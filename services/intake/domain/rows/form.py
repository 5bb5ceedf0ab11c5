"""Rows as a format: a body's rows become pieces, a piece becomes a report by the pack named."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import compress, islice
from typing import Any, Final

from services.intake.domain import media
from services.intake.domain.context import Hints
from services.intake.domain.limits import check_count, check_size, checked
from services.intake.domain.notes import Notes
from services.intake.domain.refusals import RefusedError
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.scope import BLANK, Cells, Scope, plain_cells
from services.intake.domain.rows.table import (
    Encoding,
    Record,
    decode,
    delimiter_of,
    encode,
    encoding_of,
    fold,
    is_closed,
    records,
)
from services.intake.domain.translation import Piece, Translation
from shared.contracts.words import QualityFlag, RejectionCode

NAME: Final = "rows"
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_MISFIT: Final = (
    "The row has another number of cells than the header, so a cell may stand under the wrong name "
    "and a patient's words would be read as something else. Quote cells that hold the delimiter or "
    "a line end."
)
_NO_PACK: Final = (
    "Rows say nothing by themselves: they need a pack, which says what each column means. Add "
    "?pack=NAME, or set `pack` for this source in tenant.yaml; your operator knows the packs "
    "that are installed. Or send native JSON, application/json."
)
_NO_SUCH_PACK: Final = (
    "The pack that this request or source names is not installed here, so nothing was mapped. "
    "Correct its name, or ask your operator to install it for your tenant."
)
_NO_ID_COLUMN: Final = (
    "The header has no column {columns}, which holds the record's id in the pack '{pack}', so no "
    "row could be told from another. Send the column, or name the pack that this export is for."
)
_NO_ID_IN_ROW: Final = (
    "The row says nothing in {columns}, which holds the record's id in the pack '{pack}', so later "
    "revisions could not be told from new reports. Fill in the column, or send a native report, "
    "JSON with a record_id, where you meant one."
)
_TWICE: Final = (
    "A column that the pack reads stands twice in the header, so it is not clear which of them is "
    "meant. Rename one of them in the export."
)
_NO_OBJECT: Final = (
    "A row is one JSON object of columns and values; this is something else. Send an object."
)


@dataclass(slots=True)  # as a Piece
class Rows:
    """The rows of one report, cells by folded header; `problem` says why they cannot be read.

    `header` are all folded columns of their table; None where they are of none.
    """

    cells: tuple[Cells, ...] = field(repr=False)
    is_encoding_guessed: bool = False
    problem: RefusedError | None = None
    header: frozenset[str] | None = None


def pack_of(hints: Hints, source_system: str) -> Pack | None:
    """Return the pack of the request, else that of the source's settings; None where none is named.

    Raises:
        RefusedError: `unknown_format`, a pack is named that does not exist.
    """
    source = hints.context.sources.get(source_system)
    name = hints.pack or (source.pack if source else None)
    if name is None:
        return None
    pack = hints.context.packs.get(name)
    if pack is None:
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=_NO_SUCH_PACK)
    return pack


def is_table(whole: Piece, hints: Hints) -> bool:
    """Tell whether a body is a table: by its media type, or a pack is named and it is no JSON."""
    said = whole.media
    if said.is_table:
        return True
    if said.name is not None:
        return False
    if pack_of(hints, hints.context.source_system) is None:
        return False
    return not whole.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[", b"<"))


def divide(whole: Piece, hints: Hints) -> list[Piece]:
    """Return the reports of a table, each with the header and its own rows as its bytes.

    Raises:
        RefusedError: no pack, no text, over a limit, or a header that the pack cannot read.
    """
    pack = pack_of(hints, hints.context.source_system)
    if pack is None:
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=_NO_PACK, is_media_problem=True)
    encoding = encoding_of(whole.body, whole.media.charset)
    if whole.media.is_guessed:
        encoding = replace(encoding, is_guessed=True)
    text = decode(whole.body, encoding)
    if "\0" in text:
        raise RefusedError(RejectionCode.UNDECODABLE)
    delimiter = delimiter_of(text)
    found = records(io.StringIO(text, newline=""), delimiter)
    header = next(found, None)
    if header is None:
        raise RefusedError(RejectionCode.UNDECODABLE)
    columns = _columns(header, pack, hints)
    is_read = tuple(name in pack.cells for name in columns)
    table = _Table(header, columns, is_read, encoding, delimiter, hints)
    return checked(table.pieces(found, pack), hints.context.limits)


def cut(piece: Piece, hints: Hints) -> list[Piece]:
    """Return the piece with its rows; JSON becomes a row of its members.

    Raises:
        RefusedError: it is no object, or a row that its header does not fit.
    """
    del hints
    rows = piece.document
    if not isinstance(rows, Rows):
        if not isinstance(rows, dict):
            raise RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=_NO_OBJECT)
        return [replace(piece, document=Rows((plain_cells(rows),)))]
    if rows.problem is not None:
        raise rows.problem
    return [piece]


def translate(piece: Piece, hints: Hints, notes: Notes) -> Translation:
    """Return the report that the pack makes of the rows.

    Raises:
        RefusedError: `unknown_format`, no pack is named; `no_record_id`, the row names none; or a
            limit in a cell's JSON.
    """
    pack = pack_of(hints, notes.source_system)
    if pack is None:
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=_NO_PACK, is_media_problem=True)
    rows: Rows = piece.document
    if rows.is_encoding_guessed:
        notes.flag(QualityFlag.ENCODING_GUESSED)
    report = pack.report(Scope(rows.cells[0], notes, rows.cells), rows.header)
    is_named_by_place = hints.place is not None and notes.settings.is_place_an_id
    if "record_id" not in report and pack.ids and not is_named_by_place:
        raise _no_id(_NO_ID_IN_ROW, pack, "/record_id")
    return Translation(report, NAME, pack.version, mapping_id=pack.name)


def _columns(header: Record, pack: Pack, hints: Hints) -> list[str]:
    columns = [fold(_plain(cell)) for cell in header.cells]
    check_count(len(columns), hints.context.limits.columns)
    if pack.ids and pack.ids.isdisjoint(columns) and not _is_named_by_place(hints):
        raise _no_id(_NO_ID_COLUMN, pack)
    read = pack.columns | pack.inner
    read_here = [name for name in columns if name in read]
    if len(set(read_here)) < len(read_here):
        raise RefusedError(RejectionCode.UNKNOWN_FORMAT, detail=_TWICE)
    return columns


def _no_id(text: str, pack: Pack, pointer: str | None = None) -> RefusedError:
    detail = text.format(columns=" or ".join(sorted(pack.ids)), pack=pack.name)
    return RefusedError(RejectionCode.NO_RECORD_ID, pointer, detail=detail)


def _is_named_by_place(hints: Hints) -> bool:
    source = hints.context.sources.get(hints.context.source_system)
    return hints.place is not None and source is not None and source.is_place_an_id


@dataclass(frozen=True, slots=True)
class _Table:
    header: Record
    columns: list[str]
    is_read: tuple[bool, ...]
    encoding: Encoding
    delimiter: str
    hints: Hints

    def pieces(self, found: Iterable[Record], pack: Pack) -> Iterator[Piece]:
        content_type = media.of_table(self.encoding.name, is_guessed=self.encoding.is_guessed)
        columns = frozenset(self.columns)
        groups = ([each] for each in found) if not pack.together else _grouped(self, found, pack)
        for place, records_of_one in enumerate(groups):
            # At one go: some encodings begin with a mark, which may stand nowhere else.
            text = self.header.text + "".join([each.text for each in records_of_one])
            body = encode(text, self.encoding)
            yield Piece(self._rows(records_of_one, columns), body, f"/{place}", content_type)

    def cells(self, record: Record) -> dict[str, Any]:
        texts = record.cells
        if self.encoding.is_guessed:
            texts = [_plain(text) for text in texts]
        pairs = compress(zip(self.columns, texts, strict=False), self.is_read)
        return {name: plain for name, text in pairs if (plain := text.strip()) not in BLANK}

    def _rows(self, found: list[Record], columns: frozenset[str]) -> Rows:
        for each in found:
            problem = self._problem(each)
            if problem is not None:
                return Rows((), self.encoding.is_guessed, problem)
        cells = tuple([self.cells(each) for each in found])
        return Rows(cells, self.encoding.is_guessed, header=columns)

    def _problem(self, record: Record) -> RefusedError | None:
        width = len(self.columns)
        if len(record.cells) < width or any(record.cells[width:]):
            return RefusedError(RejectionCode.UNDECODABLE, detail=_MISFIT)
        if not is_closed(record, self.delimiter):
            return RefusedError(RejectionCode.UNDECODABLE, detail=_MISFIT)
        limit = self.hints.context.limits.string_bytes
        try:
            for cell in record.cells if len(record.text) > limit // 4 else ():
                check_size(cell.encode("utf-8", "replace"), limit)
        except RefusedError as error:
            return error
        return None


def _grouped(table: _Table, found: Iterable[Record], pack: Pack) -> Iterator[list[Record]]:
    # A row more than its patients and staff no report has: see the limits of both (policy).
    limits = table.hints.context.limits
    most = limits.entries * max(limits.staff, limits.patients)
    rows = list(islice(found, most + 1))
    check_count(len(rows), most)
    for places in pack.reports(table.cells(row) for row in rows):
        yield [rows[place] for place in places]


def _plain(text: str) -> str:
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)

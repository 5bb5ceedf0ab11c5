"""A table as text: its encoding, delimiter and header, and the exact text of each of its rows."""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from services.intake.domain.refusals import RefusedError
from shared.contracts.words import RejectionCode

DELIMITERS: Final = (",", ";", "\t", "|")
LARGEST_ROW: Final = 1_048_576
_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_GUESS: Final = "cp1252"
# Codecs of Python that no export is written in: they read escapes or host names, not text.
_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"}
)
_NO_CELL: Final = " \r\n" + "".join(DELIMITERS)
_QUOTED: Final = re.compile(r'"[^"]*"?')
_BLANKS: Final = re.compile(r"\s+")
# Spreadsheets write their delimiter into a line of its own before the header.
_SPREADSHEET_MARK: Final = re.compile(r"\ufeff?sep=[,;|\t]\s*", re.IGNORECASE)
_SAMPLE: Final = 4_096
_NAMES_KEPT: Final = 4_096
_NEVER_CLOSED: Final = (
    "A quoted cell is never closed, so where the next row begins is not certain, and a wrong guess "
    "would put one patient's words into another report. Close the quote and send the rest again."
)
_NOT_THAT_TEXT: Final = (
    "The body is not in the character set that its media type names, so names and words would be "
    "mapped wrongly. Send UTF-8, or name the right charset."
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes are written; `is_guessed` where neither a mark nor the sender says so."""

    name: str
    is_guessed: bool = False


class Record(NamedTuple):
    """One row: its cells, and its text as it stood there with its line ends."""

    cells: list[str]
    text: str


def encoding_of(body: bytes, declared: str | None) -> Encoding:
    """Return the declared encoding, that of a byte order mark, UTF-8, or else a guess."""
    if declared is not None:
        return Encoding(declared)
    for mark, name in _BOMS:
        if body.startswith(mark):
            return Encoding(name)
    sample = body[:_SAMPLE]
    nulls = sample[1::2].count(0), sample[0::2].count(0)
    if max(nulls) * 4 > len(sample):
        return Encoding("utf-16-le" if nulls[0] > nulls[1] else "utf-16-be", is_guessed=True)
    try:
        body.decode()
    except UnicodeDecodeError:
        return Encoding(_GUESS, is_guessed=True)
    return Encoding("utf-8")


def decode(body: bytes, encoding: Encoding) -> str:
    """Return the text without a mark; bytes that a guess does not know become lone surrogates.

    Raises:
        RefusedError: `undecodable`, the declared encoding is unknown or not that of the bytes.
    """
    errors = "surrogateescape" if encoding.is_guessed and encoding.name == _GUESS else "strict"
    try:
        _check_charset(encoding.name)
        # Before a quote the mark would hide it, and with it the name of the first column.
        return body.decode(encoding.name, errors).lstrip("\ufeff")
    except (UnicodeError, LookupError):
        raise RefusedError(RejectionCode.UNDECODABLE, detail=_NOT_THAT_TEXT) from None


def encode(text: str, encoding: Encoding) -> bytes:
    """Return what `decode` makes the same text of.

    Raises:
        RefusedError: `undecodable`, the encoding can be read, but not written.
    """
    errors = "surrogateescape" if encoding.is_guessed else "strict"
    try:
        return text.encode(encoding.name, errors)
    except UnicodeError:
        raise RefusedError(RejectionCode.UNDECODABLE, detail=_NOT_THAT_TEXT) from None


def _check_charset(name: str) -> None:
    if codecs.lookup(name).name.replace("_", "-") in _NO_CHARSETS:
        raise LookupError


def delimiter_of(text: str) -> str:
    """Return what separates the cells of the header, the first line of `text` that has any."""
    lines = io.StringIO(text, newline="")
    header = _QUOTED.sub("", next((line for line in lines if line.strip(_NO_CELL)), ""))
    return max(DELIMITERS, key=header.count)


def records(lines: Iterable[str], delimiter: str) -> Iterator[Record]:
    """Yield the rows that are not blank; quoted cells may span lines.

    Raises:
        RefusedError: `undecodable`, a quoted cell is longer than 128 KiB or a row than 1 MiB.
    """
    source = _Lines(lines)
    try:
        for cells in csv.reader(source, delimiter=delimiter):
            text = source.taken()
            if any(cells) and not _SPREADSHEET_MARK.fullmatch(text):
                yield Record(cells, text)
    except csv.Error:
        raise RefusedError(RejectionCode.UNDECODABLE, detail=_NEVER_CLOSED) from None


def is_closed(record: Record, delimiter: str) -> bool:
    """Tell whether every quote of a row is closed; the last row of a body may lack the end."""
    if record.text.count('"') % 2 == 0:
        return True
    try:
        list(csv.reader(io.StringIO(record.text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "end of data" not in str(error)
    return True


@lru_cache(maxsize=_NAMES_KEPT)
def fold(header: str) -> str:
    """Return what two spellings of a column's name have in common: case, BOM, blanks."""
    plain = header if header.isascii() else unicodedata.normalize("NFC", header)
    return _BLANKS.sub(" ", plain.replace("\ufeff", "")).strip().casefold()


class _Lines:
    """Gives lines to the CSV reader and remembers which ones it took for a row."""

    __slots__ = ("_lines", "_size", "_taken")

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._taken: list[str] = []
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._size += len(line)
        if self._size > LARGEST_ROW:
            raise RefusedError(RejectionCode.UNDECODABLE, detail=_NEVER_CLOSED)
        self._taken.append(line)
        return line

    def taken(self) -> str:
        text = self._taken[0] if len(self._taken) == 1 else "".join(self._taken)
        self._taken.clear()
        self._size = 0
        return text

"""Finds planted words in whatever was written, in every disguise that a program gives to text."""

import base64
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import Final

_SHOWN: Final = 60
_ALIGNMENTS: Final = range(3)  # base64 writes three bytes as four letters


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that was written, and where: a topic's record, a log, a row, an answer."""

    place: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leak:
    """A planted word that was found, in which disguise, with what stands around it."""

    place: str
    word: str
    disguise: str
    around: bytes

    def __str__(self) -> str:
        """Return one line for an assertion's message."""
        return f"{self.place}: {self.word} ({self.disguise}) in {self.around!r}"


@dataclass(frozen=True)
class Search:
    """A search for words; a word is what all markers of a kind begin with."""

    words: tuple[str, ...]

    @cached_property
    def needles(self) -> dict[bytes, tuple[str, str]]:
        """Return what is looked for: bytes → the word and the disguise."""
        found: dict[bytes, tuple[str, str]] = {}
        for word in self.words:
            for shape, text in shapes(word):
                for disguise, needle in disguises(text):
                    found.setdefault(needle, (word, f"{shape}, {disguise}"))
        return found

    def leaks(self, pieces: Iterable[Piece]) -> Iterator[Leak]:
        """Yield each planted word found in each piece, one leak per needle and piece."""
        for piece in pieces:
            for needle, (word, disguise) in self.needles.items():
                at = piece.content.find(needle)
                if at >= 0:
                    around = piece.content[max(0, at - _SHOWN) : at + len(needle) + _SHOWN]
                    yield Leak(piece.place, word, disguise, around)


def shapes(word: str) -> Iterator[tuple[str, str]]:
    """Yield the spellings of a word: case, order, Unicode's forms; each once."""
    seen: set[str] = set()
    spellings = {
        "as planted": word,
        "lower case": word.lower(),
        "upper case": word.upper(),
        "title case": word.title(),
        "case folded": word.casefold(),
        "backwards": word[::-1],
        "without accents": "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        ),
    }
    for shape, text in spellings.items():
        for form in ("NFC", "NFD"):
            spelt = unicodedata.normalize(form, text)
            if spelt not in seen:
                seen.add(spelt)
                yield f"{shape}, {form}", spelt


def disguises(text: str) -> Iterator[tuple[str, bytes]]:
    """Yield how a text may stand in bytes: plain, escaped, percent-encoded, in base64, in hex."""
    raw = text.encode()
    yield "plain", raw
    yield "as UTF-16", text.encode("utf-16-le")
    yield "as UTF-16", text.encode("utf-16-be")
    yield from _in_latin(text)
    yield from _escaped(text)
    yield "in hex", raw.hex().encode()
    yield "in hex", raw.hex().upper().encode()
    yield "percent-encoded", b"".join(b"%%%02X" % byte for byte in raw)
    yield "percent-encoded", b"".join(b"%%%02x" % byte for byte in raw)
    yield "quoted-printable", _partly(raw, b"=%02X")
    yield "percent-encoded", _partly(raw, b"%%%02X")
    yield from _in_base64(raw)


def _in_latin(text: str) -> Iterator[tuple[str, bytes]]:
    try:
        yield "as cp1252", text.encode("cp1252")
    except UnicodeEncodeError:
        return


def _escaped(text: str) -> Iterator[tuple[str, bytes]]:
    units = text.encode("utf-16-be")
    codes = [units[at] << 8 | units[at + 1] for at in range(0, len(units), 2)]
    yield "JSON-escaped", "".join(f"\\u{code:04x}" for code in codes).encode()
    yield "JSON-escaped", "".join(f"\\u{code:04X}" for code in codes).encode()
    yield "JSON-escaped", ascii(text)[1:-1].encode()
    mixed = (chr(code) if code < 128 else f"\\u{code:04x}" for code in codes)
    yield "JSON-escaped", "".join(mixed).encode()
    yield "as Python's bytes", repr(text.encode())[2:-1].encode()
    yield "as HTML", escape(text).encode("ascii", "xmlcharrefreplace")


def _partly(raw: bytes, how: bytes) -> bytes:
    return b"".join(how % byte if byte > 127 else bytes([byte]) for byte in raw)


def _in_base64(raw: bytes) -> Iterator[tuple[str, bytes]]:
    for shift in _ALIGNMENTS:
        # Letters that also depend on what stands before and after the word are left out.
        coded = base64.b64encode(b"\0" * shift + raw)
        inner = coded[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6]
        yield f"in base64, shifted by {shift}", inner
        yield f"in base64, shifted by {shift}", inner.translate(bytes.maketrans(b"+/", b"-_"))

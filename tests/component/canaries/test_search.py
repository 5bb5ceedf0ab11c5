"""The search finds a planted word in every disguise that real encoders give it, nothing else."""

import base64
import html
import json
import logging
import quopri
import sqlite3
import unicodedata
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import orjson
import pytest

from shared.observability import JsonLines
from tests.builders.canaries import evidence
from tests.builders.canaries.search import Leak, Piece, Search
from tests.builders.canaries.whole_suite import LEAKING
from tests.builders.canaries.words import ALL, MARKERS

DISGUISES: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "lower case": lambda text: text.lower().encode(),
    "upper case": lambda text: text.upper().encode(),
    "backwards": lambda text: text[::-1].encode(),
    "NFD": lambda text: unicodedata.normalize("NFD", text).encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "cp1252": lambda text: text.encode("cp1252"),
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "JSON, not escaped": lambda text: orjson.dumps({"x": text}),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"x": text}, ensure_ascii=False)).encode(),
    "percent-encoded": lambda text: quote(text).encode(),
    "percent-encoded, each byte": lambda text: "".join(f"%{b:02X}" for b in text.encode()).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, shifted": lambda text: base64.b64encode(b"a" + text.encode() + b"bc"),
    "base64, shifted by two": lambda text: base64.b64encode(b"ab" + text.encode() + b"c"),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(b"?" + text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "HTML": lambda text: html.escape(text).encode("ascii", "xmlcharrefreplace"),
    "repr": lambda text: repr({"x": text.encode()}).encode(),
}


def found(content: bytes, *words: str) -> list[Leak]:
    """Return the leaks of one piece."""
    return list(Search(words or ALL).leaks([Piece("here", content)]))


@pytest.mark.parametrize("word", ALL)
@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
def test_a_word_is_found_in_each_disguise(word: str, disguise: Callable[[str], bytes]) -> None:
    """Somewhere within other text, with a number behind it as markers have one."""
    leaks = found(disguise(f"he told {word}00017 that"))

    assert word in {leak.word for leak in leaks}


@pytest.mark.parametrize("word", MARKERS)
def test_a_word_is_found_in_a_mail(word: str) -> None:
    """Subject and body, as the mail goes over the wire."""
    mail = EmailMessage()
    mail["Subject"] = "Peer support"
    mail.set_content(f"Dear {word}00017, …")

    assert word in {leak.word for leak in found(mail.as_bytes())}


def test_what_carries_no_word_is_clean() -> None:
    """Ids, hashes, ciphertexts, moments, English: nothing that a site writes looks like a word."""
    said = "Accepted as event 3164318a-f7de-5a02-8347-0cb29b7e67d8 at 2026-03-10T09:00:00.000Z. "
    noise = (bytes((n * n + m) % 251 for n in range(m, m + 300)) for m in range(300))
    coded = b"".join(map(base64.b64encode, noise))

    assert found(said.encode() * 50 + coded) == []


def test_a_leak_says_where_what_and_how() -> None:
    """One line that leads to the place."""
    (leak, *_) = found(b'{"name": "' + MARKERS[0].upper().encode() + b'00017"}')

    assert str(leak).startswith("here: Zqvexkwy (upper case")
    assert '{"name": "' in str(leak)


def test_files_and_tables_are_searched_by_name_and_by_content(tmp_path: Path) -> None:
    """A log line that carries one, a cell that does, a file that is called so."""
    record = logging.LogRecord("peerline.x", logging.ERROR, "", 1, MARKERS[0], (), None)
    root = tmp_path / LEAKING
    (root / "log").mkdir(parents=True)
    (root / "log" / "intake.log").write_text(JsonLines("intake").format(record))
    (root / f"{MARKERS[2]}.txt").touch()
    with closing(sqlite3.connect(root / "keys.db")) as connection:
        connection.execute("create table t (a, b)")
        connection.execute("insert into t values (?, ?)", (7, f"x{MARKERS[1]}".encode()))
        connection.commit()

    leaks = [*Search(MARKERS).leaks(evidence.in_files(root))]
    assert {leak.word for leak in leaks} == set(MARKERS)
    (database,) = evidence.databases(root)
    leaks = [*Search(MARKERS).leaks(evidence.in_tables(database))]
    assert {(leak.place, leak.word) for leak in leaks} == {("table keys.db/t", MARKERS[1])}

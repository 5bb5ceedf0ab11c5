"""Byte order marks and charsets that Python knows and nobody writes tables in."""

import encodings.aliases

import pytest

from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped, Refused
from shared.contracts.words import RejectionCode
from tests.builders.rows import results_of, table_hints

TABLE = '"record_id","harm"\r\n"A-1","severe"\r\n"A-2","mild"\r\n'


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8-sig", ""),
        ("utf-8-sig", "; charset=utf-8"),
        ("utf-8-sig", "; charset=utf-8-sig"),
        ("utf-16", ""),
        ("utf-16", "; charset=utf-16"),
        ("utf-32", "; charset=utf-32"),
    ],
)
def test_a_mark_before_a_quoted_header_hides_no_column(encoding: str, said: str) -> None:
    """The first column keeps its name, in the table and again in each row's own bytes."""
    results = results_of(TABLE.encode(encoding), table_hints("generic", f"text/csv{said}"))

    ids = [result.draft.record_id for result in results if isinstance(result, Mapped)]
    assert ids == ["A-1", "A-2"]
    for result in results:
        (again,) = receive(result.body, table_hints("generic", result.content_type))
        assert isinstance(again, Mapped)
        assert isinstance(result, Mapped)
        assert again.draft == result.draft


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "undefined", "unicode_escape", "raw-unicode-escape", "rot13"]
)
def test_what_is_no_charset_is_refused(charset: str) -> None:
    """Python's other codecs are not ways of writing a table."""
    results = results_of(TABLE, table_hints("generic", f"text/csv; charset={charset}"))

    assert [type(result) for result in results] == [Refused]
    assert results[0].code == RejectionCode.UNDECODABLE  # type: ignore[union-attr]


@pytest.mark.parametrize("charset", sorted(set(encodings.aliases.aliases.values())))
def test_any_codec_of_python_maps_or_refuses(charset: str) -> None:
    """Whatever a sender names, and whatever the bytes are in it, ends in a value."""
    body = TABLE.encode() + bytes(range(256))

    for result in results_of(body, table_hints("generic", f"text/csv; charset={charset}")):
        assert isinstance(result, Mapped | Refused)


def test_blank_lines_before_the_header_say_nothing_of_the_delimiter() -> None:
    """Programs write a blank line or a row of empty cells first; the header is what counts."""
    for head in ("\r\n", "\n\n", ";;\n"):
        results = results_of(head + "record_id;harm\nA-1;mild\n", table_hints("generic"))

        assert [type(result) for result in results] == [Mapped]

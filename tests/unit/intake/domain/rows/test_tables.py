"""Tables as bytes: encodings, delimiters, quotes, and rows that do not fit."""

from dataclasses import replace

import pytest

from services.intake.domain.context import Limits
from services.intake.domain.results import Mapped, Refused
from shared.contracts.words import QualityFlag, RejectionCode
from tests.builders.reports import some_hints
from tests.builders.rows import a_pack, a_table, refusal_of, results_of, table_hints

PACK = a_pack("location: {unit_id: {column: ward}}\nnarrative: {column: text}\n")
ROWS = (
    {"id": "1", "ward": "Köln", "text": 'first\r\nsecond; "quoted", and | more\t.'},
    {"id": "2", "ward": "Ward 7", "text": ""},
)


def units_of(body: bytes | str) -> list[object]:
    results = results_of(body, table_hints(PACK))
    return [r.draft.content["location"]["unit_id"] for r in results if isinstance(r, Mapped)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_that_of_the_header(delimiter: str) -> None:
    """Cells may hold the others, and line ends."""
    assert units_of(a_table(*ROWS, delimiter=delimiter)) == ["Köln", "Ward 7"]


@pytest.mark.parametrize(
    ("encoding", "is_guessed"),
    [
        ("utf-8", False),
        ("utf-8-sig", False),
        ("utf-16", False),
        ("cp1252", True),
        ("utf-16-le", True),
        ("utf-16-be", True),
    ],
)
def test_the_encoding_is_found_out(encoding: str, is_guessed: bool) -> None:  # noqa: FBT001
    """A mark or valid UTF-8 is certain; anything else is a guess, and says so."""
    body = a_table(*ROWS).encode(encoding)

    results = results_of(body, table_hints(PACK))

    assert units_of(body) == ["Köln", "Ward 7"]
    for result in results:
        assert isinstance(result, Mapped)
        assert (QualityFlag.ENCODING_GUESSED in result.draft.flags) is is_guessed


@pytest.mark.parametrize("nothing", ["NULL", r"\N", " NULL "])
def test_the_databases_word_for_nothing_is_an_empty_cell(nothing: str) -> None:
    """So SQL Server's and MySQL's own tools write one; it is no ward and no record's id."""
    (first, second) = results_of(f"id,ward\n1,{nothing}\n{nothing},W7\n", table_hints(PACK))

    assert isinstance(first, Mapped)
    assert "unit_id" not in first.draft.content.get("location", {})
    assert isinstance(second, Refused)
    assert second.code is RejectionCode.NO_RECORD_ID


def test_bytes_that_windows_does_not_know_lose_no_report() -> None:
    """0x81 is no character there; it is replaced, and the raw record keeps it."""
    body = b"id,ward\r\n1,K\x81ln \xfc\r\n"

    (result,) = results_of(body, table_hints(PACK))

    assert isinstance(result, Mapped)
    assert result.draft.content["location"]["unit_id"] == "K\ufffdln ü"
    assert b"\x81" in result.body


def test_a_declared_character_set_is_taken_at_its_word() -> None:
    """And a body that is written otherwise is refused, not mangled."""
    hints = table_hints(PACK, "text/csv; charset=iso-8859-15")

    (result,) = results_of("id,ward\n1,10€\n".encode("iso-8859-15"), hints)

    assert isinstance(result, Mapped)
    assert result.draft.content["location"]["unit_id"] == "10€"
    for wrong in (
        "utf-8",
        "no-such-charset",
        "undefined",
        "punycode",
        "idna",
        "hex",
        "unicode_escape",
    ):
        (refused,) = results_of(b"id\n\xff\n", table_hints(PACK, f"text/csv; charset={wrong}"))
        assert isinstance(refused, Refused)
        assert refused.code is RejectionCode.UNDECODABLE


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be"])
def test_each_row_comes_again_from_its_own_bytes(encoding: str) -> None:
    """The raw record of a row is the header and the row; the normaliser maps it to the same."""
    hints = table_hints(PACK)
    for result in results_of(a_table(*ROWS).encode(encoding), hints):
        assert isinstance(result, Mapped)
        (again,) = results_of(result.body, replace(hints, content_type=result.content_type))
        assert isinstance(again, Mapped)
        assert again.draft == result.draft
        assert again.body == result.body


@pytest.mark.parametrize(
    "row", ["2,Ward 7", "2,Ward 7,text,more", "the rest of a broken text", '2,Ward 7,"open']
)
def test_a_row_that_its_header_does_not_fit_is_refused_alone(row: str) -> None:
    """Its cells may stand under the wrong names: a patient's words would become a ward."""
    good, bad = results_of(f"id,ward,text\n1,A,x\n{row}\n", table_hints(PACK))

    assert isinstance(good, Mapped)
    assert isinstance(bad, Refused)
    assert (bad.code, bad.pointer) == (RejectionCode.UNDECODABLE, "/1")
    assert "number of cells" in bad.detail


def test_blank_cells_beyond_the_header_do_no_harm() -> None:
    """Spreadsheets write them; blank rows too."""
    assert units_of("id,ward,text\n\n1,A,x,,\n,,\n2,B,y\n") == ["A", "B"]


def test_a_header_without_the_id_is_refused_as_a_whole() -> None:
    """One refusal that says what to do, not one per row."""
    refusal = refusal_of("Number,Ward\n1,A\n2,B\n", PACK)

    assert refusal.code is RejectionCode.NO_RECORD_ID
    assert "The header has no column id, which holds" in refusal.detail


def test_a_column_that_stands_twice_is_refused_if_it_is_read() -> None:
    """Which of them is meant? Of another column nobody asks."""
    assert refusal_of("id,Ward,ward\n1,A,B\n", PACK).code is RejectionCode.UNKNOWN_FORMAT
    assert units_of("id,ward,x,x\n1,A,,\n") == ["A"]


def test_a_table_without_a_pack_is_refused_with_the_remedy() -> None:
    """Rows mean nothing by themselves."""
    (refusal,) = results_of("id\n1\n", some_hints("text/csv"))

    assert isinstance(refusal, Refused)
    assert refusal.is_media_problem
    assert "pack" in refusal.detail


def test_a_pack_that_does_not_exist_is_named_as_the_cause() -> None:
    """Of a table and of JSON alike."""
    for body, media in (("id\n1\n", "text/csv"), ('{"record_id": "1"}', "application/json")):
        (refusal,) = results_of(body, replace(some_hints(media), pack="no-such-pack"))
        assert isinstance(refusal, Refused)
        assert "is not installed here" in refusal.detail


@pytest.mark.parametrize("body", [b"", b"\n\n", b"id,\x00ward\n1,2\n", b"\xff\xfe\x00"])
def test_a_table_that_is_no_text_is_undecodable(body: bytes) -> None:
    """Nothing could be read of it."""
    assert refusal_of(body, PACK).code is RejectionCode.UNDECODABLE


def test_limits_hold_for_columns_rows_and_cells() -> None:
    """Each protects the other reports."""
    wide = ",".join(["id", *(f"c{n}" for n in range(500))])
    long = a_table({"id": "1", "ward": "A", "text": "x" * 70_000})
    endless = 'id,text\n1,"' + "x\n" * 100_000

    assert refusal_of(f"{wide}\n", PACK).code is RejectionCode.LIMIT
    assert refusal_of("id\n1\n2\n", PACK, limits=Limits(entries=1)).code is RejectionCode.LIMIT
    assert refusal_of(long, PACK).code is RejectionCode.LIMIT
    assert refusal_of(endless, PACK).code is RejectionCode.UNDECODABLE


def test_json_rows_are_mapped_by_the_pack_too() -> None:
    """One object, an array, or a line each; a line's own bytes are its raw record."""
    for body, media in (
        ('{"ID": 7, "ward": "A", "tenant": "somebody else"}', "application/json"),
        ('[{"ID": 7, "ward": "A"}]', "application/json"),
        ('{"ID": 7, "ward": "A"}\n', "application/x-ndjson"),
    ):
        (result,) = results_of(body, table_hints(PACK, media))
        assert isinstance(result, Mapped)
        assert (result.draft.record_id, result.draft.mapping_id) == ("7", "trial")
        assert (result.draft.format, result.draft.mapping_version) == ("rows", 1)


def test_on_kafka_a_bound_pack_needs_no_media_type() -> None:
    """What is no JSON is a table there."""
    (result,) = results_of("id,ward\n1,A\n", table_hints(PACK, None))
    (refused,) = results_of("[7]", table_hints(PACK, None))

    assert isinstance(result, Mapped)
    assert isinstance(refused, Refused)


def test_rows_of_one_record_may_be_one_report() -> None:
    """Where a source writes a row per patient, neighbours or not; else the last would win."""
    pack = a_pack("together: [id]\npatients: {from: rows, died: {column: dead}}\n")

    first, second = results_of("id,dead\n1,yes\n2,no\n1,no\n", table_hints(pack))

    assert isinstance(first, Mapped)
    assert isinstance(second, Mapped)
    assert [p["died"] for p in first.draft.content["patients"]] == [True, False]
    assert first.body == b"id,dead\n1,yes\n1,no\n"


def test_rows_without_a_key_are_never_joined() -> None:
    """Two records whose number is missing have nothing in common."""
    pack = a_pack("together: [id]\n")

    results = results_of("id,ward\n,A\n,B\n", table_hints(pack))

    assert [getattr(each, "code", None) for each in results] == ["no_record_id", "no_record_id"]


@pytest.mark.parametrize("mark", ["sep=;\r\n", "\ufeffSEP=;\n"])
def test_the_line_in_which_a_spreadsheet_names_its_delimiter_is_no_header(mark: str) -> None:
    """What is kept of a row begins with the header."""
    (result,) = results_of(f"{mark}id;ward\n1;A\n", table_hints(PACK))

    assert isinstance(result, Mapped)
    assert result.body == b"id;ward\n1;A\n"


def test_rows_pinned_without_a_pack_are_refused_with_the_remedy() -> None:
    """A setting that is half made."""
    (refusal,) = results_of('{"id": 1}', some_hints(pinned_format="rows"))

    assert isinstance(refusal, Refused)
    assert "pack" in refusal.detail


def test_a_quote_within_a_cell_is_no_end_of_it() -> None:
    """An exporter that does not double them."""
    (result,) = results_of('id,ward,text\n1,A,a 5" tube\n', table_hints(PACK))

    assert isinstance(result, Mapped)

"""Whatever rows arrive, under whatever pack: mapped or refused, never an exception."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from services.intake.domain.finish import finish
from services.intake.domain.results import Mapped, Refused, Result
from services.intake.packs.pack_files import shipped_packs
from tests.builders.reports import RAW_REF, RECEIVED_AT
from tests.builders.rows import a_table, results_of, table_hints

CANARY = "Xq7ZebraQuartz"
PACKS = st.sampled_from(sorted(shipped_packs()))
MEDIA = st.sampled_from(
    ["text/csv", "text/csv; charset=utf-16", None, "application/json", "application/x-ndjson"]
)
CELLS = st.text(max_size=12) | st.sampled_from(
    ["1", "Y", "PATC", "2026-03-01", "03/04/2026", "22:10", "[]", '[{"con_type": "PATC"}]',
     '[{"login": 7, "con_dob": "x"}]', "[" * 70, '{"a": 1}', "NaN", "\ud800"]
)  # fmt: skip


def _check(results: Any, hints: Any) -> None:
    for result in results:
        if isinstance(result, Mapped):
            finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
            (again,) = results_of(result.body, replace(hints, content_type=result.content_type))
            assert isinstance(again, Mapped)
            assert again.draft == result.draft
        else:
            assert result.detail


@given(body=st.binary(max_size=200), pack=PACKS, media=MEDIA)
@example(body=b'record_id\n"', pack="generic", media="text/csv")
@example(body=b"record_id\r1\r", pack="generic", media="text/csv")
@example(body=b"\xff\xfer\x00", pack="generic", media=None)
@example(body=b"record_id\n\x81\n", pack="generic", media="text/csv")
def test_any_bytes_are_mapped_or_refused(body: bytes, pack: str, media: str | None) -> None:
    """Random bytes under every pack end in a value, and again from their own raw record."""
    hints = table_hints(pack, media)

    _check(results_of(body, hints), hints)


@given(data=st.data(), pack=PACKS, delimiter=st.sampled_from(",;\t|"))
def test_any_cells_are_mapped_or_refused(data: st.DataObject, pack: str, delimiter: str) -> None:
    """Every column of a pack, with anything in it."""
    found = shipped_packs()[pack]
    columns = sorted(found.columns | found.inner | found.drop)
    cells = data.draw(st.dictionaries(st.sampled_from(columns), CELLS, min_size=1, max_size=8))
    row = dict.fromkeys(found.ids, "1") | cells
    body = a_table(row, delimiter=delimiter).encode("utf-8", "surrogatepass")
    hints = table_hints(pack)

    _check(results_of(body, hints), hints)


@given(data=st.data(), pack=PACKS)
def test_any_json_row_is_mapped_or_refused(data: st.DataObject, pack: str) -> None:
    """Numbers, lists and objects where a table has text."""
    found = shipped_packs()[pack]
    values = st.none() | st.booleans() | st.integers() | CELLS | st.lists(CELLS, max_size=2)
    people = st.dictionaries(st.sampled_from(["con_type", "login"]), values)
    nested = values | st.lists(people, max_size=2)
    row = data.draw(st.dictionaries(st.sampled_from(sorted(found.columns | found.inner)), nested))
    hints = table_hints(pack, "application/json")

    _check(results_of(json.dumps(row), hints), hints)


@given(pack=PACKS, row=st.sampled_from(["1", "", '"1']))
def test_a_refusal_never_repeats_the_row(pack: str, row: str) -> None:
    """No cell is in a refusal's words, nor in what is written of a result."""
    head = ",".join([next(iter(shipped_packs()[pack].ids)), "x"])

    for result in results_of(f"{head}\n{row},{CANARY},{CANARY}\n", table_hints(pack)):
        assert isinstance(result, Refused)
        assert CANARY not in f"{result!r}{result.detail}{result.pointer}"


@given(pack=PACKS)
def test_what_a_pack_drops_or_only_reads_never_leaves(pack: str) -> None:
    """A canary in every column that is text of people: dropped, narrative, birth dates, ids."""
    found = shipped_packs()[pack]
    private = found.drop | {"inc_notes", "f001", "narrative", "immediate_actions", "in07"}
    private |= {"patient_id", "patient_birth_date", "con_dob", "login", "con_email"}
    row = dict.fromkeys(found.ids, "1") | dict.fromkeys(private - found.ids, CANARY)
    row |= {"contacts": json.dumps([dict.fromkeys(private, CANARY)])}

    for result in results_of(a_table(row), table_hints(pack)):
        assert isinstance(result, Mapped)
        report = finish(result.draft, received_at=RECEIVED_AT, raw_ref=RAW_REF)
        assert CANARY not in report.to_json().decode()


def test_results_are_values() -> None:
    """The alias that the checks above rely on."""
    assert set(Result.__args__) == {Mapped, Refused}

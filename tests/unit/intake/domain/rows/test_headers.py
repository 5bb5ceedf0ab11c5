"""A pack is compiled once for a table's header; what that leaves out was never there."""

import json

from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.results import Mapped
from services.intake.packs.pack_files import shipped_packs
from tests.builders.rows import a_pack, a_table, draft_of, results_of, table_hints

PACKS = st.sampled_from(sorted(shipped_packs()))
CELLS = st.sampled_from(
    ["1", "Y", "PATC", "2026-03-01", "03/04/2026", "22:10", "2", "fall", "nurse.one", "a@b.example",
     '[{"con_type": "PATC", "con_dob": "2020-05-04"}, {"con_type": "EMPC", "login": "n.hale"}]']
)  # fmt: skip


@given(data=st.data(), name=PACKS)
def test_a_row_of_a_table_and_the_same_cells_as_json_are_one_report(
    data: st.DataObject, name: str
) -> None:
    """JSON has no header, so there the whole pack reads; nothing of the report may differ."""
    pack = shipped_packs()[name]
    columns = sorted(pack.columns | pack.inner)
    cells = data.draw(st.dictionaries(st.sampled_from(columns), CELLS, min_size=1, max_size=12))
    row = dict.fromkeys(pack.ids, "1") | cells

    (as_row,) = results_of(a_table(row), table_hints(pack))
    (as_json,) = results_of(json.dumps(row), table_hints(pack, "application/json"))

    assert isinstance(as_row, Mapped)
    assert isinstance(as_json, Mapped)
    for name_of in ("content", "content_hash", "flags", "unmapped", "newest"):
        assert getattr(as_row.draft, name_of) == getattr(as_json.draft, name_of)


def test_a_list_in_a_cell_is_read_whatever_the_header_has() -> None:
    """Names within a list are no columns: that the header lacks them says nothing."""
    pack = a_pack(
        "staff: {from: people, id: {column: login}, role: {column: job, map: {N: nurse}}}"
    )

    draft = draft_of(pack, people='[{"login": "n.one", "job": "N"}]')

    (member,) = draft.content["staff"]
    assert member["role"] == "nurse"


def test_two_headers_of_one_pack_do_not_mix() -> None:
    """Each file is read by its own columns, in whatever order files come."""
    pack = a_pack("kind: {column: what, else: incident}\nlocation: {unit_id: ward}")
    rows = [{"what": "x"}, {"ward": "w-1"}, {"what": "x", "ward": "w-2"}, {"what": "x"}]

    found = [draft_of(pack, **row).content for row in rows]

    assert [each.get("kind") for each in found] == ["incident", None, "incident", "incident"]
    units = [each.get("location", {}).get("unit_id") for each in found]
    assert units == [None, "w-1", "w-2", None]

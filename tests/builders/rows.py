"""Packs and tables for tests of row mapping."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from services.intake.domain.context import Hints
from services.intake.domain.receive import receive
from services.intake.domain.results import Draft, Mapped, Refused, Result
from services.intake.domain.rows.pack import Pack
from services.intake.packs.pack_files import load_text, shipped_packs
from tests.builders.reports import some_hints

HEAD = "pack: trial\nversion: 1\nrecord_id: {column: id}\n"


def a_pack(text: str = "") -> Pack:
    """Return a pack of `id` and the fields of `text`, in YAML."""
    return load_text(HEAD + text, file="trial.yaml")


def table_hints(pack: Pack | str, content_type: str | None = "text/csv", **overrides: Any) -> Hints:
    """Return hints that name the pack; a text is that of a shipped one."""
    packs = dict(shipped_packs())
    if isinstance(pack, Pack):
        packs[pack.name] = pack
    name = pack if isinstance(pack, str) else pack.name
    return replace(some_hints(content_type, packs=packs, **overrides), pack=name)


def a_table(*rows: Mapping[str, Any], delimiter: str = ",") -> str:
    """Return rows as delimited text under the columns of the first."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def results_of(body: str | bytes, hints: Hints) -> Sequence[Result]:
    """Return what becomes of a table's rows."""
    return receive(body if isinstance(body, bytes) else body.encode(), hints)


def draft_of(
    pack: Pack | str, overrides: Mapping[str, Any] | None = None, /, **cells: Any
) -> Draft:
    """Return the draft of one row with the cells; a row without `id` gets one."""
    row = cells if isinstance(pack, str) else {"id": "1", **cells}
    (result,) = results_of(a_table(row), table_hints(pack, **overrides or {}))
    assert isinstance(result, Mapped), result
    return result.draft


def refusal_of(body: str | bytes, pack: Pack | str, **overrides: Any) -> Refused:
    """Return the one refusal of a table, and fail when there is another result."""
    (result,) = results_of(body, table_hints(pack, **overrides))
    assert isinstance(result, Refused), result
    return result

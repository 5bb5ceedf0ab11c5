"""How questions are shown: a table for people, CSV for a spreadsheet, one file per tenant."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from rich.table import Table
from rich.text import Text

from services.intake.domain.questions import COLUMNS, ListedQuestion


def as_table(found: Iterable[ListedQuestion]) -> Table:
    """Return the questions as a table that fits its terminal."""
    table = Table(*(column.replace("_", " ") for column in COLUMNS), box=None, pad_edge=False)
    for listed in found:
        # Text, not str: a record id in brackets is not markup.
        table.add_row(*map(Text, listed.cells()))
    return table


def to_csv(found: Iterable[ListedQuestion]) -> str:
    """Return the questions as RFC 4180 text with a heading."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    rows.writerows(listed.cells() for listed in found)
    return text.getvalue()


def write_files(folder: Path, found: Sequence[ListedQuestion]) -> Iterator[Path]:
    """Write `questions-<tenant>.csv` for each tenant in `found` (sorted by it); yield the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for tenant, mine in groupby(found, key=lambda listed: listed.question.tenant):
        path = folder / f"questions-{tenant}.csv"
        path.write_text(to_csv(mine), encoding="utf-8", newline="")
        yield path

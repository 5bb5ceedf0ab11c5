"""Draft a pack from an export: over a shipped one that fits, else a guess per column."""

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import Final

from services.intake.domain import media
from services.intake.domain.context import Hints
from services.intake.domain.rows.pack import Pack
from services.intake.domain.rows.problems import LONGEST_TEXT
from services.intake.domain.rows.table import decode, delimiter_of, encoding_of, fold, records
from services.intake.packs.files import read_headers
from services.intake.packs.pack_files import load_text, shipped_packs
from services.offline.bodies import Body, bodies
from services.offline.context import default_context
from services.offline.draft_pages import Source, extending, guessed
from services.offline.guessing import Guess, guess_columns
from services.offline.survey import HIDDEN, Survey, survey
from services.offline.survey_pages import path_of

SAMPLE_ROWS: Final = 20_000
_VALUES: Final = 500
_KNOWN_SHARE: Final = 0.5
_LEAST_KNOWN: Final = 4
_UNREAD: Final = re.compile("[\ud800-\udfff]")  # bytes that the guessed encoding does not know
_NAME: Final = re.compile(r"[^a-z0-9]+")
_WHEN: Final = datetime(2000, 1, 1, tzinfo=UTC)  # no flag of a draft depends on it


class NoTableError(ValueError):
    """The file has no columns that could be guessed."""

    hint = "Export it as CSV with a line of headings, or a JSON object per line."


def name_of(file: Path) -> str:
    """Return a pack name made of the file's."""
    return _NAME.sub("-", file.stem.lower()).strip("-")[:60] or "draft"


def draft(file: Path, name: str, advance: Callable[[int], None]) -> str:
    """Return the text of a pack that loads; `advance` is told the bytes read.

    Raises:
        NoTableError: the file has no header and no JSON objects.
        EmptyFileError, OSError: it cannot be read.
    """
    sample = list(_sample(file))
    values = _values(sample)
    if not values:
        broken = next((body.broken[1] for body in sample if body.broken), None)
        raise NoTableError(broken or f"{file.name} has no columns to guess from.")
    base = _fitting(values)
    guesses = guess_columns(values, read_headers())
    number = _number(values, base, guesses)
    source = Source(name, " ".join(str(file).split()), values, number, *_several(sample, number))

    def page(unmapped: Mapping[str, list[tuple[str, int]]]) -> str:
        if base is not None:
            return extending(source, base, unmapped)
        return guessed(source, guesses, unmapped)

    # What has no meaning yet shows only when the guesses are tried.
    return page(_unmapped(_surveyed(load_text(page({}), file=name), sample, advance)))


def _sample(file: Path) -> Iterator[Body]:
    return takewhile(lambda body: body.first < SAMPLE_ROWS, bodies(str(file), None))


def _values(sample: Iterable[Body]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for body in sample:
        for cells in _rows(body):
            for name, value in cells.items():
                if not fold(name) or len(name) > LONGEST_TEXT:
                    continue  # no pack could name the column
                known = found.setdefault(name, [])
                if value.strip() and len(known) < _VALUES:
                    known.append(value.strip())
    return found


def _number(values: Mapping[str, object], base: Pack | None, guesses: Sequence[Guess]) -> str:
    """Return the column that holds the record's number: as the pack or the guess says."""
    if base is not None:
        return next(name for name in values if fold(name) in base.ids)
    people = {guess.column for guess in guesses if guess.field == "drop"}
    named = (guess.column for guess in guesses if guess.field == "record_id")
    others = (name for name in values if name not in people)
    return next(named, None) or next(others, None) or next(iter(values))


def _several(sample: Iterable[Body], number: str) -> tuple[int, frozenset[str], int]:
    """Return how many records stand in rows that differ, in which columns, and how many are all."""
    first: dict[str, dict[str, str]] = {}
    records: set[str] = set()
    columns: set[str] = set()
    for cells in (cells for body in sample for cells in _rows(body)):
        record = cells.get(number, "").strip()
        known = first.setdefault(record, cells) if record else cells
        differing = {name for name, value in cells.items() if value != known.get(name)}
        if differing:
            records.add(record)
            columns |= differing
    return len(records), frozenset(columns), len(first)


def _rows(body: Body) -> Iterator[dict[str, str]]:
    if not media.read(body.media).is_table:
        for line in body.content.splitlines():
            yield from _object(line)
        return
    said = media.read(body.media)
    encoding = encoding_of(body.content, said.charset)
    encoding = replace(encoding, is_guessed=said.is_guessed)
    text = _UNREAD.sub("\ufffd", decode(body.content, encoding))
    found = records(io.StringIO(text, newline=""), delimiter_of(text))
    header = next(found, None)
    for row in found:
        yield dict(zip(header.cells if header else (), row.cells, strict=False))


def _object(line: bytes) -> Iterator[dict[str, str]]:
    try:
        document = json.loads(line)
    except ValueError:
        return
    if isinstance(document, dict):
        yield {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in document.items()
            if value is not None
        }


def _fitting(values: Mapping[str, object]) -> Pack | None:
    """Return the shipped pack that knows the most of the columns, if it knows enough of them."""
    names = {fold(name) for name in values}

    def known(pack: Pack) -> int:
        return len(names & (pack.columns | pack.drop))

    best = max(shipped_packs().values(), key=known)
    is_enough = known(best) >= max(_LEAST_KNOWN, _KNOWN_SHARE * len(names))
    return best if is_enough and not best.ids.isdisjoint(names) else None


def _surveyed(pack: Pack, sample: Iterable[Body], advance: Callable[[int], None]) -> Survey:
    context = default_context("draft")
    hints = Hints(replace(context, packs={**context.packs, pack.name: pack}), pack=pack.name)
    total = Survey()
    for body in sample:
        total.add(survey(body, hints, _WHEN))
        advance(body.read_bytes)
    return total


def _unmapped(found: Survey) -> dict[str, list[tuple[str, int]]]:
    values: dict[str, list[tuple[str, int]]] = {}
    for (pointer, value), count in found.unmapped.most_common():
        if value != HIDDEN:
            values.setdefault(path_of(pointer), []).append((value, count))
    return values

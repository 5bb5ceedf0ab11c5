"""Rows of an export: CPU time per row, and a large file through `peerline mapping test`."""

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from services.intake.domain.context import Hints
from services.intake.domain.notes import Notes
from services.intake.domain.receive import receive
from services.intake.domain.rows import form
from services.intake.domain.translation import Piece
from services.offline.context import default_context
from services.offline.trial import Trial, chosen, run
from tests.bench.figures import Bar, Cost, Goal, Section, cost_table, paragraph

BATCH = 480
REPEATS = 5
MILLION = 1_000_000
LARGE = 60_000
_WRITTEN = 10_000
_KINDS = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_HEAD = (
    "record_id,occurred_date,occurred_time,unit_id,categories,harm,patient_age_years,"
    "patient_died,staff_login,staff_role,staff_involvement,narrative\n"
)


@dataclass(frozen=True, slots=True)
class Speed:
    """What rows cost, and how a large file went.

    `seconds` are those of the clock, `cpu_seconds` those of all processes: on a machine that others
    use too, only the latter say something of the code.
    """

    costs: tuple[Cost, ...]
    rows: int
    kilobytes: float
    seconds: float
    cpu_seconds: float
    peak_megabytes: float


def measure(rows: int = LARGE) -> Speed:
    """Measure the example's rows and a table of our own columns, then a file of `rows`."""
    context = default_context("bench")
    datix = chosen(context, str(EXAMPLES / "northwick-datix.yaml"))
    plain = chosen(context, "generic")
    costs = (
        *_costs("generic, 12 columns", plain, plain_rows(BATCH).encode()),
        *_costs("Datix with contacts in JSON", datix, _datix_rows(BATCH).encode()),
    )
    return _large(costs, rows)


def section(rows: int = LARGE) -> Section:
    """Measure, and return the section of docs/bench.md."""
    found = measure(rows)
    times = MILLION / found.rows
    what, minutes = "a million rows", found.seconds / 60
    projected: tuple[str, ...] = ()
    if found.rows != MILLION:
        what, minutes = "a million rows, projected", found.cpu_seconds * times / 60 / 2
        projected = (
            f"Projected to a million: {found.seconds * times / 60:.1f} minutes as the machine was,",
            f"{minutes:.1f} on two idle cores; `make bench-million` maps the whole million.",
        )
    whole = found.costs[1]
    lines = (
        "## Rows of an export",
        "",
        "Cutting is finding rows and cells, translating is what a pack does, the whole mapping is",
        f"both and what every format has in common. Median and least of {REPEATS} batches.",
        "",
        *cost_table(found.costs),
        "",
        *paragraph(
            f"`peerline mapping test` on {found.rows:,} rows of {found.kilobytes:.1f} kB, on every",
            f"core, all counts included, took {_spell(found.seconds)} and",
            f"{_spell(found.cpu_seconds)} of CPU in all processes, at most",
            f"{found.peak_megabytes:.0f} MB in any of them.",
            *projected,
        ),
    )
    goals = (
        Goal("map a row (generic, 12 columns)", 50, whole.median_us, "µs"),
        Goal(f"`peerline mapping test` on {what}", 3, minutes, "min"),
    )
    return Section(lines, goals, (Bar("row of a table", whole.median_us, None, 50),))


def _spell(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def plain_rows(count: int, first: int = 0, *, head: bool = True) -> str:
    """Return a table for the pack `generic`: `count` rows of different records."""
    rows = (
        f"{n},2026-03-{n % 28 + 1:02},14:30,ward-{n % 40},medication,moderate,{n % 90},no,"
        f"user{n % 300},nurse,direct,Some words about what happened on the ward\n"
        for n in range(first, first + count)
    )
    return (_HEAD if head else "") + "".join(rows)


def _datix_rows(count: int) -> str:
    text = (EXAMPLES / "northwick-datix.csv").read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    return f"{head}\n{rest * (count // 8)}"


def _costs(what: str, hints: Hints, body: bytes) -> list[Cost]:
    hints = replace(hints, content_type="text/csv")
    whole = Piece(None, body, content_type="text/csv")
    pieces = form.divide(whole, hints)
    notes = [Notes(hints.context, hints.context.source_system) for _ in pieces]

    def translate() -> None:
        form.divide(whole, hints)
        for piece, note in zip(pieces, notes, strict=True):
            form.translate(piece, hints, note)

    return [
        _cost(f"cut and translate a row: {what}", translate, len(pieces)),
        _cost(f"the whole mapping of a row: {what}", lambda: receive(body, hints), len(pieces)),
    ]


def _cost(what: str, work: Callable[[], object], rows: int) -> Cost:
    work()
    found = []
    for _ in range(REPEATS):
        began = time.process_time()
        work()
        found.append((time.process_time() - began) / rows * 1e6)
    return Cost(what, statistics.median(found), min(found))


def _large(costs: tuple[Cost, ...], rows: int) -> Speed:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.csv"
        with file.open("w", encoding="utf-8") as text:
            for first in range(0, rows, _WRITTEN):
                text.write(plain_rows(min(_WRITTEN, rows - first), first, head=not first))
        trial = Trial(Path(folder), "generic", "bench", None, datetime.now(UTC))
        began, cpu = time.monotonic(), _cpu_seconds()
        with click.progressbar(length=file.stat().st_size, file=sys.stderr, label="rows") as bar:
            found = run(trial, file, lambda done: bar.update(done - bar.pos))
        seconds, cpu = time.monotonic() - began, _cpu_seconds() - cpu
        assert found.reports == rows
        kilobytes = file.stat().st_size / rows / 1000
    peak = max(resource.getrusage(kind).ru_maxrss for kind in _KINDS) / 1000
    return Speed(costs, rows, kilobytes, seconds, cpu, peak)


def _cpu_seconds() -> float:
    used = [resource.getrusage(kind) for kind in _KINDS]
    return sum(each.ru_utime + each.ru_stime for each in used)

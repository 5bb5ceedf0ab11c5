"""Rows of an export: CPU time per row, and a large file through `peerline mapping test`."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from services.intake.domain.context import Hints
from services.intake.domain.notes import Notes
from services.intake.domain.receive import receive
from services.intake.domain.rows import form
from services.intake.domain.translation import Piece
from services.offline.context import default_context
from services.offline.trial import Trial, chosen, run
from tests.bench.costs import REPEATS, Cost

BATCH = 480
LARGE = 60_000
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


def measure() -> Speed:
    """Measure the example's rows and a table of our own columns."""
    context = default_context("bench")
    datix = chosen(context, str(EXAMPLES / "northwick-datix.yaml"))
    plain = chosen(context, "generic")
    costs = (
        *_costs("generic, 12 columns", plain, plain_rows(BATCH).encode()),
        *_costs("Datix with contacts in JSON", datix, _datix_rows(BATCH).encode()),
    )
    return _large(costs)


def lines() -> list[str]:
    """Measure, and return the section of the report."""
    found = measure()
    minutes = 1e6 / found.rows / 60
    return [
        "",
        "## Rows of an export",
        "",
        "| what | median µs | least µs |",
        "|---|---|---|",
        *(f"| {c.what} | {c.median_us:.0f} | {c.least_us:.0f} |" for c in found.costs),
        "",
        (
            f"`peerline mapping test` on {found.rows:,} rows of {found.kilobytes:.1f} kB took "
            f"{found.seconds:.0f} s and {found.cpu_seconds:.0f} s of CPU, all counts included: "
            f"projected to a million rows {found.seconds * minutes:.1f} minutes as the machine "
            f"was, {found.cpu_seconds * minutes / 2:.1f} on two idle cores. At most "
            f"{found.peak_megabytes:.0f} MB in any process."
        ),
    ]


def plain_rows(count: int, first: int = 0) -> str:
    """Return a table for the pack `generic`: `count` rows of different records."""
    rows = (
        f"{n},2026-03-{n % 28 + 1:02},14:30,ward-{n % 40},medication,moderate,{n % 90},no,"
        f"user{n % 300},nurse,direct,Some words about what happened on the ward\n"
        for n in range(first, first + count)
    )
    return _HEAD + "".join(rows)


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


def _large(costs: tuple[Cost, ...]) -> Speed:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.csv"
        file.write_text(plain_rows(LARGE), encoding="utf-8")
        trial = Trial(Path(folder), "generic", "bench", None, datetime.now(UTC))
        began, cpu = time.monotonic(), _cpu_seconds()
        found = run(trial, file, lambda _done: None)
        seconds, cpu = time.monotonic() - began, _cpu_seconds() - cpu
        assert found.reports == LARGE
        kilobytes = file.stat().st_size / LARGE / 1000
    peak = max(resource.getrusage(kind).ru_maxrss for kind in _KINDS) / 1000
    return Speed(costs, LARGE, kilobytes, seconds, cpu, peak)


def _cpu_seconds() -> float:
    used = [resource.getrusage(kind) for kind in _KINDS]
    return sum(each.ru_utime + each.ru_stime for each in used)

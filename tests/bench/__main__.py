"""Measure and write docs/bench.md: `python -m tests.bench`."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import costs, deciding, latency, offers, rows

REPORT = Path(__file__).parents[2] / "docs" / "bench.md"


def main() -> None:
    """Measure everything and write the report."""
    print("counting offers …")
    offered = offers.lines()
    print("measuring CPU costs …")
    found = costs.measure()
    print("measuring rows …")
    mapped = rows.lines()
    print(f"folding {deciding.REMEMBERED:,} incidents (some minutes) …")
    fold, crowded = deciding.measure(), deciding.crowded()
    print("measuring latency on the embedded broker …")
    late = latency.measure()
    parts = (_head(), _latency(late), _costs(found), mapped, _fold(fold, crowded), offered)
    REPORT.write_text("\n\n".join("\n".join(part).strip() for part in parts) + "\n")
    print(REPORT.read_text())


def _head() -> list[str]:
    return [
        "# Measurements",
        "",
        "Written by `make bench`; do not edit. Ratios and medians matter, not single figures: the",
        "machine is shared.",
        "",
        (
            f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}, load "
            f"{os.getloadavg()[0]:.1f} at the start."
        ),
        "",
    ]


def _latency(late: latency.Latency) -> list[str]:
    rows = [("POST answered with 202", late.accepted_ms), ("supporter's mail", late.mailed_ms)]
    lines = [
        "## From an urgent report to the supporter's mail",
        "",
        (
            f"{len(late.accepted_ms)} reports at {latency.PER_SECOND:g} a second, each of a unit "
            "of its own, on the embedded broker, all services on this machine; "
            f"{late.lost} without a mail in time."
        ),
        "",
        "| until | p50 ms | p90 ms | p99 ms |",
        "|---|---|---|---|",
    ]
    for what, values in rows:
        cells = [f"{late.percentile(values, share):.0f}" for share in (50, 90, 99)]
        lines.append(f"| {what} | {' | '.join(cells)} |")
    return [*lines, ""]


def _costs(found: list[costs.Cost]) -> list[str]:
    lines = [
        "## CPU time per report",
        "",
        f"Median and least of {costs.REPEATS} batches of {costs.BATCH}; the default rule set.",
        "",
        "| what | median µs | least µs |",
        "|---|---|---|",
    ]
    return [*lines, *_rows(found)]


def _fold(fold: deciding.Fold, crowded: list[costs.Cost]) -> list[str]:
    return [
        "## The fold: deciding with a year behind it",
        "",
        f"{fold.remembered:,} remembered incidents of a fictional hospital group, default rules;",
        "20 % updates, 5 % retractions, 5 % repeats, mostly everyday. `decide()` alone runs from",
        "the canonical report to the whole step: memo, occurrence, windows, rules, the decision as",
        "the contract's value with its digest, requests and questions. Not in it: reading the",
        "record, taking the step over (`State.apply`), writing JSON. Goal: 60 µs, 1,500 bytes.",
        "",
        f"Median and least of {deciding.BATCHES} batches of {deciding.CHUNK} reports, CPU time.",
        "",
        "| what | median µs | least µs |",
        "|---|---|---|",
        *_rows(fold.costs),
        "",
        f"Memory: {fold.bytes_each:,.0f} bytes of RSS for each incident remembered in addition.",
        "",
        f"`decide()` with {deciding.CROWDED:,} incidents already there that have in common:",
        "",
        "| what | median µs | least µs |",
        "|---|---|---|",
        *_rows(crowded),
        "",
        "Where the time of `decide()` goes, by module (a profiler favours what calls little):",
        "",
        "| module | % |",
        "|---|---|",
        *(f"| {module} | {share:.0f} |" for module, share in fold.profile),
    ]


def _rows(found: Iterable[costs.Cost]) -> list[str]:
    return [f"| {c.what} | {c.median_us:.0f} | {c.least_us:.0f} |" for c in found]


if __name__ == "__main__":
    main()

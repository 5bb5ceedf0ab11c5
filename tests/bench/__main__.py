"""Measure and write docs/bench.md: `python -m tests.bench`."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import costs, latency, rows

REPORT = Path(__file__).parents[2] / "docs" / "bench.md"


def main() -> None:
    """Measure everything and write the report."""
    print("measuring CPU costs …")
    found = costs.measure()
    print("measuring rows …")
    mapped = rows.lines()
    print("measuring latency on the embedded broker …")
    late = latency.measure()
    REPORT.write_text("\n".join([*_head(), *_latency(late), *_costs(found), *mapped]) + "\n")
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
            f"{len(late.accepted_ms)} reports at {latency.PER_SECOND:g} a second on the embedded "
            f"broker, all services on this machine; {late.lost} without a mail in time."
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
    return [*lines, *(f"| {c.what} | {c.median_us:.0f} | {c.least_us:.0f} |" for c in found)]


if __name__ == "__main__":
    main()

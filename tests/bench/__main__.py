"""Measure and write docs/bench.md and docs/bench.svg: `python -m tests.bench --help`."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tests.bench import (
    comparison,
    costs,
    deciding,
    edge,
    latency,
    normalising,
    offers,
    picture,
    rows,
)
from tests.bench.figures import Bar, Goal, Section, table

DOCS: Final = Path(__file__).parents[2] / "docs"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One section: what is being done, about how many minutes it takes, what does it."""

    doing: str
    minutes: float
    measure: Callable[[], Section]


SECTIONS: Final[Mapping[str, Measurement]] = {
    "mapping": Measurement("CPU time per report, every format, and deciding", 0.3, costs.section),
    "fhir-resources": Measurement(
        "beside fhir.resources on the same bytes", 0.5, comparison.section
    ),
    "rows": Measurement("rows of an export, and a large file", 0.5, rows.section),
    "http": Measurement("accepted over HTTP, one core, real Kafka", 1.5, edge.section),
    "normaliser": Measurement("raw to reported, one core, real Kafka", 1.0, normalising.section),
    "latency": Measurement("from POST to mail, all services", 1.0, latency.section),
    "fold": Measurement("deciding with 100,000 incidents behind it", 4.0, deciding.section),
    "offers": Measurement("how often the default rules offer a peer", 1.0, offers.section),
}


@click.command()
@click.option(
    "--only",
    type=click.Choice([*SECTIONS]),
    multiple=True,
    help="Measure this section (may be repeated), print it and write no file.",
)
@click.option(
    "--rows",
    "large",
    type=click.IntRange(min=10_000),
    default=rows.LARGE,
    show_default=True,
    help="How many rows the large file has; 1000000 is the whole claim, and takes minutes.",
)
def main(only: tuple[str, ...], large: int) -> None:
    """Measure Peerline on this machine: what it costs, how fast it is, beside what was aimed at.

    Without options every section is measured, about ten minutes on two cores, and docs/bench.md
    and docs/bench.svg are written anew. CPU time counts, since a clock on a shared machine tells
    little; keep the machine quiet all the same. What needs Kafka starts its own.

    \b
      python -m tests.bench                        everything, as 'make bench' does
      python -m tests.bench --only http            one section, printed and not written
      python -m tests.bench --only rows --rows 1000000
    """  # noqa: D301 - click's mark for lines that stay as they are
    head = _head()
    wanted = [name for name in SECTIONS if not only or name in only]
    found = [_measured(name, large) for name in wanted]
    goals = [goal for section in found for goal in section.goals]
    parts = [head, _goals(goals), *(section.lines for section in found)]
    text = "\n\n".join("\n".join(part).strip() for part in parts if part) + "\n"
    print(text)
    if not only:
        bars = [bar for section in found for bar in section.bars]
        _write(text, bars)


def _measured(name: str, large: int) -> Section:
    wanted = SECTIONS[name]
    began = time.monotonic()
    click.echo(f"{name}: {wanted.doing} (about {wanted.minutes:g} min) …", err=True)
    section = rows.section(large) if name == "rows" else wanted.measure()
    click.echo(f"{name}: done in {time.monotonic() - began:.0f} s", err=True)
    return section


def _write(text: str, bars: list[Bar]) -> None:
    (DOCS / "bench.md").write_text(text)
    (DOCS / "bench.svg").write_text(picture.draw(bars))
    click.echo(f"Wrote {DOCS / 'bench.md'} and {DOCS / 'bench.svg'}.", err=True)


def _head() -> list[str]:
    return [
        "# Measurements",
        "",
        "Written by `make bench`; do not edit. Ratios and medians matter, not single figures: the",
        "machine is shared. A kB has 1,000 bytes; µs of CPU are those of this machine.",
        "",
        (
            f"{datetime.now(UTC):%Y-%m-%d}, {platform.system()} {platform.machine()}, "
            f"{os.cpu_count()} cores, Python {platform.python_version()}, load "
            f"{os.getloadavg()[0]:.1f} at the start."
        ),
    ]


def _goals(goals: list[Goal]) -> list[str]:
    if not goals:
        return []
    met = sum(goal.is_met for goal in goals)
    heads = ("what", "goal, at most", "found", "")
    return [
        "## Goals",
        "",
        f"The design's own goals; {met} of {len(goals)} are met.",
        "",
        *table(heads, ()),
        *(goal.row for goal in goals),
    ]


if __name__ == "__main__":
    main()

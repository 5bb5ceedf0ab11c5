"""What a section of docs/bench.md is made of: lines, goals beside figures, bars of the picture."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds per report: the median and the least of several batches."""

    what: str
    median_us: float
    least_us: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What was wanted of a figure, in its own unit, and what was found."""

    what: str
    at_most: float
    found: float
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether the figure is within the goal."""
        return self.found <= self.at_most

    @property
    def row(self) -> str:
        """The goal's row in the table of goals."""
        found, most = _number(self.found), _number(self.at_most)
        told = "met" if self.is_met else f"missed, {self.found / self.at_most:.1f} times the goal"
        return f"| {self.what} | {most} {self.unit} | {found} {self.unit} | {told} |"


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of the picture: a format's microseconds, those of a peer, what was wanted."""

    what: str
    ours_us: float
    theirs_us: float | None = None
    goal_us: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """One section as it was measured."""

    lines: tuple[str, ...]
    goals: tuple[Goal, ...] = ()
    bars: tuple[Bar, ...] = ()


def paragraph(*sentences: str) -> list[str]:
    """Return sentences as lines of at most 100 characters."""
    return textwrap.wrap(" ".join(sentences), 100, break_long_words=False, break_on_hyphens=False)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """Return a Markdown table."""
    names = list(heads)
    cells = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(names)} |", "|" + "---|" * len(names), *cells]


def cost_table(found: Iterable[Cost]) -> list[str]:
    """Return the table of CPU costs."""
    rows = ([c.what, f"{c.median_us:.0f}", f"{c.least_us:.0f}"] for c in found)
    return table(("what", "median µs", "least µs"), rows)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"

"""The picture of docs/bench.md: what mapping costs by format, as an SVG of bars."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from math import ceil, log10
from typing import Final

from tests.bench.figures import Bar

_WIDTH, _LEFT, _RIGHT = 760, 200, 70
_TOP, _GROUP, _BAR = 64, 46, 15
_OURS, _THEIRS, _GOAL, _TEXT = "#2b6cb0", "#b7bcc4", "#c05621", "#6e7781"
_FONT: Final = "font-family='system-ui,sans-serif' font-size='13'"


def draw(bars: Sequence[Bar]) -> str:
    """Return the SVG; grey stands on light and dark pages, and no colour tells anything alone."""
    height = _TOP + _GROUP * len(bars) + 40
    most = _round_up(max(_figures(bars)))
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    box = f"viewBox='0 0 {_WIDTH} {height}'"
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' {box} {_FONT} role='img'>",
        f"<title>Mapping, microseconds per report. {escape(_spoken(bars))}</title>",
        *_legend(),
        *_axis(most, scale, height),
    ]
    for place, bar in enumerate(bars):
        parts += _group(bar, _TOP + place * _GROUP, scale)
    return "\n".join([*parts, "</svg>", ""])


def _figures(bars: Iterable[Bar]) -> Iterator[float]:
    for bar in bars:
        yield from (bar.ours_us, bar.theirs_us or 0, bar.goal_us or 0)


def _spoken(bars: Iterable[Bar]) -> str:
    return "; ".join(f"{bar.what}: {bar.ours_us:.0f}" for bar in bars)


def _round_up(value: float) -> float:
    step = 10 ** int(log10(value)) / 2
    return float(ceil(value / step) * step)


def _legend() -> Iterator[str]:
    yield _text(_LEFT, 20, "Mapping a report, µs of CPU: shorter is better", "start")
    yield _box(_LEFT, 30, 12, 12, _OURS)
    yield _text(_LEFT + 18, 41, "Peerline, whole mapping", "start")
    yield _box(_LEFT + 190, 30, 12, 12, _THEIRS)
    yield _text(_LEFT + 208, 41, "fhir.resources, parsing and validating", "start")
    yield _line(_LEFT + 462, 28, 44, _GOAL, 3)
    yield _text(_LEFT + 470, 41, "goal", "start")


def _axis(most: float, scale: float, height: int) -> Iterator[str]:
    for quarter in range(5):
        value = most * quarter / 4
        at = _LEFT + value * scale
        yield _line(at, _TOP - 6, height - 28, "#8884", 1)
        yield _text(at, height - 12, f"{value:.0f}", "middle")


def _group(bar: Bar, top: int, scale: float) -> Iterator[str]:
    yield _text(_LEFT - 8, top + 15, bar.what, "end")
    yield _box(_LEFT, top + 2, bar.ours_us * scale, _BAR, _OURS)
    yield _text(_LEFT + bar.ours_us * scale + 5, top + 14, f"{bar.ours_us:.0f}", "start")
    if bar.theirs_us is not None:
        yield _box(_LEFT, top + 19, bar.theirs_us * scale, _BAR, _THEIRS)
        end = _LEFT + bar.theirs_us * scale
        yield _text(end + 5, top + 31, f"{bar.theirs_us:.0f}", "start")
    if bar.goal_us is not None:
        yield _line(_LEFT + bar.goal_us * scale, top - 2, top + 22, _GOAL, 3)


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height}' fill='{colour}'/>"


def _line(x: float, top: float, bottom: float, colour: str, width: int) -> str:
    ends = f"x1='{x:.1f}' y1='{top}' x2='{x:.1f}' y2='{bottom}'"
    return f"<line {ends} stroke='{colour}' stroke-width='{width}'/>"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f"<text x='{x:.1f}' y='{y}' fill='{_TEXT}' text-anchor='{anchor}'>{escape(words)}</text>"

"""What `decide()` costs alone: default rules, 100,000 remembered incidents, the worst patient."""

import cProfile
import gc
import pstats
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import IncidentReported
from tests.bench.figures import Cost, Goal, Section, cost_table, table
from tests.bench.hospital import Hospital
from tests.builders.canonical import NOON, a_canonical, a_nurse, a_patient, a_position

REMEMBERED: Final = 100_000
CHUNK: Final = 500
BATCHES: Final = 20
CROWDED: Final = 2_000
PROFILED: Final = 12
_PAGE_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class Fold:
    """Costs with `remembered` incidents, and RSS bytes for each that was added on the way."""

    remembered: int
    costs: tuple[Cost, ...]
    bytes_each: float
    profile: tuple[tuple[str, float], ...]


def section() -> Section:
    """Measure, and return the section of docs/bench.md."""
    fold, together = measure(), crowded()
    alone = fold.costs[0]
    lines = [
        "## The fold: deciding with a year behind it",
        "",
        f"{fold.remembered:,} remembered incidents of a fictional hospital group, default rules;",
        "20 % updates, 5 % retractions, 5 % repeats, mostly everyday. `decide()` alone runs from",
        "the canonical report to the whole step: memo, occurrence, windows, rules, the decision as",
        "the contract's value with its digest, requests and questions. Not in it: reading the",
        "record, taking the step over (`State.apply`), writing JSON.",
        "",
        f"Median and least of {BATCHES} batches of {CHUNK} reports, CPU time.",
        "",
        *cost_table(fold.costs),
        "",
        f"Memory: {fold.bytes_each:,.0f} bytes of RSS for each incident remembered in addition.",
        "",
        f"`decide()` with {CROWDED:,} incidents already there that have in common:",
        "",
        *cost_table(together),
        "",
        "Where the time of `decide()` goes, by module (a profiler favours what calls little):",
        "",
        *table(("module", "%"), ([module, f"{share:.0f}"] for module, share in fold.profile)),
    ]
    goals = (
        Goal("`decide()` alone, a year behind it", 60, alone.median_us, "µs"),
        Goal("memory of triage per remembered incident", 1_500, fold.bytes_each, "bytes"),
    )
    return Section(tuple(lines), goals)


def measure(remembered: int = REMEMBERED) -> Fold:
    """Fold a hospital's year, then measure on what comes next; takes some minutes."""
    rules, state = ActiveRules(load_shipped()), State()
    reports = Hospital(incidents=remembered).reports()
    started, held = 0, 0
    while len(state) < remembered:
        _fold(state, _read(reports), rules)
        if not started and len(state) > remembered // 10:  # caches and imports stand
            started, held = len(state), _rss_bytes()
    gc.collect()
    each = (_rss_bytes() - held) / (len(state) - started)
    gc.freeze()
    found = tuple(_costs(state, reports, rules))
    profile = tuple(_profile(state, _read(reports), rules))
    gc.unfreeze()
    return Fold(len(state), found, each, profile)


def crowded() -> list[Cost]:
    """Measure deciding where thousands of incidents share a patient, a unit or a person."""
    rules = ActiveRules(load_shipped())
    return [_crowd(what, make, rules) for what, make in _CROWDS.items()]


def _read(reports: Iterator[IncidentReported]) -> list[IncidentReported]:
    """Return a chunk as a worker has it: read from its record, no text shared with another."""
    return [
        IncidentReported.model_validate_json(report.to_json()) for report in islice(reports, CHUNK)
    ]


def _fold(state: State, chunk: Sequence[IncidentReported], rules: ActiveRules) -> None:
    for report in chunk:
        state.apply(decide(state, report, rules, a_position()))


def _costs(state: State, reports: Iterator[IncidentReported], rules: ActiveRules) -> Iterator[Cost]:
    alone, taken_over, written = [], [], []
    for _ in range(BATCHES):
        chunk = _read(reports)
        steps, deciding, applying = [], 0, 0
        for report in chunk:
            began = time.process_time_ns()
            step = decide(state, report, rules, a_position())
            decided = time.process_time_ns()
            state.apply(step)
            deciding += decided - began
            applying += time.process_time_ns() - decided
            steps.append(step)
        alone.append(deciding / len(chunk) / 1000)
        taken_over.append(applying / len(chunk) / 1000)
        written.append(_batch(_write, steps))
    yield _summary("`decide()` alone", alone)
    yield _summary("`State.apply()` of its step", taken_over)
    yield _summary("JSON of its decision, requests, questions, memos", written)


def _profile(
    state: State, chunk: Sequence[IncidentReported], rules: ActiveRules
) -> Iterator[tuple[str, float]]:
    """Yield the modules that `decide()` spends most time in, with their share in per cent."""
    profiler = cProfile.Profile()
    spent: defaultdict[str, float] = defaultdict(float)
    for report in chunk:
        step = profiler.runcall(decide, state, report, rules, a_position())
        state.apply(step)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]]
    stats = pstats.Stats(profiler).stats  # type: ignore[attr-defined] # typeshed leaves it out
    for (file, _, _), (_, _, seconds, *_) in stats.items():
        spent["built in" if file == "~" else Path(file).stem] += seconds
    most = sorted(spent, key=lambda module: -spent[module])[:PROFILED]
    for module in most:
        yield module, spent[module] / sum(spent.values()) * 100


def _write(step: Any) -> None:
    for output in (step.decision, step.refused, *step.requests, *step.questions):
        if output is not None:
            output.to_json()
    _ = step.memos


def _batch(work: Callable[[Any], object], items: Sequence[Any]) -> float:
    began = time.process_time()
    for item in items:
        work(item)
    return (time.process_time() - began) / len(items) * 1e6


def _summary(what: str, found: list[float]) -> Cost:
    return Cost(what, statistics.median(found), min(found))


def _rss_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


def _crowd(what: str, make: Callable[[int], IncidentReported], rules: ActiveRules) -> Cost:
    state = State()
    _fold(state, [make(number) for number in range(CROWDED)], rules)
    more = [make(number) for number in range(CROWDED, CROWDED + 50)]
    work = [_batch(lambda r: decide(state, r, rules, a_position()), [report]) for report in more]
    return _summary(what, work)


def _of_patient(number: int) -> IncidentReported:
    at = NOON + number * timedelta(hours=3)
    return a_canonical(f"r{number}", at=at, patients=[a_patient(harm="none")])


def _of_unit(number: int) -> IncidentReported:
    at = NOON + number * timedelta(minutes=20)
    return a_canonical(f"r{number}", at=at, patients=[a_patient(f"t{number}", harm="mild")])


def _severe_of_unit(number: int) -> IncidentReported:
    at = NOON + number * timedelta(hours=3)
    return a_canonical(f"r{number}", at=at, patients=[a_patient(f"t{number}", harm="severe")])


def _of_nurse(number: int) -> IncidentReported:
    at = NOON + number * timedelta(hours=3)
    patient = a_patient(f"t{number}", harm="none")
    return a_canonical(f"r{number}", at=at, patients=[patient], staff=[a_nurse()])


def _just_tying(number: int) -> IncidentReported:
    """A hundred incidents of one patient: the most that are still compared with each other."""
    at = NOON + number * timedelta(hours=5)
    return a_canonical(f"r{number}", at=at, patients=[a_patient(f"t{number // 100}", harm="none")])


_CROWDS: Final[dict[str, Callable[[int], IncidentReported]]] = {
    "one patient, unit and category, one every 3 hours": _of_patient,
    "twenty patients of one unit, 100 incidents each, one every 5 hours": _just_tying,
    "one unit, mild harm, one every 20 minutes": _of_unit,
    "one unit, severe harm, one every 3 hours (112 in its window)": _severe_of_unit,
    "one nurse, no harm, one every 3 hours": _of_nurse,
}

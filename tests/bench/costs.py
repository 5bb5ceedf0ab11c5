"""CPU time per report of the two pure halves: mapping a report, and deciding it."""

import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from services.intake.domain.context import Hints
from services.intake.domain.finish import finish
from services.intake.domain.receive import receive
from services.intake.domain.results import Mapped
from services.offline.context import mapping_context
from services.triage.domain.activation import ActiveRules
from services.triage.domain.decide import decide
from services.triage.domain.state import State
from services.triage.rule_files import load_shipped
from shared.contracts import IncidentReported
from shared.contracts.triage_decision import InputPosition
from shared.site.site import Site
from tests.bench.comparison import is_valid, model_of
from tests.bench.figures import Bar, Cost, Goal, Section, cost_table
from tests.bench.mapping import Sample, samples
from tests.builders.crowd import everyday, severe

REPEATS = 5
BATCH = 400
WARDS = 100


def section() -> Section:
    """Measure every format and deciding, and return the section of docs/bench.md."""
    now = datetime.now(UTC)
    context = mapping_context(Site(Path("/nonexistent")), "bench")
    measured = [(sample, *_mapping(sample)) for sample in samples(context, now)]
    found = [cost for _, cost, _ in measured]
    lines = (
        "## CPU time per report",
        "",
        "![Mapping, microseconds per report, by format](bench.svg)",
        "",
        "From the bytes of a request to the draft of the canonical report, and from that to the",
        f"decision. Median and least of {REPEATS} batches of {BATCH}; the default rule set. In the",
        "picture: ours, fhir.resources (which parses and validates only) where it reads the",
        "format, and a line for what was aimed at.",
        "",
        *cost_table([*found, *_decisions(now)]),
    )
    goals = [
        Goal(f"map {sample.what}", sample.goal_us, cost.median_us, "µs")
        for sample, cost, _ in measured
        if sample.goal_us is not None
    ]
    bars = [
        Bar(sample.what, cost.median_us, theirs, sample.goal_us)
        for sample, cost, theirs in measured
    ]
    return Section(lines, tuple(goals), tuple(bars))


def _decisions(now: datetime) -> list[Cost]:
    return [
        _deciding("decide an everyday report", [everyday(n, now) for n in range(BATCH)], now),
        _deciding(
            "decide a severe report",
            [severe(n, now, f"ward-{n % WARDS}") for n in range(BATCH)],
            now,
        ),
    ]


def _mapping(sample: Sample) -> tuple[Cost, float | None]:
    def work(_: int) -> None:
        receive(sample.body, sample.hints)

    (result,) = receive(sample.body, sample.hints)
    assert isinstance(result, Mapped), sample.what
    ours, theirs = [], []
    for _ in range(REPEATS):
        ours.append(_batch(work))
        theirs.append(_validating(sample))
    their_us = None if sample.release is None else statistics.median(theirs)
    return _summary(sample.title, ours), their_us


def _validating(sample: Sample) -> float:
    if sample.release is None:
        return 0.0
    model = model_of(sample.body, sample.release)
    return _batch(lambda _: is_valid(model, sample.body))


def _batch(work: Callable[[int], object]) -> float:
    began = time.process_time()
    for number in range(BATCH):
        work(number)
    return (time.process_time() - began) / BATCH * 1e6


def _summary(what: str, found: list[float]) -> Cost:
    ordered = sorted(found)
    return Cost(what, ordered[len(ordered) // 2], ordered[0])


def _deciding(what: str, bodies: list[dict[str, object]], now: datetime) -> Cost:
    context = mapping_context(Site(Path("/nonexistent")), "bench")
    reports = [_mapped(body, context, now) for body in bodies]
    rules = ActiveRules(load_shipped())
    position = InputPosition(topic="bench", partition=0, offset=0)
    found = []
    for _ in range(REPEATS):
        state = State()

        def work(number: int, state: State = state) -> None:
            state.apply(decide(state, reports[number], rules, position))

        found.append(_batch(work))
    return _summary(what, found)


def _mapped(body: dict[str, object], context: object, now: datetime) -> IncidentReported:
    result = receive(json.dumps(body).encode(), Hints(context, "application/json"))[0]  # type: ignore[arg-type]
    assert isinstance(result, Mapped)
    return finish(result.draft, received_at=now, raw_ref="bench/0/0")

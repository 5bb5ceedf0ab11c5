"""CPU time per report of the two pure halves: mapping a report, and deciding it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
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
from tests.bench.mapping import Sample, samples
from tests.builders.crowd import everyday, severe

REPEATS = 5
BATCH = 400
WARDS = 100


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU microseconds per report: the median and the least of several batches."""

    what: str
    median_us: float
    least_us: float


def measure() -> list[Cost]:
    """Measure every format, then deciding, on reports like those of the demo."""
    now = datetime.now(UTC)
    context = mapping_context(Site(Path("/nonexistent")), "bench")
    return [
        *(_mapping(sample) for sample in samples(context, now)),
        _deciding("decide an everyday report", [everyday(n, now) for n in range(BATCH)], now),
        _deciding(
            "decide a severe report",
            [severe(n, now, f"ward-{n % WARDS}") for n in range(BATCH)],
            now,
        ),
    ]


def _mapping(sample: Sample) -> Cost:
    def work(_: int) -> None:
        receive(sample.body, sample.hints)

    (result,) = receive(sample.body, sample.hints)
    assert isinstance(result, Mapped), sample.what
    return _summary(sample.title, [_batch(work) for _ in range(REPEATS)])


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

"""From raw to reported: reports a second and CPU per report of one normaliser on one core."""

import gc
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import TopicPartition

from services.intake.keystore.cipher import unwrap
from services.intake.keystore.store import Found
from services.intake.normaliser import Normaliser
from services.intake.raw.mapping import results_of
from services.intake.raw.record import Label, Parcel, read_label, read_parcel
from shared.clock import SystemClock
from shared.contracts.topics import RAW, REPORTED
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming
from shared.observability import Metrics
from tests.bench.figures import Section, paragraph, table
from tests.bench.intake_stage import PARTITIONS, IntakeStage, Stores, intake_stage
from tests.bench.machine import cpu_seconds

REPORTS: Final = 9_000
POLL: Final = 500
PATIENCE_SECONDS: Final = 300.0
_WRITING: Final = "writing reports, noting their status in SQL"
_REST: Final = "Kafka: reading, sending, transactions"


@dataclass(frozen=True, slots=True)
class Flow:
    """How the normaliser process went, and CPU microseconds per report of each of its steps."""

    reports: int
    seconds: float
    cpu_seconds: float
    steps: dict[str, float]

    @property
    def per_second(self) -> float:
        """Reports per second, by the clock."""
        return self.reports / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the process per report, all threads."""
        return self.cpu_seconds / self.reports * 1e6


@dataclass(frozen=True, slots=True)
class _Mark:
    at: float
    cpu_seconds: float
    done: int


def measure(reports: int = REPORTS) -> Flow:
    """Fill the raw topic with every format, start the normaliser, watch it until all is out."""
    with intake_stage() as stage:
        count = stage.fill(reports)
        first, *_, last = _watch(stage, count)
        steps = _steps(stage, list(read_range(stage.processes.kafka, RAW.name)))
    done = last.done - first.done
    seconds, used = last.at - first.at, last.cpu_seconds - first.cpu_seconds
    steps[_REST] = used / done * 1e6 - sum(steps.values())
    return Flow(done, seconds, used, steps)


def section() -> Section:
    """Return the section of docs/bench.md."""
    flow = measure()
    rows = ([step, f"{us:.0f}", f"{us / flow.cpu_us * 100:.0f}"] for step, us in flow.steps.items())
    lines = [
        "## From raw to reported, one core",
        "",
        *paragraph(
            "The process that `peerline intake normalise` starts, kept to one core;",
            f"{flow.reports:,} raw records of all formats in equal parts wait for it: native, FHIR",
            "R4 and R5, LFPSE, AHRQ, rows. It is timed until each report is committed.",
        ),
        "",
        *paragraph(
            f"**{flow.per_second:,.0f} reports a second** by the clock and {flow.cpu_us:.0f} µs of",
            f"CPU per report; at that price a core could do {1e6 / flow.cpu_us:,.0f} a second.",
            "Where they go:",
        ),
        "",
        *table(("step", "CPU µs", "%"), rows),
        "",
        "The steps are done again in one process, one after the other; Kafka's is what is left, so",
        "a busy machine may make it less than nothing.",
    ]
    return Section(tuple(lines))


def _watch(stage: IntakeStage, count: int) -> list[_Mark]:
    """Return a mark for each transaction that was seen to be committed, the first at its end."""
    consumer = stage.processes.kafka.consumer(group_id=None)
    places = [TopicPartition(REPORTED.name, number) for number in range(PARTITIONS)]
    marks: list[_Mark] = []
    try:
        pid, until = stage.start("normalise"), time.monotonic() + PATIENCE_SECONDS
        while not marks or marks[-1].done < count:
            assert time.monotonic() < until, "the normaliser does not come to an end"
            # Markers of transactions have offsets too: one in some hundred.
            done = sum(consumer.end_offsets(places).values())
            if done and (not marks or done > marks[-1].done):
                marks.append(_Mark(time.monotonic(), cpu_seconds(pid), done))
            time.sleep(0.02)
        stage.processes.stop("normalise")
    finally:
        consumer.close()
    return marks


def _steps(stage: IntakeStage, records: Sequence[Incoming]) -> dict[str, float]:
    """Do again what the normaliser did, step by step, in this process."""
    watch, whole = _StopWatch(len(records)), _StopWatch(len(records))
    gc.freeze()  # what the measurement itself holds is not to be collected again and again
    with stage.stores() as stores:
        made = _normaliser(stores)
        for poll in _chunks(records, POLL):  # in turns, so that a busy moment hits both
            whole("whole", made, poll)
            _step_by_step(stores, poll, watch)
    gc.unfreeze()
    rest = whole.us["whole"] - sum(watch.us.values())
    return {**watch.us, _WRITING: rest}


def _step_by_step(stores: Stores, poll: Sequence[Incoming], watch: "_StopWatch") -> None:
    labels = watch("reading labels", _labels, poll)
    found = watch("looking keys up in SQL", _keys, stores, labels)
    parcels = watch("decrypting", _parcels, stores, poll, labels, found)
    watch("mapping, identifiers sealed", _map, stores, parcels)


class _StopWatch:
    """Adds up the CPU time of named steps, in microseconds per report."""

    def __init__(self, reports: int) -> None:
        self.us: dict[str, float] = {}
        self._reports = reports

    def __call__(self, step: str, work: Callable[..., Any], *given: Any) -> Any:
        began = time.process_time()
        found = work(*given)
        used = (time.process_time() - began) / self._reports * 1e6
        self.us[step] = self.us.get(step, 0.0) + used
        return found


def _chunks(records: Sequence[Incoming], size: int) -> Iterator[Sequence[Incoming]]:
    for first in itertools.count(0, size):
        chunk = records[first : first + size]
        if not chunk:
            return
        yield chunk


def _labels(poll: Sequence[Incoming]) -> list[Label]:
    return [read_label(record) for record in poll]


def _keys(stores: Stores, labels: Sequence[Label]) -> dict[Any, Found]:
    return dict(stores.keys.find({label.key_id for label in labels}))


def _parcels(
    stores: Stores, poll: Sequence[Incoming], labels: Sequence[Label], found: dict[Any, Any]
) -> list[Parcel]:
    raw_key = stores.tenants.raw_key(labels[0].tenant)
    return [
        read_parcel(label, record, unwrap(found[label.key_id], raw_key))
        for record, label in zip(poll, labels, strict=True)
    ]


def _map(stores: Stores, parcels: Sequence[Parcel]) -> None:
    context = stores.tenants.sealing_context(parcels[0].tenant, parcels[0].envelope)
    for parcel in parcels:
        results_of(parcel, context)


def _normaliser(stores: Stores) -> Normaliser:
    return Normaliser(
        stores.tenants, stores.keys, stores.statuses, SystemClock(), PARTITIONS, Metrics()
    )

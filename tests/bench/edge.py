"""Reports accepted over HTTP by one core: real process, real Kafka, durable before each answer."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from tests.bench.figures import Section, paragraph, table
from tests.bench.intake_stage import IntakeStage, intake_stage
from tests.bench.load import Answered, post_all, request
from tests.bench.machine import cpu_seconds
from tests.bench.rows import plain_rows
from tests.builders.crowd import severe

SINGLE, LINES, ROWS = "single", "NDJSON of 100", "CSV of 500 rows"
_IN_ONE: Final = {SINGLE: 1, LINES: 100, ROWS: 500}
# What is sent, over how many connections, how many requests of it.
_RUNS: Final = (
    (SINGLE, 1, 400),
    (SINGLE, 4, 1_000),
    (SINGLE, 16, 2_000),
    (SINGLE, 64, 2_500),
    (LINES, 1, 40),
    (LINES, 2, 60),
    (LINES, 4, 60),
    (ROWS, 2, 12),
)
_HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: bench\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Run:
    """One way of sending: `cpu_seconds` are those of the server process, all its threads."""

    what: str
    connections: int
    reports: int
    answered: Answered
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Reports per second, by the clock."""
        return self.reports / self.answered.seconds

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server per report."""
        return self.cpu_seconds / self.reports * 1e6

    @property
    def row(self) -> list[str]:
        """The run's row in the table."""
        waits = [f"{self.answered.percentile(share):.0f}" for share in (50, 99)]
        figures = [f"{self.per_second:,.0f}", f"{self.cpu_us:.0f}", f"{1e6 / self.cpu_us:,.0f}"]
        return [self.what, str(self.connections), *figures, *waits]


def measure() -> Iterator[Run]:
    """Start the edge on a core of its own and send in every way."""
    with intake_stage() as stage:
        pid = stage.start("http")
        sent = _Sent(stage, datetime.now(UTC))
        _run(pid, stage, SINGLE, 8, sent.requests(SINGLE, 300))  # the first pay for imports
        for what, connections, count in _RUNS:
            yield _run(pid, stage, what, connections, sent.requests(what, count))
        yield _run(pid, stage, "GET /healthz", 16, [_HEALTH] * 3_000)


def section() -> Section:
    """Return the section of docs/bench.md."""
    *runs, health = measure()
    heads = ("sent", "connections", "reports/s", "CPU µs", "a core's worth/s", "p50 ms", "p99 ms")
    best = [max(_of(runs, what), key=lambda run: run.per_second) for what in _IN_ONE]
    minutes = min(run.cpu_us for run in _of(runs, ROWS)) / 60
    lines = [
        "## Accepted over HTTP, one core",
        "",
        *paragraph(
            "The process that `peerline intake http` starts, kept to one core; client and Kafka",
            "have the others. Native JSON of 0.5 kB; every report has a key of its own, committed",
            "to SQLite on disk; then it is written to Kafka with `acks=all`; only then comes the",
            "202. *CPU µs* is what the server used per report; *a core's worth* is what a core",
            "could do at that price, *reports/s* what the clock saw, where disk, broker and client",
            "set the pace too.",
        ),
        "",
        *table(heads, (run.row for run in runs)),
        "",
        *(f"- Best, {run.what}: {_told(run)}." for run in best),
        f"- A million rows uploaded as CSV take a core {minutes:.0f} minutes, each row durable.",
        f"- HTTP alone: a `GET /healthz` takes {health.cpu_us:.0f} µs of CPU.",
    ]
    return Section(tuple(lines))


def _told(run: Run) -> str:
    return f"{run.per_second:,.0f} reports a second over {run.connections} connections"


def _of(runs: list[Run], what: str) -> list[Run]:
    return [run for run in runs if run.what == what]


class _Sent:
    """Makes requests of reports that were never sent before."""

    def __init__(self, stage: IntakeStage, now: datetime) -> None:
        self._stage = stage
        self._now = now
        self._number = 0

    def requests(self, what: str, count: int) -> list[bytes]:
        """Return `count` requests."""
        make = {SINGLE: self._single, LINES: self._lines, ROWS: self._rows}[what]
        return [self._next(make, _IN_ONE[what]) for _ in range(count)]

    def _next(self, make: Callable[[int], bytes], reports: int) -> bytes:
        made = make(self._number)
        self._number += reports
        return made

    def _single(self, first: int) -> bytes:
        return self._request(self._native(first), "application/json")

    def _lines(self, first: int) -> bytes:
        lines = (self._native(number) for number in range(first, first + _IN_ONE[LINES]))
        return self._request(b"\n".join(lines), "application/x-ndjson")

    def _rows(self, first: int) -> bytes:
        table = plain_rows(_IN_ONE[ROWS], first).encode()
        return self._request(table, "text/csv", "?pack=generic")

    def _native(self, number: int) -> bytes:
        return json.dumps(severe(number, self._now)).encode()

    def _request(self, body: bytes, media_type: str, query: str = "") -> bytes:
        processes = self._stage.processes
        return request(processes.port, processes.token, body, media_type, query)


def _run(pid: int, stage: IntakeStage, what: str, connections: int, requests: list[bytes]) -> Run:
    before = cpu_seconds(pid)
    answered = post_all(stage.processes.port, requests, connections)
    used = cpu_seconds(pid) - before
    assert not answered.refused, f"{answered.refused} of {what} were refused"
    return Run(what, connections, len(requests) * _IN_ONE.get(what, 1), answered, used)

"""Kill -9 of workers that had committed work: nothing is lost, nothing is decided twice."""

import signal
from collections.abc import Callable, Iterator

from services.triage.journal.crash_points import Step
from shared.kafka.records import Outgoing
from tests.builders.triage_edges import a_reported, a_reported_record, some_headers
from tests.builders.triage_stage import Stage, WorkerProcess, eventually


def a_load(first: int, count: int) -> Iterator[Outgoing]:
    """Yield reports on two partitions: one in twenty twice, one in thirty poison."""
    poisons = (
        (b"not json", some_headers()),
        (b'{"tenant": 1}', some_headers()),
        (None, some_headers()),
        (b"{}", ()),
    )
    for number in range(first, first + count):
        record = a_reported_record(a_reported(f"r{number}"), partition=number % 2)
        yield record
        if number % 20 == 7:
            yield record
        if number % 30 == 11:
            value, headers = poisons[number // 30 % len(poisons)]
            yield Outgoing("", b"k", value, headers, number % 2)


def test_every_record_ends_once_wherever_lives_end(new_stage: Callable[..., Stage]) -> None:
    """Each life commits and is then killed, at another step each time: one outcome per record."""
    stage = new_stage(partitions=2)
    sent = 0
    effective = 0
    for life, step in enumerate((None, *Step)):
        sent += stage.send(a_load(life * 100, 50))
        before = len(stage.outcomes())
        end(stage.start(crash_at=step), step)
        effective += len(stage.outcomes()) > before

    last = stage.start()
    eventually(lambda: last.has_reached(sent))

    assert effective == 1 + len(Step)
    assert set(stage.outcomes().values()) == {1}
    assert len(stage.outcomes()) == sent
    assert last.terminate() == 0


def end(worker: WorkerProcess, step: Step | None) -> None:
    """Kill a worker that has decided, or wait until it has ended itself at the step."""
    if step is None:
        eventually(worker.decided)
        worker.kill()
    else:
        assert worker.wait() == -signal.SIGKILL

"""Kill -9 of workers that had committed work: nothing is lost, nothing is decided twice."""

from collections.abc import Callable, Iterator

import pytest

from shared.kafka.records import Outgoing
from tests.builders.triage_edges import a_reported, a_reported_record, some_headers
from tests.builders.triage_stage import Stage, WorkerProcess, eventually

pytestmark = pytest.mark.kafka


def a_load(first: int, count: int) -> Iterator[Outgoing]:
    """Yield reports on two partitions: one in twenty a duplicate, one in thirty poison of some kind."""
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


def has_committed(worker: WorkerProcess) -> bool:
    """Return whether this life has committed decisions or rejections."""
    return bool(worker.progress().get("outputs", 0))


def test_every_record_ends_once_whatever_is_killed(new_stage: Callable[..., Stage]) -> None:
    """Four lives, three of them killed after they had committed: one outcome per record, none twice."""
    stage = new_stage(partitions=2)
    sent = stage.send(a_load(0, 60))
    effective = 0
    for life in range(1, 4):
        worker = stage.start()
        eventually(lambda worker=worker: has_committed(worker))
        sent += stage.send(a_load(life * 100, 60))
        worker.kill()
        effective += has_committed(worker)

    last = stage.start()
    eventually(lambda: last.has_reached(sent))

    assert effective == 3
    assert set(stage.outcomes().values()) == {1}
    assert last.terminate() == 0

"""What the health endpoints answer."""

import json

import pytest

from services.triage.agent.health.endpoints import metrics_text, response
from services.triage.agent.health.progress import Phase, Progress
from shared.clock import FixedClock
from tests.builders.canonical import HOUR, NOON


def a_worker(phase: Phase = Phase.RUNNING, *, rules_ready: bool = True) -> Progress:
    """Return the progress of a worker whose loop turns."""
    return Progress(phase=phase, rules_ready=rules_ready)


@pytest.mark.parametrize(
    ("path", "phase", "status"),
    [
        ("/healthz", Phase.STARTING, 200),
        ("/startupz", Phase.STARTING, 503),
        ("/startupz", Phase.RUNNING, 200),
        ("/readyz", Phase.STARTING, 503),
        ("/readyz", Phase.RUNNING, 200),
        ("/readyz", Phase.DRAINING, 503),
        ("/", Phase.RUNNING, 404),
    ],
)
def test_each_path_answers_its_own_question(path: str, phase: Phase, status: int) -> None:
    """Alive is not started, started is not ready."""
    answer = response(f"GET {path} HTTP/1.1\r\n".encode(), a_worker(phase))

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())


def test_a_worker_without_rules_is_not_ready() -> None:
    """The rule topic must have been read to its end."""
    answer = response(b"GET /readyz HTTP/1.1\r\n", a_worker(rules_ready=False))

    assert answer.startswith(b"HTTP/1.1 503 ")


def test_a_loop_that_does_not_turn_is_not_healthy() -> None:
    """An old pulse fails the health check."""
    worker = a_worker()
    worker.pulse_at -= 3600

    assert response(b"GET /healthz HTTP/1.1\r\n", worker).startswith(b"HTTP/1.1 503 ")


def test_the_body_is_json_of_the_stated_length() -> None:
    """Status and phase, and nothing else."""
    head, body = response(b"GET /readyz HTTP/1.1\r\n", a_worker()).split(b"\r\n\r\n")

    assert json.loads(body) == {"status": "ok", "phase": "running"}
    assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.parametrize("line", [b"", b"\r\n", b"POST /healthz HTTP/1.1\r\n", b"\xff\xff \x00"])
def test_anything_else_is_not_found(line: bytes) -> None:
    """Garbage, other methods and empty requests are answered, not crashed upon."""
    assert response(line, a_worker()).startswith(b"HTTP/1.1 404 ")


def test_metrics_are_plain_text_of_the_counts_of_this_life() -> None:
    """What the loop counted, and how long ago something moved."""
    worker = a_worker()
    worker.metrics.count("triage_parked_total", 2)

    head, body = response(b"GET /metrics HTTP/1.1\r\n", worker).split(b"\r\n\r\n")

    assert b"Content-Type: text/plain; version=0.0.4" in head
    assert b"triage_parked_total 2\n" in body
    assert b"process_progress_age_seconds " in body


def test_the_oldest_undecided_record_is_told_by_its_age() -> None:
    """Of two partitions that wait the older counts; with nothing in hand it is 0."""
    worker = a_worker()
    noon_ms = int(NOON.timestamp() * 1000)
    clock = FixedClock(NOON + HOUR)
    idle = metrics_text(worker, clock)
    worker.undecided_ms = {0: noon_ms, 1: noon_ms + 60_000}

    busy = metrics_text(worker, clock)

    assert "triage_oldest_undecided_seconds 0\n" in idle
    assert "triage_oldest_undecided_seconds 3600\n" in busy


def test_what_waited_on_a_partition_that_has_left_is_forgotten() -> None:
    """Another worker tells of it now."""
    worker = a_worker()
    worker.undecided_ms = {0: 1, 1: 1}
    worker.waiting = {0: 1.0, 1: 1.0}

    worker.keep({1})

    assert (worker.undecided_ms, worker.waiting) == ({1: 1}, {1: 1.0})

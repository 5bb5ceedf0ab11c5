"""What the health endpoints answer."""

import json

import pytest

from services.triage.agent.health.endpoints import response
from services.triage.agent.health.progress import Phase, Progress


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

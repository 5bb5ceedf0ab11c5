"""The port that intake's workers show themselves on: alive, started, ready, and their counters."""

import httpx
import pytest

from services.intake.bootstrap.watching import health_port
from shared.clock import monotonic
from shared.observability import Metrics


def statuses(port: int | None) -> list[int]:
    """Return the status of each probe."""
    paths = ("/healthz", "/startupz", "/readyz", "/nowhere")
    return [httpx.get(f"http://127.0.0.1:{port}{path}").status_code for path in paths]


def test_a_worker_is_ready_once_its_loop_goes_round(moves: list[float]) -> None:
    """Before that it is alive; after standing still it is neither."""
    with health_port(0, lambda: moves[-1], Metrics()) as port:
        before = statuses(port)
        moves.append(monotonic() + 0.001)
        going = statuses(port)
        moves.append(monotonic() - 60)
        stalled = statuses(port)[0]

    assert (before, going) == ([200, 503, 503, 404], [200, 200, 200, 404])
    assert stalled == 503


def test_its_counters_can_be_read(moves: list[float]) -> None:
    """What was refused is counted where the normaliser runs, so it must be told there."""
    metrics = Metrics()
    metrics.count("intake_rejected_total", tenant="northwick", reason="limit")
    with health_port(0, lambda: moves[-1], metrics) as port:
        told = httpx.get(f"http://127.0.0.1:{port}/metrics").text

    assert told == 'intake_rejected_total{reason="limit",tenant="northwick"} 1\n'


def test_without_a_port_nothing_listens(moves: list[float]) -> None:
    """The default; the progress file is there in any case."""
    with health_port(None, lambda: moves[-1], Metrics()) as port:
        assert port is None


@pytest.fixture
def moves() -> list[float]:
    """Give the moments at which a loop moved; the last one counts."""
    return [monotonic()]

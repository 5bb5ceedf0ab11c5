"""The watchdog's thread and the health server, each with the real thing around them."""

import asyncio
import time
from typing import Any

from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from services.triage.agent.health.endpoints import serve_health
from services.triage.agent.health.fail_stop import FailStop
from services.triage.agent.health.progress import Phase, Progress
from services.triage.agent.health.watchdog import Watchdog


class Broker:
    """Stands for the watchdog's own client: says where each partition ends, or does not answer."""

    def __init__(self, end: int | None) -> None:
        self.end = end

    def consumer(self, **_overrides: object) -> "Broker":
        return self

    def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        if self.end is None:
            raise KafkaTimeoutError
        return dict.fromkeys(places, self.end)

    def close(self) -> None:
        """Nothing to close."""


def bites(broker: Any, progress: Progress, *, within_seconds: float = 1.0) -> list[str]:
    """Run the watchdog with a limit of 0.06 s and return whom it has bitten."""
    told: list[str] = []
    dog = Watchdog(broker, "t", progress, 0.06, lambda what, _problem: told.append(what))
    off = dog.start()
    until = time.monotonic() + within_seconds
    while not told and time.monotonic() < until:
        progress.pulse_at = time.monotonic()
        time.sleep(0.005)
    off.set()
    return told


def a_worker() -> Progress:
    """Return a running worker that stands at offset 5 of partition 0."""
    return Progress(phase=Phase.RUNNING, positions={0: 5})


def test_a_worker_that_stands_still_before_the_end_is_ended() -> None:
    """Assigned, behind, and nothing moved."""
    assert bites(Broker(end=9), a_worker()) == ["standstill"]


def test_a_worker_at_the_end_is_left_alone() -> None:
    """No lag, no bite, however long it is quiet."""
    assert bites(Broker(end=5), a_worker(), within_seconds=0.3) == []


def test_a_broker_that_does_not_answer_is_not_the_workers_fault() -> None:
    """Without an end nobody knows of a lag, and a restart would not help."""
    assert bites(Broker(end=None), a_worker(), within_seconds=0.3) == []


def test_fail_stop_leaves_with_one() -> None:
    """Whatever the reason, the exit code is 1."""
    codes: list[int] = []

    FailStop(codes.append)("journal", OSError())

    assert codes == [1]


async def test_the_health_server_answers_and_survives_bad_callers() -> None:
    """A caller that says nothing does not keep the next from its answer."""
    server = await serve_health(a_worker(), 0)
    port = server.sockets[0].getsockname()[1]
    _, silent = await asyncio.open_connection("127.0.0.1", port)
    silent.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /startupz HTTP/1.1\r\n\r\n")
    answer = await reader.read()
    writer.close()
    server.close()
    await server.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200 OK")

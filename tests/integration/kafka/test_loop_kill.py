"""kill -9 in the middle of transactions: every record has effect exactly once."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared.kafka.client import KafkaClient
from tests.builders.broker import FreshTopics
from tests.builders.loops import committed, eventually, send, values

RECORDS = 3000
KILLS = 3
PER_POLL = 5  # small polls: the worker is inside a transaction nearly all the time
COMMITS_OF_A_LIFE = 4
ROOT = Path(__file__).parents[3]
WORKER = """
import signal, sys, threading
from shared.kafka.client import KafkaClient
from shared.kafka.loop import TransactionalLoop
from tests.builders.loops import copying

bootstrap, group, source, target, size = sys.argv[1:]
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
loop = TransactionalLoop(
    KafkaClient(bootstrap, group), group, source, "0", copying(target), max_records=int(size)
)
loop.run(stop)
"""


@contextmanager
def worker(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the loop as a process of its own: bootstrap, group, source, target."""
    command = [sys.executable, "-c", WORKER, *arguments, str(PER_POLL)]
    with subprocess.Popen(command, cwd=ROOT) as life:
        try:
            yield life
        finally:
            life.kill()


def test_kill_9_loses_nothing_and_repeats_nothing(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """A kill counts only when that life had committed at least twice, and did not finish."""
    source, target = fresh_topics("in", "out")
    group = fresh_topics.prefix
    sent = [str(number).encode() for number in range(RECORDS)]
    send(kafka, source, sent)

    def done() -> int:
        return committed(kafka, group).get((source, 0), 0)

    for _ in range(KILLS):
        enough = done() + COMMITS_OF_A_LIFE * PER_POLL
        with worker(kafka.bootstrap, group, source, target) as life:
            eventually(lambda: done() >= enough)  # noqa: B023 - called within this turn only
            life.kill()
            assert life.wait() == -signal.SIGKILL
        assert done() < RECORDS, "the worker was killed too late to prove anything"

    with worker(kafka.bootstrap, group, source, target) as last:
        eventually(lambda: done() == RECORDS)
        last.terminate()
        assert last.wait(30) == os.EX_OK
    assert Counter(values(kafka, target)) == Counter(sent)


def test_sigterm_under_load_ends_cleanly_and_repeats_nothing(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """The transaction under way is finished, the exit code is 0, what was written was committed."""
    source, target = fresh_topics("in", "out")
    group = fresh_topics.prefix
    send(kafka, source, [str(number).encode() for number in range(RECORDS)])

    with worker(kafka.bootstrap, group, source, target) as life:
        eventually(lambda: committed(kafka, group).get((source, 0), 0) >= PER_POLL)
        life.terminate()
        assert life.wait(30) == os.EX_OK

    assert len(values(kafka, target)) == committed(kafka, group)[source, 0] < RECORDS

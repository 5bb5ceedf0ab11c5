"""What loop tests share: sending input, running a loop beside the test, reading what came out."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from kafka.errors import RetriableError

from shared.clock import monotonic
from shared.kafka.client import KafkaClient
from shared.kafka.loop import TransactionalLoop
from shared.kafka.outcomes import Done
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming, Outgoing
from shared.kafka.settlement import Result

PATIENCE_SECONDS = 30.0


def send(
    client: KafkaClient, topic: str, values: Sequence[bytes | None], partition: int = 0
) -> None:
    """Write `values` to one partition, acknowledged."""
    producer = client.producer()
    for number, value in enumerate(values):
        producer.send(topic, value=value, key=str(number).encode(), partition=partition)
    producer.flush()
    producer.close()


def copied(record: Incoming, topic: str) -> Outgoing:
    """Return `record` as it is for `topic`."""
    return Outgoing(topic, record.key or b"", record.value, record.headers, record.partition)


def copying(topic: str) -> Callable[[Sequence[Incoming]], Sequence[Result]]:
    """Return the simplest transform: each record goes to `topic`."""
    return lambda records: [((copied(record, topic),), Done()) for record in records]


def values(client: KafkaClient, topic: str) -> list[bytes | None]:
    """Return the committed values of `topic`."""
    return [record.value for record in read_range(client, topic)]


def committed(client: KafkaClient, group: str) -> dict[tuple[str, int], int]:
    """Return the committed offsets of `group`; none while its coordinator is not to be had."""
    admin = client.admin()
    try:
        offsets = admin.list_group_offsets(group)
    except RetriableError:
        return {}
    finally:
        admin.close()
    return {(at.topic, at.partition): meta.offset for at, meta in offsets[group].items()}


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until `holds`, or fail after `PATIENCE_SECONDS`."""
    until = monotonic() + PATIENCE_SECONDS
    pause = threading.Event()
    while not holds():
        assert monotonic() < until, "did not happen in time"
        pause.wait(0.1)


class LoopThread(threading.Thread):
    """A loop beside the test; `raised` is what ended it, None if it was told to stop."""

    def __init__(self, loop: TransactionalLoop) -> None:
        """Start at once."""
        super().__init__(name="loop")
        self._loop = loop
        self._stop_it = threading.Event()
        self.raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Run the loop and keep what it raises."""
        try:
            self._loop.run(self._stop_it)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            self.raised = error

    def end(self) -> BaseException | None:
        """Stop the loop, wait for its end and return what it raised."""
        self._stop_it.set()
        self.join(PATIENCE_SECONDS)
        assert not self.is_alive(), "the loop did not stop in time"
        return self.raised


@contextmanager
def running(loop: TransactionalLoop) -> Iterator[None]:
    """Run `loop` while the test does something; raise what it raised."""
    thread = LoopThread(loop)
    try:
        yield
    finally:
        raised = thread.end()
    if raised:
        raise raised

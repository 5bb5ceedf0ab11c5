"""One Faust event per fetched chunk: alone in touching Faust's private surface.

A chunk is at most `records_per_fetch` records of one partition. One is in flight at a time; the
next is handed over when the agent has settled it. Records fetched under an older assignment are
dropped and the consumer is sought back, because dropping alone would skip them.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import IllegalStateError
from faust.app.base import BootStrategy
from faust.transport.consumer import Fetcher
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from shared.kafka.records import Incoming, incoming

FAUST_VERSION: Final = "0.15.3"
FETCH_WAIT_SECONDS: Final = 1.0
MAX_POLL_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Subscription:
    """What the worker reads and how it joins its group; times in seconds.

    `instance` is the static member id (the slot); `client` are the keyword arguments of an aiokafka
    client.
    """

    group: str
    topic: str
    instance: str | None
    client: Mapping[str, Any]
    session_timeout_seconds: float = 6
    records_per_fetch: int = 500

    @property
    def heartbeat_seconds(self) -> float:
        """Return how often the group hears of us: four times in a session (1.5 s of 6)."""
        return self.session_timeout_seconds / 4


class Chunk:
    """Records of one partition on their way through the agent, settled exactly once.

    The agent calls `begin`, then `settle`; the consumer may `withdraw` a chunk that nobody has
    begun.
    """

    def __init__(self, records: Sequence[Incoming]) -> None:
        """Take the records, which are in offset order and not empty."""
        self.records = records
        self.partition = records[0].partition
        self.taken = 0
        self.hold_seconds = 0.0
        self.settled = asyncio.Event()
        self._begun = False
        self._withdrawn = False

    def begin(self) -> bool:
        """Claim the chunk for deciding; False means that it is no longer ours: leave it."""
        self._begun = not self._withdrawn
        return self._begun

    def settle(self, taken: int, *, hold_seconds: float = 0.0) -> None:
        """Say that `taken` records are durable; the rest is offered after `hold_seconds`."""
        self.taken = taken
        self.hold_seconds = hold_seconds
        self.settled.set()

    def withdraw(self) -> None:
        """Take back a chunk that has not been begun; one that has been is left to finish."""
        if not self._begun:
            self._withdrawn = True
            self.settled.set()


class ChunkSchema(faust.Schema):  # type: ignore[misc]  # Faust is not typed for us
    """Hands a chunk through Faust untouched: nothing is decoded before the agent sees it."""

    def loads_key(self, _app: faust.App, _message: ConsumerMessage, **_options: object) -> None:
        """Return nothing: a chunk has no key."""

    def loads_value(self, _app: faust.App, message: ConsumerMessage, **_options: object) -> Chunk:
        """Return the chunk that the message carries."""
        chunk: Chunk = message.value
        return chunk


class ChunkThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """Makes the consumer itself: Faust has no setting for read_committed."""

    def _create_worker_consumer(self, _transport: driver.Transport) -> AIOKafkaConsumer:
        wanted: Subscription = self.app.subscription
        return AIOKafkaConsumer(
            **wanted.client,
            group_id=wanted.group,
            group_instance_id=wanted.instance,
            partition_assignment_strategy=[RoundRobinPartitionAssignor],
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_poll_records=wanted.records_per_fetch,
            max_poll_interval_ms=MAX_POLL_SECONDS * 1000,
            fetch_max_wait_ms=500,
            session_timeout_ms=int(wanted.session_timeout_seconds * 1000),
            heartbeat_interval_ms=int(wanted.heartbeat_seconds * 1000),
        )


class ChunkConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer with a drain loop that hands over chunks instead of messages."""

    def __init__(self, *args: object, **options: object) -> None:
        """Start with nothing in flight and the gate open."""
        super().__init__(*args, **options)
        self.in_flight: Chunk | None = None
        self._gate_closed = False

    def _new_consumer_thread(self) -> ChunkThread:
        return ChunkThread(self, loop=self.loop, beacon=self.beacon)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: our own watchdog looks at progress, this check expects acknowledgements."""

    async def let_go(self) -> None:
        """Withdraw a chunk that nobody has begun, or wait until it is settled."""
        chunk = self.in_flight
        if chunk is not None:
            chunk.withdraw()
            await chunk.settled.wait()

    async def close_gate(self) -> None:
        """Hand over nothing more, and let go of what is in flight: the first step of a shutdown."""
        self._gate_closed = True
        await self.let_go()

    async def _drain_messages(self, fetcher: Fetcher) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set() or self._gate_closed):  # noqa: SLF001
                await self._one_fetch()
        except (*self.consumer_stopped_errors, asyncio.CancelledError):
            if not (self._gate_closed or self.app.should_stop):
                raise
        except Exception as problem:  # noqa: BLE001  # whatever broke the feed ends us
            self.app.fail_stop("feed", problem)

    async def _one_fetch(self) -> None:
        # Read before waiting: a rebalance while we wait makes what comes back stale.
        generation = self.app.consumer_generation_id
        fetched, _ = await self._wait_next_records(timeout=FETCH_WAIT_SECONDS)
        for tp, records in (fetched or {}).items():
            if records:
                await self._hand_over(tp, [incoming(record) for record in records], generation)

    async def _hand_over(self, tp: TP, records: Sequence[Incoming], generation: int) -> None:
        rest = records
        while rest:
            chunk = Chunk(rest)
            if self._is_current(generation):
                await self._offer(tp, chunk)
            rest = rest[chunk.taken :]
            if not chunk.taken or chunk.hold_seconds:
                break
        if rest:
            await self._seek_back(tp, rest[0].offset)
            self._hold(tp, chunk.hold_seconds, generation)
        else:
            self._read_offset[tp] = records[-1].offset

    def _is_current(self, generation: int) -> bool:
        return (
            self.flow_active
            and not self._gate_closed
            and self.app.consumer_generation_id == generation
        )

    async def _offer(self, tp: TP, chunk: Chunk) -> None:
        self.in_flight = chunk
        suspended = asyncio.ensure_future(self.suspend_flow.wait())
        settled = asyncio.ensure_future(chunk.settled.wait())
        try:
            await self.wait_first(
                self.callback(self._event_of(tp, chunk)), self.suspend_flow.wait()
            )
            await asyncio.wait({suspended, settled}, return_when=asyncio.FIRST_COMPLETED)
            await self.let_go()
        finally:
            suspended.cancel()
            settled.cancel()
            self.in_flight = None

    def _event_of(self, tp: TP, chunk: Chunk) -> ConsumerMessage:
        first = chunk.records[0]
        return ConsumerMessage(
            topic=first.topic,
            partition=first.partition,
            offset=first.offset,
            timestamp=first.timestamp_ms / 1000,
            timestamp_type=0,
            headers=None,
            key=None,
            value=chunk,
            checksum=None,
            serialized_key_size=0,
            serialized_value_size=0,
            tp=TP(tp.topic, tp.partition),
            generation_id=self.app.consumer_generation_id,
        )

    async def _seek_back(self, tp: TP, offset: int) -> None:
        # A partition that has left us meanwhile has no position to move.
        with contextlib.suppress(IllegalStateError):
            await self.seek_wait({tp: offset})

    def _hold(self, tp: TP, seconds: float, generation: int) -> None:
        if not seconds or not self._is_current(generation):
            return
        self.pause_partitions({tp})
        asyncio.get_running_loop().call_later(seconds, self._resume, tp, generation)

    def _resume(self, tp: TP, generation: int) -> None:
        # After a rebalance Faust itself has decided which partitions flow.
        if self._is_current(generation):
            self.resume_partitions({tp})


class ChunkTransport(driver.Transport):  # type: ignore[misc]
    """Faust's Kafka transport with our consumer."""

    Consumer = ChunkConsumer


class ConsumerOnly(BootStrategy):  # type: ignore[misc]
    """Starts no web server and no producer: the journal has its own, one per partition."""

    enable_web = False
    enable_kafka_producer = False
    enable_sensors = False


class ChunkApp(faust.App):  # type: ignore[misc]
    """A Faust application fed by chunks."""

    BootStrategy = ConsumerOnly

    def __init__(
        self, wanted: Subscription, *, folder: Path, fail_stop: Callable[[str, BaseException], None]
    ) -> None:
        """Build the application; nothing connects before `start`.

        `folder` is where Faust makes its (empty) data folders; `fail_stop` ends the process.
        """
        self.subscription = wanted
        self.fail_stop = fail_stop
        super().__init__(
            wanted.group,
            broker="kafka://" + ";kafka://".join(_servers(wanted.client)),
            datadir=str(folder),
            store="memory://",
            autodiscover=False,
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            table_standby_replicas=0,
            broker_session_timeout=wanted.session_timeout_seconds,
            broker_heartbeat_interval=wanted.heartbeat_seconds,
            broker_max_poll_records=wanted.records_per_fetch,
            broker_max_poll_interval=MAX_POLL_SECONDS,
            producer_request_timeout=30,
            consumer_auto_offset_reset="earliest",
            consumer_group_instance_id=wanted.instance,
        )

    def _new_transport(self) -> ChunkTransport:
        return ChunkTransport(self.conf.broker_consumer, self)

    def chunks(self) -> faust.TopicT:
        """Return the Faust topic whose events are chunks; Faust never commits it (`acks=False`)."""
        return self.topic(self.subscription.topic, schema=ChunkSchema(), acks=False, internal=False)

    def assigned(self) -> frozenset[int]:
        """Return the partitions of the input topic that are ours now."""
        topic = self.subscription.topic
        return frozenset(tp.partition for tp in self.consumer.assignment() if tp.topic == topic)

    async def position(self, partition: int) -> int | None:
        """Return the offset read next; unlike records, it moves past transaction markers."""
        position: int | None = await self.consumer.position(TP(self.subscription.topic, partition))
        return position


def _servers(client: Mapping[str, Any]) -> Sequence[str]:
    servers = client["bootstrap_servers"]
    return servers.split(",") if isinstance(servers, str) else servers

"""The private Faust surface of chunks.py: one guard per attribute, red on another Faust.

If one of these fails after an upgrade, read services/triage/chunks.py beside the new source before
changing it.
"""

import ast
import asyncio
import inspect
from collections.abc import AsyncIterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import faust
import pytest
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer, Fetcher, ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver

from services.triage import chunks

TRIAGE = Path(chunks.__file__).parent
EDGES = (TRIAGE / "bootstrap.py", TRIAGE / "ruleset_topic.py", TRIAGE / "cli.py")


def parameters(function: Any) -> list[str]:
    """Return the names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def source(function: Any) -> str:
    """Return a function's source in one line, so that layout does not matter."""
    return " ".join(inspect.getsource(function).split())


def test_the_pinned_version_is_installed() -> None:
    """Broken releases got through Faust's own CI: exactly one version is ours."""
    assert version("faust-streaming") == chunks.FAUST_VERSION


def test_the_fetcher_hands_itself_to_drain_messages() -> None:
    """`_drain_messages(fetcher)` is the whole loop between Kafka and the conductor."""
    assert parameters(Consumer._drain_messages) == ["self", "fetcher"]
    assert "await consumer._drain_messages(self)" in source(Fetcher)


def test_drain_messages_is_the_only_place_that_reads_and_calls_back() -> None:
    """Nobody else would deliver the same records past our loop."""
    body = source(Consumer)

    assert body.count("self.getmany") == 1
    assert body.count("self.callback") == 2  # set once, taken once by the loop we replace


def test_wait_next_records_returns_records_by_partition() -> None:
    """It waits while the flow is stopped and fetches only from partitions that flow."""
    body = source(Consumer._wait_next_records)

    assert parameters(Consumer._wait_next_records) == ["self", "timeout"]
    assert "await self.wait(self.can_resume_flow)" in body
    assert "return records, active_partitions" in body


def test_read_offset_is_a_mapping_by_partition() -> None:
    """`_read_offset` is written by the loop and by seeks."""
    assert "self._read_offset = defaultdict(lambda: None)" in source(Consumer.__init__)
    assert "self.consumer._read_offset[tp] = offset" in source(
        driver.AIOKafkaConsumerThread._seek_wait
    )


def test_stopped_is_an_event_of_every_service() -> None:
    """`_stopped` ends the loop, of the consumer as of the fetcher."""
    assert "_stopped.is_set" in source(Consumer._drain_messages)


def test_flow_is_stopped_and_resumed_by_flag_and_event() -> None:
    """`flow_active` and `suspend_flow` change together, before partitions are revoked."""
    stop = source(Consumer.stop_flow)
    resume = source(Consumer.resume_flow)

    assert "self.flow_active = False" in stop
    assert "self.suspend_flow.set()" in stop
    assert "self.flow_active = True" in resume
    assert "self.suspend_flow.clear()" in resume
    assert "consumer.stop_flow" in source(faust.App._on_partitions_revoked)


def test_a_rebalance_seeks_to_what_is_committed_before_it_resumes() -> None:
    """`perform_seek` runs after our restore and before the flow: nothing old is delivered."""
    body = source(Recovery._resume_streams)

    restore = body.index("on_rebalance_complete.send()")
    seek = body.index("consumer.perform_seek()")
    resume = body.index("consumer.resume_flow()")
    assert restore < seek < resume


def test_wait_first_ends_with_the_first_and_cancels_the_rest() -> None:
    """A callback that waits for a stopped flow must not be waited for."""
    body = source(Consumer.wait_first)

    assert "FIRST_COMPLETED" in body
    assert "fut.cancel()" in body


def test_the_consumer_makes_its_own_thread() -> None:
    """`_new_consumer_thread` is called once, in the constructor."""
    assert "self._thread = self._new_consumer_thread()" in source(ThreadDelegateConsumer.__init__)
    assert parameters(driver.Consumer._new_consumer_thread) == ["self"]


def test_the_thread_makes_the_client() -> None:
    """`_create_worker_consumer(transport)` is where the isolation level can be set."""
    thread = driver.AIOKafkaConsumerThread

    assert parameters(thread._create_worker_consumer) == ["self", "transport"]
    assert "return self._create_worker_consumer(transport)" in source(thread._create_consumer)


def test_the_app_makes_its_transport() -> None:
    """`_new_transport` is the seam for our consumer class."""
    assert parameters(faust.App._new_transport) == ["self"]
    assert "self.Consumer(self, callback=callback" in source(driver.Transport.create_consumer)


def test_the_generation_is_set_before_partitions_are_assigned() -> None:
    """`consumer_generation_id` tells records of an older assignment apart."""
    body = source(driver.ConsumerRebalanceListener.on_partitions_assigned)

    assert body.index("consumer_generation_id = generation") < body.index(
        "self._thread.on_partitions_assigned"
    )


def test_revocation_waits_for_our_hook() -> None:
    """`on_partitions_revoked` is awaited before the group goes on without us."""
    assert "await T(self.on_partitions_revoked.send)(revoked)" in source(
        faust.App._on_partitions_revoked
    )


def test_a_topic_without_acks_is_never_committed_by_faust() -> None:
    """Only topics with acks enter the set that acknowledgements look at."""
    assert "if channel.acks: self._acking_topics.add(topic)" in source(
        faust.transport.conductor.Conductor._update_indices
    )


def test_private_attributes_are_touched_in_one_file_only() -> None:
    """No other module of triage reaches into Faust or one of its objects."""
    guilty = [
        path.name
        for path in (*TRIAGE.glob("agent/**/*.py"), *TRIAGE.glob("journal/*.py"), *EDGES)
        if _reaches_in(ast.parse(path.read_text()))
    ]

    assert guilty == []


def _reaches_in(tree: ast.AST) -> bool:
    """Return whether code touches a private attribute of something that is not itself."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and node.attr not in ("_exit", "_replace")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
        and not _is_own(node.value)
        for node in ast.walk(tree)
    )


def _is_own(value: ast.AST) -> bool:
    return isinstance(value, ast.Attribute) and value.attr.startswith("_")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[chunks.ChunkApp]:
    """Return an application that has not started; its consumer's thread has a loop to close."""
    wanted = chunks.Subscription(
        group="g", topic="t", instance="g-0", client={"bootstrap_servers": ["127.0.0.1:1"]}
    )
    app = chunks.ChunkApp(wanted, folder=tmp_path, fail_stop=lambda _what, _problem: None)
    yield app
    app.consumer._thread.thread_loop.close()


async def test_the_client_is_made_for_committed_records_and_static_membership(
    app: chunks.ChunkApp,
) -> None:
    """Session 6 s, heartbeat 1.5 s, 500 records a fetch, read_committed, nothing auto-committed."""
    client = chunks.ChunkThread._create_worker_consumer(app.consumer._thread, app.transport)

    assert client._isolation_level == "read_committed"
    assert (client._group_instance_id, client._session_timeout_ms) == ("g-0", 6000)
    assert (client._heartbeat_interval_ms, client._max_poll_records) == (1500, 500)
    assert client._enable_auto_commit is False
    await client.stop()


async def test_faust_starts_no_web_server_producer_or_table(app: chunks.ChunkApp) -> None:
    """Only the consumer, the agent and their conductor are started."""
    app.agent(app.chunks(), name="decide")(asyncio.sleep)
    names = {type(service).__name__ for service in app.boot_strategy.server()}

    assert isinstance(app.consumer, chunks.ChunkConsumer)
    assert names & {"Web", "Producer", "Monitor"} == set()
    assert not app.tables

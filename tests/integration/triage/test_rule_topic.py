"""The rule topic on real Kafka: read to its end by position, then followed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from aiokafka import AIOKafkaProducer

from services.triage.journal.transaction import transactional_producer
from services.triage.ruleset_topic import RuleBook, RuleTopic
from tests.builders.canonical import NOON
from tests.builders.triage_stage import Stage

GARBAGE = b"not json"


@pytest.fixture
def stage(new_stage: Callable[..., Stage]) -> Stage:
    """Return a stage; its state topic stands for the rule topic."""
    return new_stage()


@pytest.fixture
def book() -> RuleBook:
    """Return a book that knows no key, so every record counts as refused."""
    return RuleBook(dict)


@pytest.fixture
async def topic(stage: Stage, book: RuleBook) -> AsyncIterator[RuleTopic]:
    """Return the rule topic of the stage, closed at the end."""
    topic = RuleTopic(stage.kafka.aiokafka(), stage.state_topic, book)
    yield topic
    await topic.close()


@pytest.fixture
async def admin(stage: Stage) -> AsyncIterator[AIOKafkaProducer]:
    """Return a transactional writer of rules."""
    producer = transactional_producer(stage.kafka.aiokafka(), f"rules-{stage.name}")
    await producer.start()
    yield producer
    await producer.stop()


async def publish(admin: AIOKafkaProducer, topic: str) -> None:
    """Commit one record."""
    async with admin.transaction():
        await (await admin.send(topic, GARBAGE, key=b"set/x", partition=0))


async def test_an_empty_topic_has_been_read(topic: RuleTopic, book: RuleBook) -> None:
    """Nothing published is an end too."""
    await topic.read_to_end()

    assert topic.is_current()
    assert book.refused == 0


async def test_markers_and_an_aborted_tail_do_not_hide_the_end(
    topic: RuleTopic, book: RuleBook, admin: AIOKafkaProducer, stage: Stage
) -> None:
    """The last offset is a marker: waiting for a record there would be waiting for ever."""
    await publish(admin, stage.state_topic)
    await admin.begin_transaction()
    await (await admin.send(stage.state_topic, GARBAGE, key=b"set/y", partition=0))
    await admin.abort_transaction()

    await asyncio.wait_for(topic.read_to_end(), 10)

    assert book.refused == 1


async def test_what_is_published_later_is_taken_while_following(
    topic: RuleTopic, book: RuleBook, admin: AIOKafkaProducer, stage: Stage
) -> None:
    """A running worker gets new rules without a restart."""
    await topic.read_to_end()
    following = asyncio.ensure_future(topic.follow())

    await publish(admin, stage.state_topic)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(following, 2)

    assert book.refused == 1


async def test_an_unreadable_topic_pauses_and_pages_once(
    stage: Stage, book: RuleBook, caplog: pytest.LogCaptureFixture
) -> None:
    """Without its end nothing is decided; once it can be read everything goes on."""
    name = f"rules-{stage.name}"
    topic = RuleTopic(stage.kafka.aiokafka(), name, book, patience_seconds=1)
    reading = asyncio.ensure_future(topic.read_to_end())
    await asyncio.sleep(3)
    chosen = topic.choose("alpha", NOON), topic.is_current(), reading.done()

    await asyncio.to_thread(create, stage, name)
    await asyncio.wait_for(reading, 30)
    current = topic.is_current()
    await topic.close()

    paged = [record.msg for record in caplog.records if record.levelname == "CRITICAL"]
    assert chosen == (None, False, False)
    assert paged == ["rule_topic_unreadable"]
    assert current


def create(stage: Stage, name: str) -> None:
    """Create a topic of one partition."""
    admin = stage.kafka.admin()
    admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}})
    admin.close()

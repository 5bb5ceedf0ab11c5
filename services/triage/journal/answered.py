"""Finds how far triage has answered: the last input offset that a decision or rejection records.

A group's offset may expire or be moved by hand; what was answered stands on the topics.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.contracts.topics import DECISION, TRIAGE_REJECTED

FIRST_STEP: Final = 64
POLL_MS: Final = 200
InputOf: TypeAlias = Callable[[dict[str, Any]], tuple[str, int]]

INPUTS: Final[Mapping[str, InputOf]] = {
    DECISION.name: lambda answer: (answer["input"]["topic"], answer["input"]["offset"]),
    TRIAGE_REJECTED.name: lambda answer: (answer["input_topic"], answer["offset"]),
}


async def answered_to(client: Mapping[str, Any], input_topic: str, partition: int) -> int:
    """Return the offset after the last answered record of the input partition, 0 if none is.

    Reads backwards from the end, so it is quick however long the history is. `client` are the
    keyword arguments of an aiokafka client; the predecessor must have been fenced.
    """
    consumer = AIOKafkaConsumer(
        **client,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    )
    await consumer.start()
    try:
        found = [
            await _last(consumer, TopicPartition(topic, partition), input_topic) for topic in INPUTS
        ]
    finally:
        await consumer.stop()
    return max(found)


async def _last(consumer: AIOKafkaConsumer, place: TopicPartition, input_topic: str) -> int:
    consumer.assign([place])
    oldest = (await consumer.beginning_offsets([place]))[place]
    upto = (await consumer.end_offsets([place]))[place]
    step = FIRST_STEP
    while upto > oldest:
        start = max(oldest, upto - step)
        found = await _last_between(consumer, place, (start, upto), input_topic)
        if found:
            return found
        upto, step = start, step * 4
    return 0


async def _last_between(
    consumer: AIOKafkaConsumer, place: TopicPartition, span: tuple[int, int], input_topic: str
) -> int:
    start, upto = span
    consumer.seek(place, start)
    last = 0
    while await consumer.position(place) < upto:
        fetched = await consumer.getmany(place, timeout_ms=POLL_MS)
        for record in fetched.get(place, ()):
            topic, offset = INPUTS[place.topic](json.loads(record.value))
            if record.offset < upto and topic == input_topic:
                last = max(last, offset + 1)
    return last

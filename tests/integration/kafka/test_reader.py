"""Reading a stretch of a topic: by position, committed records only, to an end."""

import pytest
from kafka import TopicPartition

from shared.kafka.client import KafkaClient
from shared.kafka.reader import TopicNotReadableError, read_range
from tests.builders.broker import FreshTopics
from tests.builders.loops import send


def test_everything_is_read_in_order_within_each_partition(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """More than one fetch, two partitions."""
    (topic,) = fresh_topics("log", partitions=2)
    wanted = [str(number).encode() for number in range(1200)]
    send(kafka, topic, wanted, partition=0)
    send(kafka, topic, wanted[:3], partition=1)

    records = list(read_range(kafka, topic))

    assert [r.value for r in records if r.partition == 0] == wanted
    assert [r.offset for r in records if r.partition == 1] == [0, 1, 2]


def test_a_stretch_begins_and_ends_where_it_is_told(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """The start is wanted, the end is not; other partitions are not read."""
    (topic,) = fresh_topics("log", partitions=2)
    send(kafka, topic, [b"0", b"1", b"2", b"3"], partition=1)
    send(kafka, topic, [b"other"], partition=0)

    stretch = read_range(kafka, topic, partitions=[1], start={1: 1}, end={1: 3})

    assert [r.value for r in stretch] == [b"1", b"2"]


def test_an_empty_topic_ends_at_once(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """Nothing there is not the same as nothing yet."""
    (topic,) = fresh_topics("log")

    assert list(read_range(kafka, topic)) == []


def test_an_end_that_is_not_there_yet_is_not_waited_for(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """A stretch is what is committed now, at most."""
    (topic,) = fresh_topics("log")
    send(kafka, topic, [b"0"])

    assert [r.value for r in read_range(kafka, topic, end={0: 99})] == [b"0"]


def test_aborted_records_are_not_seen_and_their_markers_do_not_stop_the_end(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """The tail of the topic holds no record that is ever handed out: the position decides."""
    (topic,) = fresh_topics("log")
    producer = kafka.producer(transactional_id=f"{fresh_topics.prefix}-tx")
    producer.init_transactions()
    for value, is_kept in ((b"kept", True), (b"dropped", False), (b"kept too", True)):
        producer.begin_transaction()
        producer.send(topic, value=value, partition=0)
        producer.flush()
        _ = producer.commit_transaction() if is_kept else producer.abort_transaction()
    producer.begin_transaction()
    producer.send(topic, value=b"dropped at the tail", partition=0)
    producer.flush()
    producer.abort_transaction()
    producer.close()

    assert [r.value for r in read_range(kafka, topic)] == [b"kept", b"kept too"]


def test_an_open_transaction_ends_the_stretch_before_it(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """What may still be aborted is not read, and not waited for."""
    (topic,) = fresh_topics("log")
    send(kafka, topic, [b"committed"])
    producer = kafka.producer(transactional_id=f"{fresh_topics.prefix}-open")
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, value=b"open", partition=0)
    producer.flush()

    read = [r.value for r in read_range(kafka, topic)]

    producer.abort_transaction()
    producer.close()
    assert read == [b"committed"]


def test_a_start_that_retention_has_taken_begins_at_the_oldest(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """The auditor says what is missing; the reader gives what there is."""
    (topic,) = fresh_topics("log")
    send(kafka, topic, [b"0", b"1", b"2"])
    admin = kafka.admin()
    admin.delete_records({TopicPartition(topic, 0): 2})
    admin.close()

    assert [r.value for r in read_range(kafka, topic, start={0: 0})] == [b"2"]


def test_a_topic_that_is_not_there_is_named(kafka: KafkaClient) -> None:
    """No endless wait for a typing error."""
    with pytest.raises(TopicNotReadableError, match="nowhere"):
        list(read_range(kafka, "nowhere"))

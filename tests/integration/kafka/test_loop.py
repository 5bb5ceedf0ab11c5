"""The transactional loop on a real Kafka: outputs and offsets are one, whatever happens."""

import threading
from collections.abc import Sequence

import pytest
from kafka.errors import KafkaError

from shared.contracts.words import RejectionCode
from shared.kafka.client import MAX_REQUEST_BYTES, KafkaClient
from shared.kafka.loop import OutgoingTooLargeError, TransactionalLoop
from shared.kafka.outcomes import Done, Reject, RetryLater
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming
from shared.kafka.rejection_bound import TooManyMapperErrorsError
from shared.kafka.settlement import Result, Settlement
from tests.builders.broker import FreshTopics
from tests.builders.loops import (
    LoopThread,
    committed,
    copied,
    copying,
    eventually,
    running,
    send,
    values,
)
from tests.builders.records import an_outgoing


def test_records_pass_through_whole(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """Key, value, headers and tombstones; the offset moves with them."""
    source, target = fresh_topics("in", "out")
    producer = kafka.producer()
    producer.send(source, value=b"v", key=b"k", headers=[("ce_id", b"e1")], partition=0)
    producer.send(source, value=None, key=b"gone", partition=0)
    producer.close()

    with running(TransactionalLoop(kafka, fresh_topics.prefix, source, "0", copying(target))):
        eventually(lambda: committed(kafka, fresh_topics.prefix) == {(source, 0): 2})

    copies = [(r.key, r.value, r.headers) for r in read_range(kafka, target)]
    assert copies == [(b"k", b"v", (("ce_id", b"e1"),)), (b"gone", None, ())]


def test_several_topics_are_read_in_one_loop(kafka: KafkaClient, fresh_topics: FreshTopics) -> None:
    """The importer has one source topic per publisher."""
    first, second, target = fresh_topics("first", "second", "out")
    send(kafka, first, [b"1"])
    send(kafka, second, [b"2"])

    loop = TransactionalLoop(kafka, fresh_topics.prefix, [first, second], "0", copying(target))
    with running(loop):
        eventually(lambda: sorted(values(kafka, target), key=str) == [b"1", b"2"])
        assert loop.assignment == {(first, 0), (second, 0)}


def test_retry_later_waits_and_goes_on_in_place(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Nothing is lost, repeated or reordered; the other partition does not wait."""
    source, target = fresh_topics("in", "out", partitions=2)
    send(kafka, source, [b"a", b"b", b"c"], partition=0)
    send(kafka, source, [b"x", b"y"], partition=1)
    is_up = threading.Event()
    tries: list[int] = []

    def transform(records: Sequence[Incoming]) -> Sequence[Result]:
        results: list[Result] = []
        for record in records:
            if record.value == b"b" and not is_up.is_set():
                tries.append(record.offset)
                results.append(((), RetryLater("key_store_down")))
            else:
                results.append(((copied(record, target),), Done()))
        return results

    with running(TransactionalLoop(kafka, fresh_topics.prefix, source, "0", transform)):
        eventually(lambda: len(tries) >= 3)
        before = committed(kafka, fresh_topics.prefix)
        is_up.set()
        eventually(lambda: committed(kafka, fresh_topics.prefix)[source, 0] == 3)

    assert before == {(source, 0): 1, (source, 1): 2}
    assert set(tries) == {1}
    by_partition = [list(read_range(kafka, target, partitions=[number])) for number in (0, 1)]
    assert [[r.value for r in part] for part in by_partition] == [[b"a", b"b", b"c"], [b"x", b"y"]]


def test_a_rejection_is_written_with_the_offset(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Poison moves on in the same transaction, and is counted."""
    source, target, rejected = fresh_topics("in", "out", "rejected")
    send(kafka, source, [b"good", b"poison", b"good"])
    seen: list[Settlement] = []

    def transform(records: Sequence[Incoming]) -> Sequence[Result]:
        return [
            ((copied(record, rejected),), Reject(RejectionCode.UNDECODABLE))
            if record.value == b"poison"
            else ((copied(record, target),), Done())
            for record in records
        ]

    loop = TransactionalLoop(
        kafka, fresh_topics.prefix, source, "0", transform, observe=seen.append
    )
    with running(loop):
        eventually(lambda: committed(kafka, fresh_topics.prefix) == {(source, 0): 3})

    assert values(kafka, target) == [b"good", b"good"]
    assert values(kafka, rejected) == [b"poison"]
    assert [code for one in seen for code in one.rejected] == [RejectionCode.UNDECODABLE]


def test_an_unknown_exception_stops_with_nothing_committed(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """It is a bug: the process ends, the offset stays, a restart sees the same records."""
    source, target = fresh_topics("in", "out")
    send(kafka, source, [b"1", b"2"])

    def transform(_records: Sequence[Incoming]) -> Sequence[Result]:
        raise ZeroDivisionError

    loop = TransactionalLoop(kafka, fresh_topics.prefix, source, "0", transform)
    with pytest.raises(ZeroDivisionError):
        loop.run(threading.Event())

    assert committed(kafka, fresh_topics.prefix) == {}
    with running(TransactionalLoop(kafka, fresh_topics.prefix, source, "0", copying(target))):
        eventually(lambda: values(kafka, target) == [b"1", b"2"])


def test_a_failure_inside_the_transaction_leaves_nothing_behind(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """The first output was sent, the second cannot be: readers see neither."""
    source, target = fresh_topics("in", "out")
    send(kafka, source, [b"1"])

    def transform(records: Sequence[Incoming]) -> Sequence[Result]:
        lost = an_outgoing(topic=target, partition=99)
        return [((copied(record, target), lost), Done()) for record in records]

    with pytest.raises(ValueError, match="Unrecognized partition"):
        TransactionalLoop(kafka, fresh_topics.prefix, source, "0", transform).run(threading.Event())

    assert values(kafka, target) == []
    with running(TransactionalLoop(kafka, fresh_topics.prefix, source, "0", copying(target))):
        eventually(lambda: values(kafka, target) == [b"1"])


def test_too_large_an_output_is_refused_before_the_transaction(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Named by topic and size, never by content."""
    (source,) = fresh_topics("in")
    send(kafka, source, [b"1"])

    def transform(records: Sequence[Incoming]) -> Sequence[Result]:
        return [((an_outgoing(value=b"x" * MAX_REQUEST_BYTES),), Done()) for _ in records]

    with pytest.raises(OutgoingTooLargeError, match="A record for out has"):
        TransactionalLoop(kafka, fresh_topics.prefix, source, "0", transform).run(threading.Event())

    assert committed(kafka, fresh_topics.prefix) == {}


def test_too_many_mapper_errors_stop_before_they_are_committed(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """More than 5 % of a thousand: the code is wrong."""
    (source,) = fresh_topics("in")
    send(kafka, source, [b"1"] * 60)

    def transform(records: Sequence[Incoming]) -> Sequence[Result]:
        return [((), Reject(RejectionCode.MAPPER_ERROR)) for _ in records]

    with pytest.raises(TooManyMapperErrorsError):
        TransactionalLoop(kafka, fresh_topics.prefix, source, "0", transform).run(threading.Event())

    assert committed(kafka, fresh_topics.prefix).get((source, 0), 0) <= 50


def test_a_successor_in_the_same_slot_fences_its_predecessor(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """A process that was thought dead and comes back cannot write a second effect."""
    source, target = fresh_topics("in", "out")
    reached, go_on = threading.Event(), threading.Event()

    def stalled(records: Sequence[Incoming]) -> Sequence[Result]:
        reached.set()
        go_on.wait(30)
        return copying(target)(records)

    send(kafka, source, [b"1", b"2"])
    zombie = LoopThread(TransactionalLoop(kafka, fresh_topics.prefix, source, "0", stalled))
    assert reached.wait(30)
    heir = TransactionalLoop(kafka, fresh_topics.prefix, source, "0", copying(target))
    with running(heir):
        eventually(lambda: values(kafka, target) == [b"1", b"2"])
    go_on.set()
    eventually(lambda: not zombie.is_alive())

    assert isinstance(zombie.end(), KafkaError)
    assert values(kafka, target) == [b"1", b"2"]


def test_a_restart_takes_up_its_partitions_without_waiting_for_the_session(
    kafka: KafkaClient, fresh_topics: FreshTopics
) -> None:
    """Static membership: the slot's id stays in the group after a stop."""
    source, target = fresh_topics("in", "out")
    group = fresh_topics.prefix
    with running(TransactionalLoop(kafka, group, source, "blue", copying(target))):
        send(kafka, source, [b"1"])
        eventually(lambda: values(kafka, target) == [b"1"])

    admin = kafka.admin()
    members = admin.describe_groups([group])[group]["members"]
    admin.close()

    assert [member["group_instance_id"] for member in members] == [f"{group}-blue"]

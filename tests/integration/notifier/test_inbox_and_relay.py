"""The inbox and the relay on a real Kafka: redelivery, poison, positions, a second group."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.notifier.dispatcher import Bells
from services.notifier.domain.policy import Policy
from services.notifier.inbox import Inbox
from services.notifier.relay import Relay
from services.notifier.store.engine import Store
from shared.clock import FixedClock, monotonic
from shared.contracts import OutreachCaseEvent, OutreachRequested
from shared.contracts.topics import CASE
from shared.identity import derive_id, new_token
from shared.kafka.client import KafkaClient
from shared.kafka.cloudevents import from_headers, outgoing
from shared.kafka.reader import read_range
from shared.kafka.records import Headers
from shared.observability import Metrics
from tests.builders.broker import FreshTopics
from tests.builders.notifier import NOON, TENANT, Stage, a_file_store, a_request

WAIT_SECONDS = 30
PARTITIONS = 6


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give a notifier on a database file that threads can share."""
    stage = Stage(a_file_store(tmp_path))
    yield stage
    stage.store.engine.dispose()


@pytest.fixture
def topic(fresh_topics: FreshTopics) -> str:
    """Give a topic of requests that no other test has."""
    (name,) = fresh_topics("requested", partitions=2)
    return name


def publish(client: KafkaClient, topic: str, *records: tuple[bytes | None, Headers]) -> None:
    """Write values with headers to partition 0."""
    producer = client.producer()
    for value, headers in records:
        producer.send(topic, value=value, key=b"key", headers=list(headers), partition=0)
    producer.flush(timeout=WAIT_SECONDS)
    producer.close()


def as_record(request: OutreachRequested) -> tuple[bytes | None, Headers]:
    """Return a request as triage writes it."""
    record = outgoing(
        request,
        key=str(request.case_ref),
        event_id=request.request_id,
        source="urn:peerline:triage:northwick",
        subject=str(request.case_ref),
        time=NOON,
        partition=0,
    )
    return record.value, record.headers


def an_inbox(stage: Stage, client: KafkaClient, topic: str, group: str) -> Inbox:
    """Return an inbox of its own group."""
    return Inbox(
        stage.store,
        client,
        stage.clock,
        lambda _: Policy(),
        Metrics(),
        slot=new_token(),
        group=group,
        topic=topic,
    )


@contextmanager
def running(inbox: Inbox) -> Iterator[None]:
    """Run the inbox in a thread."""
    stop = threading.Event()
    thread = threading.Thread(target=inbox.run, args=(Bells(), stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WAIT_SECONDS)
    assert not thread.is_alive()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most half a minute."""
    ends = monotonic() + WAIT_SECONDS
    while not holds():
        assert monotonic() < ends, "it never happened"
        threading.Event().wait(0.05)


def has_read(store: Store, inbox: Inbox, offset: int) -> Callable[[], bool]:
    """Return a check that SQL stands at `offset` of partition 0."""

    def check() -> bool:
        with store.read() as unit:
            return unit.inbox.next_offset(inbox._topic_id, 0) == offset

    return check


def test_requests_become_cases_and_redelivery_changes_nothing(
    stage: Stage, kafka: KafkaClient, topic: str
) -> None:
    """The same record three times, and once more by a second consumer group: one case."""
    record = as_record(a_request())
    publish(kafka, topic, record, record, record)
    first = an_inbox(stage, kafka, topic, f"{topic}-a")
    with running(first):
        until(has_read(stage.store, first, 3))
    events = stage.events()

    with stage.store.begin() as unit:  # as if the database had been restored without its position
        unit.inbox.move_to(first._topic_id, 0, 0)
    second = an_inbox(stage, kafka, topic, f"{topic}-b")
    with running(second):
        until(has_read(stage.store, second, 3))
    stage.settle()

    assert events == ["opened", "confirmed"]
    assert stage.events() == ["opened", "confirmed", "offered_to_supporter"]
    assert second.metrics.value("notifier_blocked_repeats_total") == 3
    assert len(stage.post.to(stage.asked())) == 1


def test_starts_at_the_position_in_sql_not_at_the_groups(
    stage: Stage, kafka: KafkaClient, topic: str
) -> None:
    """A new group id does not read again what SQL has; an old one reads again what SQL lacks."""
    publish(kafka, topic, as_record(a_request()))
    group = f"{topic}-a"
    one = an_inbox(stage, kafka, topic, group)
    with running(one):
        until(has_read(stage.store, one, 1))
    publish(kafka, topic, as_record(a_request(case="two", person="p_ben")))

    other = an_inbox(stage, kafka, topic, f"{topic}-b")
    with running(other):
        until(has_read(stage.store, other, 2))

    assert other.metrics.value("notifier_blocked_repeats_total") == 0
    empty = Stage(a_file_store(Path(new_token_folder(stage))))
    again = an_inbox(empty, kafka, topic, group)
    with running(again):
        until(has_read(empty.store, again, 2))
    empty.store.engine.dispose()


def new_token_folder(stage: Stage) -> str:
    """Return another folder beside the stage's database."""
    folder = Path(stage.store.engine.url.database or "").parent / "other"
    folder.mkdir()
    return str(folder)


def test_poison_is_recorded_by_coordinates_and_passed(
    stage: Stage, kafka: KafkaClient, topic: str
) -> None:
    """Not JSON, null, another CloudEvents version, a wrong schema, no headers: and on it goes."""
    value, headers = as_record(a_request())
    assert value is not None
    version = tuple((n, b"2.0" if n == "ce_specversion" else v) for n, v in headers)
    other = tuple((n, b"incident.raw.v1" if n == "ce_type" else v) for n, v in headers)
    bad = [
        (b"{not json Mia Ford", headers),
        (None, headers),
        (value, version),
        (value, other),
        (value.replace(b'"tier":2', b'"tier":9'), headers),
        (value, ()),
    ]
    publish(kafka, topic, *bad, (value, headers))
    inbox = an_inbox(stage, kafka, topic, f"{topic}-a")

    with running(inbox):
        until(has_read(stage.store, inbox, 7))

    with stage.store.engine.connect() as connection:
        rows = connection.exec_driver_sql('select "offset", code, pointer from refused').all()
    assert [tuple(row) for row in rows] == [
        (0, "undecodable", None),
        (1, "undecodable", None),
        (2, "cloudevent_invalid", "specversion"),
        (3, "not_supported", "type"),
        (4, "unknown_format", "/tier"),
        (5, "cloudevent_invalid", "id"),
    ]
    assert stage.case().is_open


def test_sql_that_is_down_is_waited_for(stage: Stage, kafka: KafkaClient, topic: str) -> None:
    """An exclusive lock on the database: the record is tried again in place, nothing is skipped."""
    publish(kafka, topic, as_record(a_request()))
    inbox = an_inbox(stage, kafka, topic, f"{topic}-a")
    with stage.store.engine.begin() as connection:
        connection.exec_driver_sql("alter table inbox rename to away")

    with running(inbox):
        until(lambda: bool(inbox._placed))
        threading.Event().wait(1)
        with stage.store.engine.begin() as connection:
            connection.exec_driver_sql("alter table away rename to inbox")
        until(has_read(stage.store, inbox, 1))

    assert stage.case().is_open


def test_relay_publishes_every_event_once_and_in_order(stage: Stage, kafka: KafkaClient) -> None:
    """Events arrive as CloudEvents on the tenant's partition, seq without a gap."""
    name = new_token()
    stage.receive(a_request(case=name))
    stage.settle()
    ref = derive_id("case", name)
    relay = Relay(stage.store, kafka, FixedClock(NOON), PARTITIONS, derive_id("lease", "relay"))
    producer = kafka.producer()

    while relay.publish(producer):
        pass
    producer.close()

    records = [r for r in read_range(kafka, CASE.name) if r.key == str(ref).encode()]
    events = [OutreachCaseEvent.model_validate_json(record.value or b"") for record in records]
    assert [event.seq for event in events] == [1, 2, 3]
    assert [event.event for event in events] == stage.events(ref)
    assert {from_headers(record.headers).type for record in records} == {CASE.name}
    assert {event.tenant for event in events} == {TENANT}
    assert b"p_ada" not in b"".join(record.value or b"" for record in records)

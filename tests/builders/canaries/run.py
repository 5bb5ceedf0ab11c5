"""One run: everything planned is sent both ways, waited for, and all that was written is taken."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from time import sleep
from typing import Any

from kafka import TopicPartition

from shared.clock import monotonic
from shared.contracts.topics import DECISION, RAW, REJECTED, REPORTED, TRIAGE_REJECTED
from shared.kafka.client import KafkaClient
from shared.kafka.reader import read_range
from shared.kafka.records import Incoming
from tests.builders.canaries.accounts import Ledger, document_of
from tests.builders.canaries.answers import Answer
from tests.builders.canaries.plan import Planned
from tests.builders.canaries.site import CanarySite

_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.5
_GROUP = "intake-import"


@dataclass(slots=True)
class Run:
    """What was sent, what was answered, where it lies, and what the topics say of it.

    `appended` is when the broker took each record of a source topic, by topic and offset.
    """

    site: CanarySite
    plan: Sequence[Planned] = field(repr=False)
    answers: dict[int, Answer] = field(default_factory=dict, repr=False)
    places: dict[int, tuple[str, int]] = field(default_factory=dict, repr=False)
    raw: list[Incoming] = field(default_factory=list, repr=False)
    reported: list[Incoming] = field(default_factory=list, repr=False)
    rejected: list[Incoming] = field(default_factory=list, repr=False)
    decided: set[tuple[int, int]] = field(default_factory=set, repr=False)
    appended: dict[tuple[str, int], int] = field(default_factory=dict, repr=False)

    def send(self) -> None:
        """Publish everything on Kafka, then post it; both ways are worked off at the same time."""
        kafka = [each for each in self.plan if each.over_kafka is not None]
        places = self.site.publish([each.over_kafka for each in kafka if each.over_kafka])
        self.places = {each.number: place for each, place in zip(kafka, places, strict=True)}
        posted = [each for each in self.plan if each.over_http is not None]
        answers = self.site.post_all([each.over_http for each in posted if each.over_http])
        self.answers = {each.number: answer for each, answer in zip(posted, answers, strict=True)}

    def settle(self) -> Ledger:
        """Wait until nothing is left to do but for the notifier, and return the books.

        Raises:
            AssertionError: it takes too long; the message says what is missing.
        """
        topics = sorted({topic for topic, _ in self.places.values()})
        _eventually(lambda: behind(self.site.kafka, _GROUP, topics) == 0, "the importer")
        for record in chain.from_iterable(read_range(self.site.kafka, name) for name in topics):
            self.appended[record.topic, record.offset] = record.timestamp_ms
        self.raw = list(read_range(self.site.kafka, RAW.name))
        reported = Follower(self.site.kafka, REPORTED.name, self.reported)
        rejected = Follower(self.site.kafka, REJECTED.name, self.rejected)
        _eventually(lambda: self._mapped(reported, rejected) >= len(self.raw), "the normaliser")
        decisions = Follower(self.site.kafka, DECISION.name)
        refusals = Follower(self.site.kafka, TRIAGE_REJECTED.name)
        _eventually(lambda: self._triaged(decisions, refusals) >= len(self.reported), "triage")
        return Ledger.read(self.raw, self.reported, self.rejected)

    def _mapped(self, reported: "Follower", rejected: "Follower") -> int:
        reported.read()
        rejected.read()
        named = [document_of(record).get("raw_ref") for record in self.rejected]
        return len(self.reported) + sum(ref is not None for ref in named)

    def _triaged(self, decisions: "Follower", refusals: "Follower") -> int:
        for document in map(document_of, decisions.read()):
            self.decided.add((document["input"]["partition"], document["input"]["offset"]))
        for document in map(document_of, refusals.read()):
            self.decided.add((document["partition"], document["offset"]))
        return len(self.decided)


class Follower:
    """Reads what is new on a topic each time it is asked."""

    def __init__(self, kafka: KafkaClient, topic: str, kept: list[Incoming] | None = None) -> None:
        """Start before the first record; what is read is added to `kept`."""
        self._kafka = kafka
        self._topic = topic
        self._next: dict[int, int] = {}
        self._kept = kept

    def read(self) -> list[Incoming]:
        """Return the records since the last time."""
        found = list(read_range(self._kafka, self._topic, start=self._next))
        for record in found:
            self._next[record.partition] = record.offset + 1
        if self._kept is not None:
            self._kept += found
        return found


def behind(kafka: KafkaClient, group: str, topics: Iterable[str]) -> int:
    """Return how many records of the topics a group has not committed."""
    admin, consumer = kafka.admin(), kafka.consumer(group_id=None)
    try:
        places = [TopicPartition(topic, 0) for topic in topics]
        ends = consumer.end_offsets(places)
        committed = admin.list_group_offsets(group)[group]
        done = {place: meta.offset for place, meta in committed.items()}
        return sum(end - done.get(place, 0) for place, end in ends.items())
    finally:
        admin.close()
        consumer.close()


def _eventually(holds: Callable[[], Any], who: str) -> None:
    until = monotonic() + _PATIENCE_SECONDS
    while not holds():
        assert monotonic() < until, f"{who} is not done after {_PATIENCE_SECONDS:g} s"
        sleep(_LOOK_SECONDS)
